import { z } from 'zod';
import { invalid } from '../../kernel/invalid.ts';
import { formatPercent, formatUsdPerMillion, percentToMillionths, usdPerMillion } from '../../kernel/money.ts';
import { type PriceReport, type ReportLine, reportPrices } from '../../metering/price-report.ts';
import type { PriceChange, PricedOffer } from '../../metering/price-rule-service.ts';
import {
  type CustomerGroup,
  type CustomerGroupMember,
  type NewPriceRule,
  type PriceRule,
  type RulePrice,
  scopeKey,
} from '../../protocol/price-rule.ts';
import { linePlace } from '../../protocol/rate-card.ts';
import {
  countField,
  flagField,
  idField,
  modelField,
  nameField,
  reasonField,
  searchField,
  timeField,
  timeInputField,
  toTime,
} from '../fields.ts';
import { pageQuery } from '../paging.ts';
import { fromLine, lineShape, perMillionField, toLine } from './schema.ts';

/** Rules in one request: as many as a page of models has. */
const RULES_MAX = 500;
const PRICES_MAX = 100;
/** Changes that a preview shows; it counts them all. */
export const CHANGES_MAX = 500;
const MARGIN_LEAST = -1_000_000;
const MARGIN_MOST = 100_000_000;

const marginField = z
  .string()
  .regex(/^-?\d{1,5}(\.\d{1,4})?$/, {
    error: 'has to be a decimal number of percent, with four places at most',
    abort: true,
  })
  .refine((percent) => isMargin(percentToMillionths(percent)), 'has to be from -100 to 10000')
  .describe('What is added to the provider’s cost, in percent of it.');

const scopeShape = {
  customer_group_id: idField.optional().describe('For the organizations of this group; missing: for all others.'),
  provider_id: idField.optional().describe('For this provider’s models; missing: for all.'),
  model: modelField.optional().describe('For this model of the provider, by the provider’s own id.'),
};

const listedPriceSchema = z.strictObject({
  ...lineShape,
  credits_per_million: perMillionField.describe('Credits for one million of the unit, as decimal text.'),
});

const newRuleSchema = z.strictObject({
  ...scopeShape,
  margin_percent: marginField.optional(),
  prices: z.array(listedPriceSchema).min(1).max(PRICES_MAX).optional().describe('Instead of a margin, for one model.'),
  withdraw: z.literal(true).optional().describe('Instead of both: takes the rule back, and the next wider one holds.'),
  allow_below_cost: z
    .boolean()
    .default(false)
    .describe('Waives that calls are charged what they cost the operator at least.'),
});

const EXAMPLE_RULES = {
  rules: [{ margin_percent: '20' }, { provider_id: 'openai', margin_percent: '12.5' }],
};

export const rulesPreviewSchema = z
  .strictObject({
    rules: z.array(newRuleSchema).min(1).max(RULES_MAX),
    effective_from: timeInputField.optional().describe('Now when it is missing or over.'),
  })
  .meta({ examples: [EXAMPLE_RULES] });

export const newRulesSchema = z
  .strictObject({ ...rulesPreviewSchema.shape, reason: reasonField.optional() })
  .meta({ examples: [{ ...EXAMPLE_RULES, reason: 'Prices of 2027' }] });

export const priceRuleSchema = z.strictObject({
  id: z.string(),
  customer_group_id: z.string().optional(),
  provider_id: z.string().optional(),
  model: z.string().optional(),
  version: z.int().describe('From 1, within customer group, provider and model.'),
  effective_from: timeField,
  kind: z.enum(['margin', 'list', 'none']).describe('`none`: the rule was taken back.'),
  margin_percent: z.string().optional(),
  prices: z.array(listedPriceSchema.extend({ credits_per_million: z.string() })).optional(),
  allow_below_cost: z.boolean(),
  created_at: timeField,
  actor_id: z.string().optional().describe('Who made it; missing where it was the installation’s own token.'),
  reason: z.string().optional(),
});

export const rulesQuery = z.strictObject({
  ...pageQuery,
  provider_id: idField.optional(),
  model: modelField.optional(),
  customer_group_id: idField.optional(),
  wider: flagField
    .optional()
    .describe('With those that are about more than what is asked for, and so count for it, too.'),
  in_force: flagField.optional().describe('Those alone that are in force now.'),
});

/** A line of what calls of a model are charged, for whoever pays. */
export const chargedLineSchema = z.strictObject({
  ...lineShape,
  credits_per_million: z.string().describe('What is charged.'),
});

const reportLineSchema = z.strictObject({
  ...lineShape,
  usd_per_million: z.string().optional().describe('What the provider bills; missing where nobody knows.'),
  credits_per_million: z.string().describe('What is charged.'),
  margin_percent: z.string().optional(),
});

export const offerSchema = z.strictObject({
  provider_id: z.string(),
  model: z.string(),
  priced: z.boolean().describe('Without a price a model cannot be called.'),
  cost_source: z.enum(['catalogue', 'provider', 'operator', 'local']).optional(),
  rate_card_id: z.string().optional(),
  rule_id: z.string().optional().describe('Missing where the settings’ margin holds.'),
  listed: z.boolean().describe('Whether the operator’s own list is charged and not a margin on the cost.'),
  below_cost: z.boolean().describe('Whether a line says less than its cost.'),
  charges_cost_at_least: z.boolean(),
  lines: z.array(reportLineSchema),
});

export const offersQuery = z.strictObject({
  ...pageQuery,
  customer_group_id: idField.optional(),
  provider_id: idField.optional(),
  search: searchField.optional().describe('A part of the model’s name.'),
  only: z.enum(['unpriced', 'below_cost', 'listed']).optional(),
});

export const offersSchema = z.strictObject({
  data: z.array(offerSchema),
  next_cursor: z.string().optional(),
  counts: z.strictObject({ all: countField, unpriced: countField, below_cost: countField, listed: countField }),
  providers: z.array(z.string()).describe('Those that models are called at, whatever is asked for.'),
});

export const previewSchema = z.strictObject({
  data: z
    .array(z.strictObject({ customer_group_id: z.string().optional(), before: offerSchema, after: offerSchema }))
    .describe(`Models whose price would change: the first ${CHANGES_MAX}.`),
  changes: countField,
  below_cost: countField.describe('How many of them would be below their cost.'),
});

export const customerGroupSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  organization_ids: z.array(z.string()),
  created_at: timeField,
});

export const groupParams = z.strictObject({ customer_group_id: idField });
export const groupMemberParams = z.strictObject({ customer_group_id: idField, organization_id: idField });
export const groupSchema = z.strictObject({ name: nameField }).meta({ examples: [{ name: 'Partners' }] });

type NewRule = z.output<typeof newRuleSchema>;

/** @throws GatewayError `request.invalid` where a rule does not say one thing about one scope */
export function toNewRules(rules: readonly NewRule[]): readonly NewPriceRule[] {
  const wanted = rules.map(toNewRule);
  if (new Set(wanted.map(scopeKey)).size < wanted.length) throw invalid('rules', 'two rules are about the same.');
  return wanted;
}

function toNewRule(rule: NewRule, index: number): NewPriceRule {
  const at = `rules[${index}]`;
  const { customer_group_id, provider_id, model, margin_percent, prices, withdraw, allow_below_cost } = rule;
  if ([margin_percent, prices, withdraw].filter((each) => each !== undefined).length !== 1) {
    throw invalid(at, 'has to have `margin_percent`, `prices` or `withdraw`, and one of them.');
  }
  if (model !== undefined && provider_id === undefined) throw invalid(at, 'needs the `provider_id` of its model.');
  if (prices !== undefined && model === undefined) throw invalid(at, '`prices` are for one model.');
  const scope = { customerGroupId: customer_group_id, providerId: provider_id, model };
  return { ...scope, price: toRulePrice(rule, at), isBelowCostAllowed: allow_below_cost };
}

function toRulePrice({ margin_percent, prices, allow_below_cost }: NewRule, at: string): RulePrice {
  if (prices !== undefined) return { kind: 'list', prices: listOf(prices, at) };
  if (margin_percent === undefined) return { kind: 'none' };
  const marginMillionths = percentToMillionths(margin_percent);
  if (marginMillionths < 0 && !allow_below_cost) {
    throw invalid(at, 'a margin below zero is below cost, which needs `allow_below_cost`.');
  }
  return { kind: 'margin', marginMillionths };
}

function listOf(prices: NonNullable<NewRule['prices']>, at: string) {
  const lines = prices.map((line) => ({ ...fromLine(line), price: usdPerMillion(line.credits_per_million) }));
  if (new Set(lines.map(linePlace)).size < lines.length)
    throw invalid(at, 'has two prices for one unit and condition.');
  return lines;
}

export function toPriceRule(rule: PriceRule): z.output<typeof priceRuleSchema> {
  const { price } = rule;
  return {
    id: rule.id,
    customer_group_id: rule.customerGroupId,
    provider_id: rule.providerId,
    model: rule.model,
    version: rule.version,
    effective_from: toTime(rule.effectiveFrom),
    kind: price.kind,
    margin_percent: price.kind === 'margin' ? formatPercent(price.marginMillionths) : undefined,
    prices:
      price.kind === 'list'
        ? price.prices.map((line) => ({ ...toLine(line), credits_per_million: formatUsdPerMillion(line.price) }))
        : undefined,
    allow_below_cost: rule.isBelowCostAllowed,
    created_at: toTime(rule.createdAt),
    actor_id: rule.actorId,
    reason: rule.reason,
  };
}

const NOTHING_PRICED: PriceReport = { lines: [], isBelowCost: false };

export function toOffer({ providerId, model, terms }: PricedOffer): z.output<typeof offerSchema> {
  const { lines, isBelowCost } = terms === undefined ? NOTHING_PRICED : reportPrices(terms);
  const card = terms?.cost.card.id === '' ? undefined : terms?.cost.card;
  return {
    provider_id: providerId,
    model,
    priced: terms !== undefined,
    cost_source: card?.source,
    rate_card_id: card?.id,
    rule_id: terms?.ruleId,
    listed: terms?.list !== undefined,
    below_cost: isBelowCost,
    charges_cost_at_least: terms !== undefined && !terms.isBelowCostAllowed,
    lines: lines.map(toReportLine),
  };
}

export function toChargedLine({ of, creditsPerMillion }: ReportLine): z.output<typeof chargedLineSchema> {
  return { ...toLine(of), credits_per_million: creditsPerMillion };
}

function toReportLine({ of, cost, creditsPerMillion, marginMillionths }: ReportLine) {
  return {
    ...toLine(of),
    usd_per_million: cost === undefined ? undefined : formatUsdPerMillion(cost),
    credits_per_million: creditsPerMillion,
    margin_percent: marginMillionths === undefined ? undefined : formatPercent(marginMillionths),
  };
}

/** Those of the changes that change what is charged. */
export function toPreview(changes: readonly PriceChange[]): z.output<typeof previewSchema> {
  const changed = changes
    .map(({ customerGroupId, before, after }) => ({
      customer_group_id: customerGroupId,
      before: toOffer(before),
      after: toOffer(after),
    }))
    .filter(({ before, after }) => chargedOf(before) !== chargedOf(after));
  return {
    data: changed.slice(0, CHANGES_MAX),
    changes: changed.length,
    below_cost: changed.filter(({ after }) => after.below_cost).length,
  };
}

function chargedOf({ priced, charges_cost_at_least, lines }: z.output<typeof offerSchema>): string {
  return JSON.stringify([priced, charges_cost_at_least, lines]);
}

export function toCustomerGroup(
  { id, name, createdAt }: CustomerGroup,
  members: readonly CustomerGroupMember[],
): z.output<typeof customerGroupSchema> {
  const own = members.filter(({ customerGroupId }) => customerGroupId === id);
  return { id, name, organization_ids: own.map(({ organizationId }) => organizationId), created_at: toTime(createdAt) };
}

function isMargin(millionths: number): boolean {
  return millionths >= MARGIN_LEAST && millionths <= MARGIN_MOST;
}
