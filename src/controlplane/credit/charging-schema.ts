import { z } from 'zod';
import {
  CHARGING_ADVICE,
  CHARGING_STEPS,
  type ChargingChange,
  type ChargingField,
  type ChargingStatus,
} from '../../offers/charging-service.ts';
import { PAYMENT_WAYS } from '../../protocol/installation.ts';
import { urlField } from '../fields.ts';

const DECIMALS_MAX = 9;
const NAME_CHARS_MAX = 32;
const PREFIX_CHARS_MAX = 4;
const PRICE_MAX = 1_000_000;
const MARGIN_MAX = 10_000;

const decimalField = (places: number, max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^\\d{1,12}(?:\\.\\d{1,${places}})?$`),
      `has to be a decimal number, with ${places} places at most`,
    )
    .refine((text) => Number(text) <= max, `has to be ${max} at most`);

const labelField = (charsMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charsMax)
    .regex(/^[^\p{Cc}\p{Cf}]+$/u, 'has characters that are not shown');

const fields = {
  enabled: z.boolean().describe('Whether calls are paid for with credit.'),
  price_usd: decimalField(9, PRICE_MAX)
    .refine((text) => Number(text) > 0, 'has to be above zero')
    .describe('What one credit is worth, in dollars. It stays once credit was given.'),
  margin_percent: decimalField(4, MARGIN_MAX).describe(
    'What is added to the provider’s cost where no rule of prices says otherwise, in percent of it.',
  ),
  low: decimalField(9, PRICE_MAX).describe('Credits at which an organization is told that little is left; `0`: never.'),
  payment: z
    .enum(PAYMENT_WAYS)
    .describe('How customers come to credit: by the page at `purchase_url`, or given by hand.'),
  purchase_url: urlField.describe('Where whoever is out of credit gets more.'),
  name: labelField(NAME_CHARS_MAX).describe('What credits are called behind an amount.'),
  prefix: labelField(PREFIX_CHARS_MAX).describe('What stands before amounts of credit.'),
  decimals: z.int().min(0).max(DECIMALS_MAX).describe('Decimals that amounts are shown with.'),
};

const RULABLE = {
  enabled: 'enabled',
  priceUsd: 'price_usd',
  marginPercent: 'margin_percent',
  low: 'low',
  purchaseUrl: 'purchase_url',
  name: 'name',
  prefix: 'prefix',
  decimals: 'decimals',
} as const satisfies Readonly<Record<ChargingField, keyof typeof fields>>;

export const chargingSchema = z.strictObject({
  enabled: fields.enabled,
  price_usd: z.string(),
  margin_percent: z.string(),
  low: z.string(),
  payment: fields.payment.optional(),
  purchase_url: z.string().optional(),
  name: z.string().optional(),
  prefix: z.string().optional(),
  decimals: z.int(),
  ruled_by_settings: z
    .array(z.enum(Object.values(RULABLE)))
    .describe('Fields that `hub.yaml` or the environment gives: these rule, and are not changed here.'),
  settled_price_usd: z.string().optional().describe('What one credit is worth for good, since some was given already.'),
  missing: z
    .array(z.enum(CHARGING_STEPS))
    .describe(
      'What has to be laid down before it can be switched on. `sign_up`: who signs up would join the operator’s own organization, which sees everything.',
    ),
  advice: z
    .array(z.enum(CHARGING_ADVICE))
    .describe(
      'What hinders nothing. `own_credit`: the operator’s own organization has no credit, so that its calls are refused as soon as it is on. `mail`: people may sign up, and no mail server is set. `starter_credits`: nobody can get those that are offered.',
    ),
  offered_models: z.int().describe('Models and aliases that customers could call.'),
  installation_revision: z.int().positive().describe('To be sent back as `If-Match`, quoted.'),
});

export const chargingChangeSchema = z
  .strictObject({
    enabled: fields.enabled.optional(),
    price_usd: fields.price_usd.nullable().optional(),
    margin_percent: fields.margin_percent.nullable().optional(),
    low: fields.low.nullable().optional(),
    payment: fields.payment.nullable().optional(),
    purchase_url: fields.purchase_url.nullable().optional(),
    name: fields.name.nullable().optional(),
    prefix: fields.prefix.nullable().optional(),
    decimals: fields.decimals.nullable().optional(),
  })
  .describe('The fields that are sent are changed; `null` takes back what was said.')
  .meta({ examples: [{ price_usd: '0.01', margin_percent: '20', payment: 'by_hand' }] });

export function toCharging(status: ChargingStatus): z.output<typeof chargingSchema> {
  const { terms } = status;
  return {
    enabled: status.isOn,
    price_usd: terms.priceUsd,
    margin_percent: terms.marginPercent,
    low: terms.low,
    payment: status.payment,
    purchase_url: terms.purchaseUrl,
    name: terms.name,
    prefix: terms.prefix,
    decimals: terms.decimals,
    ruled_by_settings: status.ruled.map((field) => RULABLE[field]),
    settled_price_usd: status.settledPriceUsd,
    missing: [...status.missing],
    advice: [...status.advice],
    offered_models: status.offered,
    installation_revision: status.revision,
  };
}

export function toChargingChange(body: z.output<typeof chargingChangeSchema>): ChargingChange {
  const given = { ...body };
  const names = [...Object.entries(RULABLE), ['payment', 'payment'] as const];
  const changed = names
    .filter(([, field]) => given[field] !== undefined)
    .map(([name, field]) => [name, given[field] ?? undefined] as const);
  // The names and the kinds of their values are those of the table above.
  return Object.fromEntries(changed) as ChargingChange;
}
