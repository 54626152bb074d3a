import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { invalid } from '../../kernel/invalid.ts';
import { formatCredits } from '../../kernel/money.ts';
import { readAmount, writeAmount } from '../../payments/currency.ts';
import type { ListedPurchase } from '../../payments/ports.ts';
import { unrecoveredOf } from '../../payments/purchases.ts';
import { priceOf } from '../../payments/sale.ts';
import {
  type CreditSale,
  EVENT_OUTCOMES,
  PAYMENT_METHODS,
  PAYMENT_MODES,
  PAYMENT_SERVICES,
  type PaymentAccount,
  type PaymentEvent,
  type PaymentMethodName,
  PURCHASE_CAUSES,
  PURCHASE_STATES,
  type Purchase,
} from '../../protocol/payments.ts';
import {
  amountField,
  idField,
  nameField,
  secretField,
  slugField,
  timeField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { pageQuery } from '../paging.ts';

const PACKS_MAX = 20;
const CURRENCIES_MAX = 20;
const DAYS_MAX = 3650;
const MONEY_CHARS_MAX = 17;

export const currencyField = z
  .string()
  .regex(/^[A-Z]{3}$/, 'has to be three capital letters, such as `USD`')
  .describe('By ISO 4217: `USD`, `TWD`.');
export const moneyField = z
  .string()
  .max(MONEY_CHARS_MAX)
  .regex(/^\d+(?:\.\d+)?$/, 'has to be decimal text')
  .describe('Of the currency, as decimal text: `12.50`.');
export const methodField = z.enum(PAYMENT_METHODS).describe('The service that takes the payment.');
export const modeField = z.enum(PAYMENT_MODES).describe('Whether money moves.');

export const localeField = z
  .enum(['en', 'zh-TW'])
  .default('en')
  .describe('In which language the page speaks where it is paid.');

export const saleSchema = z.strictObject({
  packs: z
    .array(
      z.strictObject({
        id: slugField,
        name: nameField,
        credits: amountField,
        prices: z
          .array(z.strictObject({ currency: currencyField, amount: moneyField }))
          .min(1)
          .max(CURRENCIES_MAX),
      }),
    )
    .max(PACKS_MAX)
    .describe('Credits that are offered ready-made.'),
  amounts: z
    .array(
      z.strictObject({
        currency: currencyField,
        credit_price: moneyField.describe('What one credit costs, as decimal text of nine places at most.'),
        least: moneyField,
        most: moneyField,
      }),
    )
    .max(CURRENCIES_MAX)
    .describe('What people may pay who choose the amount themselves: one entry for each currency.'),
  lasts_days: z
    .int()
    .min(1)
    .max(DAYS_MAX)
    .optional()
    .describe('Days for which bought credits may be used; missing: for good.'),
});

export const saleChangeSchema = saleSchema.meta({
  examples: [
    {
      packs: [{ id: 'ten', name: '10 credits', credits: '10', prices: [{ currency: 'USD', amount: '10.00' }] }],
      amounts: [{ currency: 'USD', credit_price: '1', least: '5', most: '500' }],
    },
  ],
});

/** What customers see of it, with the services that take their payments. */
export const offeredSaleSchema = saleSchema.extend({
  methods: z
    .array(z.strictObject({ method: methodField, mode: modeField }))
    .describe('Empty: credits cannot be bought here now.'),
  payment_kit: z
    .strictObject({ mode: modeField })
    .optional()
    .describe('There where the organization may buy at a Payment Kit, which says by itself what credits cost.'),
});

export const paymentAccountSchema = z.strictObject({
  method: methodField,
  state: z.enum(['missing', 'on', 'off']).describe('`missing`: the hub is not known to the service.'),
  mode: modeField.optional(),
  masked_key: z.string().optional(),
  events_url: z.string().describe('Where the service has to send its messages.'),
  updated_at: timeField.optional(),
  revision: z.int().nonnegative(),
});

export const paymentAccountChangeSchema = z
  .strictObject({
    secret_key: secretField.optional(),
    webhook_secret: secretField.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({
    examples: [{ secret_key: 'sk_test_51ExampleKeyOfAnAccount', webhook_secret: 'whsec_ExampleOfASigningSecret' }],
  });

export const methodParams = z.strictObject({ method: idField.describe('`stripe`.') });
export const purchaseParams = z.strictObject({ purchase_id: idField });

export const newPurchaseSchema = z
  .strictObject({
    method: methodField,
    currency: currencyField,
    pack_id: idField.optional().describe('Which pack. Either this or `amount`.'),
    amount: moneyField.optional(),
    locale: localeField,
  })
  .refine(({ pack_id, amount }) => (pack_id === undefined) !== (amount === undefined), {
    message: 'is needed, or `amount`; not both',
    path: ['pack_id'],
  })
  .meta({ examples: [{ method: 'stripe', currency: 'USD', pack_id: 'ten' }] });

const purchaseFields = {
  id: z.string(),
  cause: z.enum(PURCHASE_CAUSES).describe('`top_up`: the hub bought it by itself, with a card that was saved.'),
  method: methodField,
  mode: modeField,
  name: z.string(),
  currency: currencyField,
  amount: z.string(),
  credits: z.string().describe('As decimal text.'),
  state: z
    .enum(PURCHASE_STATES)
    .describe(
      '`open`: nobody knows yet whether it is paid; `expired`: nobody paid in time; `failed`: a payment was refused.',
    ),
  granted: z.boolean().describe('Whether the credits are on the account.'),
  returned: z.string().describe('What of the money went back: refunds, and disputes that are open or lost.'),
  reversed: z.string().describe('What of the credits was taken back for that.'),
  grant_id: z.string().optional(),
  created_at: timeField,
  paid_at: timeField.optional(),
};

export const purchaseSchema = z.strictObject(purchaseFields);
export const begunPurchaseSchema = z.strictObject({
  purchase: purchaseSchema,
  checkout_url: z.string().describe('The page where it is paid.'),
});
export const anyPurchaseSchema = z.strictObject({
  ...purchaseFields,
  organization_id: z.string(),
  organization_name: z.string(),
  unrecovered: z.string().describe('Credits that belong to money that went back, and were used or are held.'),
  payment_id: z.string().optional().describe('The service’s own id of the payment.'),
});

export const purchasesQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(PURCHASE_STATES).optional(),
  organization_id: idField.optional(),
});

export const paymentEventSchema = z.strictObject({
  id: z.string(),
  method: z.enum(PAYMENT_SERVICES).describe('The service that sent it.'),
  event_id: z.string().describe('The service’s own.'),
  type: z.string(),
  mode: modeField,
  purchase_id: z.string().optional(),
  outcome: z
    .enum(EVENT_OUTCOMES)
    .describe(
      '`ignored`: it is about nothing that is known here; `mismatched`: what was paid is not what was bought, and nothing was given.',
    ),
  received_at: timeField,
});

export const receivedSchema = z.strictObject({ received: z.literal(true) });
export const eventTextSchema = z
  .string()
  .describe('The message, byte for byte as the service signed it.')
  .meta({ examples: ['{"id":"evt_1","object":"event"}'] });

/** @throws GatewayError `resource.not_found` */
export function toMethod(name: string): PaymentMethodName {
  const method = PAYMENT_METHODS.find((each) => each === name);
  if (method === undefined) throw new GatewayError('resource.not_found');
  return method;
}

/** @throws GatewayError `request.invalid` for what nobody could pay, or would get nothing for */
export function toSale(body: z.output<typeof saleChangeSchema>): CreditSale {
  const sale: CreditSale = {
    packs: body.packs,
    amounts: body.amounts.map(({ credit_price: creditPrice, ...amounts }) => ({ ...amounts, creditPrice })),
    lastsDays: body.lasts_days,
  };
  assertDiffer(
    sale.packs.map(({ id }) => id),
    'packs',
  );
  assertDiffer(
    sale.amounts.map(({ currency }) => currency),
    'amounts',
  );
  for (const { id, prices } of sale.packs) {
    assertDiffer(
      prices.map(({ currency }) => currency),
      'packs',
    );
    for (const { currency, amount } of prices) {
      if (readAmount(amount, currency) === undefined) throw unpayable('packs', `${amount} ${currency}`);
      priceOf(sale, { packId: id, currency });
    }
  }
  for (const { currency, least, most, creditPrice } of sale.amounts) {
    if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(creditPrice) || !/[1-9]/.test(creditPrice)) {
      throw unpayable('amounts', `credit_price ${creditPrice}`);
    }
    const [from, to] = [readAmount(least, currency), readAmount(most, currency)];
    if (from === undefined || to === undefined || from > to)
      throw unpayable('amounts', `${least} – ${most} ${currency}`);
    priceOf(sale, { currency, amount: least });
  }
  return sale;
}

function assertDiffer(names: readonly string[], param: string): void {
  if (new Set(names).size === names.length) return;
  throw invalid(param, 'names something twice.');
}

function unpayable(param: string, what: string): GatewayError {
  return invalid(param, `${what} cannot be paid.`);
}

export function toSaleView(sale: CreditSale | undefined): z.output<typeof saleSchema> {
  const { packs, amounts, lastsDays } = sale ?? { packs: [], amounts: [], lastsDays: undefined };
  return {
    packs: packs.map(({ prices, ...pack }) => ({ ...pack, prices: prices.map((price) => ({ ...price })) })),
    amounts: amounts.map(({ creditPrice, ...rest }) => ({ ...rest, credit_price: creditPrice })),
    lasts_days: lastsDays,
  };
}

export function toAccount(
  method: PaymentAccount['method'],
  account: PaymentAccount | undefined,
  eventsUrl: string,
): z.output<typeof paymentAccountSchema> {
  return {
    method,
    state: account === undefined ? 'missing' : account.enabled ? 'on' : 'off',
    mode: account?.mode,
    masked_key: account?.maskedKey,
    events_url: eventsUrl,
    updated_at: toTimeOrUndefined(account?.updatedAt),
    revision: account?.revision ?? 0,
  };
}

export function toPurchase(purchase: Purchase): z.output<typeof purchaseSchema> {
  return {
    id: purchase.id,
    cause: purchase.cause,
    method: purchase.method,
    mode: purchase.mode,
    name: purchase.name,
    currency: purchase.currency,
    amount: writeAmount(purchase.amountMinor, purchase.currency),
    credits: formatCredits(purchase.creditsNano),
    state: purchase.state,
    granted: purchase.isGranted,
    returned: writeAmount(purchase.returnedMinor, purchase.currency),
    reversed: formatCredits(purchase.reversedNano),
    grant_id: purchase.isGranted ? purchase.grantId : undefined,
    created_at: toTime(purchase.createdAt),
    paid_at: toTimeOrUndefined(purchase.paidAt),
  };
}

export function toAnyPurchase(purchase: ListedPurchase): z.output<typeof anyPurchaseSchema> {
  return {
    ...toPurchase(purchase),
    organization_id: purchase.organizationId,
    organization_name: purchase.organizationName,
    unrecovered: formatCredits(unrecoveredOf(purchase)),
    payment_id: purchase.paymentId,
  };
}

export function toEvent(event: PaymentEvent): z.output<typeof paymentEventSchema> {
  return {
    id: event.id,
    method: event.method,
    event_id: event.eventId,
    type: event.type,
    mode: event.mode,
    purchase_id: event.purchaseId,
    outcome: event.outcome,
    received_at: toTime(event.receivedAt),
  };
}
