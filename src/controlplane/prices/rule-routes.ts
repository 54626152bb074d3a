import { rulesInForce } from '../../metering/price-rules.ts';
import { actorIdOf } from '../actor-id.ts';
import { fromTimeOrUndefined } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { cutPage, pageOf } from '../paging.ts';
import {
  newRulesSchema,
  offersQuery,
  offersSchema,
  previewSchema,
  priceRuleSchema,
  rulesPreviewSchema,
  rulesQuery,
  toNewRules,
  toOffer,
  toPreview,
  toPriceRule,
} from './rule-schema.ts';

const TAGS = ['prices'];
const CHARGED = `${CONTROL_PREFIX}/installation/prices`;
const RULES = `${CHARGED}/rules`;

/** `/installation/prices`: what calls cost whoever pays for them with credit. */
export const priceRuleRoutes: ControlRoutes = (app, services) => {
  offers(app, services);
  rules(app, services);
  changes(app, services);
};

const offers: ControlRoutes = (app, { priceRules, now }) => {
  app.get(
    CHARGED,
    route('installation.read', {
      operationId: 'listChargedPrices',
      summary: 'Lists what calls of each model cost whoever pays, beside what the provider bills.',
      tags: TAGS,
      querystring: offersQuery,
      response: { 200: offersSchema },
    }),
    async (request) => {
      const { customer_group_id, provider_id, search, only } = request.query;
      const wanted = search?.toLowerCase();
      const all = await priceRules.offers(customer_group_id, now());
      const found = all
        .filter((offer) => provider_id === undefined || offer.providerId === provider_id)
        .filter((offer) => wanted === undefined || offer.model.toLowerCase().includes(wanted))
        .map(toOffer);
      const kinds = {
        unpriced: found.filter((offer) => !offer.priced),
        below_cost: found.filter((offer) => offer.below_cost),
        listed: found.filter((offer) => offer.listed),
      };
      const page = cutPage(
        only === undefined ? found : kinds[only],
        (offer) => `${offer.provider_id}/${offer.model}`,
        request.query,
      );
      const { unpriced, below_cost, listed } = kinds;
      return {
        data: [...page.rows],
        next_cursor: page.nextCursor,
        counts: {
          all: found.length,
          unpriced: unpriced.length,
          below_cost: below_cost.length,
          listed: listed.length,
        },
        providers: [...new Set(all.map(({ providerId }) => providerId))].toSorted(),
      };
    },
  );
};

const rules: ControlRoutes = (app, { priceRules, now }) => {
  app.get(
    RULES,
    route('installation.read', {
      operationId: 'listPriceRules',
      summary: 'Lists every version of the rules, newest first.',
      tags: TAGS,
      querystring: rulesQuery,
      response: { 200: pageOf(priceRuleSchema) },
    }),
    async (request) => {
      const { provider_id, model, customer_group_id, wider, in_force } = request.query;
      const fits = (about: string | undefined, asked: string | undefined): boolean =>
        asked === undefined || about === asked || (wider === 'true' && about === undefined);
      const stored = await priceRules.list();
      const found = (in_force === 'true' ? rulesInForce(stored, now()) : stored)
        .filter((rule) => fits(rule.providerId, provider_id))
        .filter((rule) => fits(rule.model, model))
        .filter((rule) => fits(rule.customerGroupId, customer_group_id))
        .toReversed();
      const page = cutPage(found, (rule) => rule.id, request.query);
      return { data: page.rows.map(toPriceRule), next_cursor: page.nextCursor };
    },
  );
};

const changes: ControlRoutes = (app, { priceRules }) => {
  app.post(
    `${RULES}/preview`,
    route('installation.read', {
      operationId: 'previewPriceRules',
      summary: 'Shows whose prices rules would change, and changes nothing.',
      tags: TAGS,
      body: rulesPreviewSchema,
      response: { 200: previewSchema },
    }),
    async (request) => {
      const { rules: wanted, effective_from } = request.body;
      return toPreview(await priceRules.preview(toNewRules(wanted), fromTimeOrUndefined(effective_from)));
    },
  );
  app.post(
    RULES,
    route('installation.write', {
      operationId: 'addPriceRules',
      summary: 'Sets rules, all of them or none. Calls under way are charged as they were agreed.',
      tags: TAGS,
      body: newRulesSchema,
      response: { 201: pageOf(priceRuleSchema) },
    }),
    async (request, reply) => {
      const { rules: wanted, effective_from, reason } = request.body;
      const made = await priceRules.add(toNewRules(wanted), {
        effectiveFrom: fromTimeOrUndefined(effective_from),
        actorId: actorIdOf(request),
        reason,
      });
      const data = made.map(toPriceRule);
      noteChange(request, { targetKind: 'price_rules', targetId: data[0]?.id ?? 'none', after: { rules: data } });
      return reply.code(201).send({ data });
    },
  );
};
