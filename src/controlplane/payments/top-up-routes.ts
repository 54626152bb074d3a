import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { formatCredits } from '../../kernel/money.ts';
import { writeAmount } from '../../payments/currency.ts';
import { type AutoTopUp, TOP_UP_STOPS } from '../../protocol/payments.ts';
import { actorIdOf } from '../actor-id.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { currencyField, localeField, methodField, modeField, moneyField } from './schema.ts';

const TAGS = ['payments'];
const TOP_UP = `${CONTROL_PREFIX}/credit/auto-top-up`;
const CREDITS_CHARS_MAX = 20;

const fields = {
  method: methodField,
  enabled: z.boolean(),
  below: z.string().max(CREDITS_CHARS_MAX).describe('Credits, as decimal text: with less, more are bought.'),
  currency: currencyField,
  amount: moneyField.describe('What is paid each time, as decimal text.'),
  day_most: moneyField.describe('What is paid within 24 hours at most.'),
};

const topUpSchema = z.strictObject({
  ...fields,
  mode: modeField,
  card: z.string().optional().describe('The card that pays, as people know it; missing: none was entered.'),
  stopped_by: z
    .enum(TOP_UP_STOPS)
    .optional()
    .describe(
      'Why nothing is bought any more, until it is set again: the bank wants the owner to confirm, or refuses.',
    ),
  revision: z.int().positive(),
});
const answerSchema = z.strictObject({ auto_top_up: topUpSchema.optional().describe('Missing: it was never set.') });
const changeSchema = z.strictObject(fields).meta({
  examples: [{ method: 'stripe', enabled: true, below: '5', currency: 'USD', amount: '20', day_most: '60' }],
});
const cardSchema = z.strictObject({ locale: localeField }).meta({ examples: [{ locale: 'en' }] });

/** `/credit/auto-top-up`: what an organization has the hub buy by itself. */
export const topUpRoutes: ControlRoutes = (app, { payments }) => {
  app.get(
    TOP_UP,
    route('credit.read', {
      operationId: 'getAutoTopUp',
      summary: 'Shows what the hub buys by itself when little is left.',
      tags: TAGS,
      response: { 200: answerSchema },
    }),
    async (request) => shownOf(await payments.topUps.get(tenantOf(request))),
  );
  app.put(
    TOP_UP,
    route('credit.buy', {
      operationId: 'setAutoTopUp',
      summary: 'Says what the hub buys by itself when little is left. It needs a card besides.',
      tags: TAGS,
      body: changeSchema,
      response: { 200: answerSchema },
    }),
    async (request) => {
      const tenant = tenantOf(request);
      const { day_most: dayMost, ...wanted } = request.body;
      const before = shownOf(await payments.topUps.get(tenant));
      const after = shownOf(await payments.topUps.set(tenant, { ...wanted, dayMost, setBy: actorIdOf(request) }));
      noteChange(request, { targetKind: 'auto_top_up', targetId: tenant.organizationId, before, after });
      return after;
    },
  );
  app.post(
    `${TOP_UP}/card`,
    route('credit.buy', {
      operationId: 'saveTopUpCard',
      summary: 'Says where a card is entered that the hub may charge. No number of it comes to the hub.',
      tags: TAGS,
      body: cardSchema,
      response: { 201: z.strictObject({ card_url: z.string() }) },
    }),
    async (request, reply) => {
      const tenant = tenantOf(request);
      const { organizationId } = tenant;
      const { url } = await payments.topUps.saveCard(tenant, {
        locale: request.body.locale,
        successUrl: payments.cardUrl(organizationId, 'done'),
        cancelUrl: payments.cardUrl(organizationId, 'back'),
      });
      return reply.code(201).send({ card_url: url });
    },
  );
  app.post(
    `${TOP_UP}/card/look`,
    route('credit.buy', {
      operationId: 'lookForTopUpCard',
      summary: 'Looks whether the card was entered.',
      tags: TAGS,
      response: { 200: answerSchema },
    }),
    async (request) => shownOf(await payments.topUps.noteCard(tenantOf(request))),
  );
  app.delete(
    `${TOP_UP}/card`,
    route('credit.buy', {
      operationId: 'forgetTopUpCard',
      summary: 'Forgets the card, so that nothing is bought any more.',
      tags: TAGS,
      response: { 200: answerSchema },
    }),
    async (request) => {
      const tenant = tenantOf(request);
      const after = await payments.topUps.forgetCard(tenant);
      if (after === undefined) throw new GatewayError('resource.not_found');
      noteChange(request, { targetKind: 'auto_top_up', targetId: tenant.organizationId, after: shownOf(after) });
      return shownOf(after);
    },
  );
};

function shownOf(topUp: AutoTopUp | undefined): z.output<typeof answerSchema> {
  if (topUp === undefined) return {};
  const { method, mode, enabled, currency, revision } = topUp;
  return {
    auto_top_up: {
      method,
      mode,
      enabled,
      below: formatCredits(topUp.belowNano),
      currency,
      amount: writeAmount(topUp.amountMinor, currency),
      day_most: writeAmount(topUp.dayMostMinor, currency),
      card: topUp.card?.label,
      stopped_by: topUp.stoppedBy,
      revision,
    },
  };
}
