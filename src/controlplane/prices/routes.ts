import { modelKey } from '../../protocol/rate-card.ts';
import { fromTimeOrUndefined } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { cutPage, pageOf } from '../paging.ts';
import {
  newRateCardSchema,
  pricedModelSchema,
  priceHistoryQuery,
  pricesQuery,
  rateCardSchema,
  toPrice,
  toPricedModel,
  toRateCard,
} from './schema.ts';

const TAGS = ['prices'];
const LIST = `${CONTROL_PREFIX}/prices`;

/** `/prices`: rate cards. A version is never edited, only followed by a newer one. */
export const priceRoutes: ControlRoutes = (app, { prices }) => {
  app.get(
    LIST,
    route('installation.read', {
      operationId: 'listPrices',
      summary: 'Lists the rate card that is in force for each model.',
      tags: TAGS,
      querystring: pricesQuery,
      response: { 200: pageOf(pricedModelSchema) },
    }),
    async (request) => {
      const { provider_id, model } = request.query;
      const priced = (await prices.inForce(tenantOf(request))).filter(
        (entry) =>
          (provider_id === undefined || entry.providerId === provider_id) &&
          (model === undefined || entry.model === model),
      );
      const page = cutPage(priced, modelKey, request.query);
      return { data: page.rows.map(toPricedModel), next_cursor: page.nextCursor };
    },
  );
  app.get(
    `${LIST}/history`,
    route('installation.read', {
      operationId: 'listPriceHistory',
      summary: 'Lists every version of one model’s rate cards, newest first.',
      tags: TAGS,
      querystring: priceHistoryQuery,
      response: { 200: pageOf(rateCardSchema) },
    }),
    async (request) => {
      const { provider_id, model } = request.query;
      const cards = await prices.history(tenantOf(request), { providerId: provider_id, model });
      const page = cutPage(cards, (card) => card.id, request.query);
      return { data: page.rows.map(toRateCard), next_cursor: page.nextCursor };
    },
  );
  app.post(
    LIST,
    route('installation.write', {
      operationId: 'setPrice',
      summary: 'Sets the operator’s own rate card for a model, which wins over all others.',
      tags: TAGS,
      body: newRateCardSchema,
      response: { 201: rateCardSchema },
    }),
    async (request, reply) => {
      const card = await prices.set(tenantOf(request), {
        providerId: request.body.provider_id,
        model: request.body.model,
        effectiveFrom: fromTimeOrUndefined(request.body.effective_from),
        prices: request.body.prices.map(toPrice),
      });
      return reply.code(201).send(toRateCard(card));
    },
  );
};
