import { z } from 'zod';
import { formatUsdPerMillion } from '../../kernel/money.ts';
import { TOKEN_CLASSES } from '../../protocol/rate-card.ts';
import type { CheaperDeployment, FailedSpend, Offer, Savings, UncachedInput } from '../../records/savings.ts';
import {
  costFields,
  countField,
  fromTime,
  timeField,
  timeInputField,
  toCost,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { statusField } from './schema.ts';
import { UNUSED_DAYS, type Unused, type UnusedCredential } from './unused.ts';

export const savingsQuery = z.strictObject({ from: timeInputField, to: timeInputField });

const moneySchema = z.strictObject(costFields);
const priceField = z.string().describe('Dollars for a million tokens, today.');
const deploymentSchema = z.strictObject({
  connection_id: z.string(),
  provider_id: z.string(),
  upstream_model: z.string(),
});

const cheaperSchema = z.strictObject({
  kind: z.literal('cheaper_deployment'),
  model: z.string(),
  used: deploymentSchema,
  other: deploymentSchema.describe('The cheapest that offers the same model and may be called in the default project.'),
  requests: countField,
  estimated_requests: countField.describe('Requests whose tokens the hub estimated.'),
  lines: z
    .array(
      z.strictObject({
        token_class: z.enum(TOKEN_CLASSES),
        tokens: countField,
        price: priceField,
        other_price: priceField,
      }),
    )
    .describe('What both costs are made of: tokens × price, for each class that was used.'),
  cost: moneySchema.describe('Of these tokens where they were used, by its prices of today.'),
  other_cost: moneySchema,
  saved: moneySchema,
});

const uncachedSchema = z.strictObject({
  kind: z.literal('uncached_input'),
  model: z.string(),
  used: deploymentSchema,
  requests: countField,
  average_input_tokens: countField,
  input_tokens: countField.describe('All of the input, whether cached or not.'),
  cached_tokens: countField,
  uncached_tokens: countField,
  price: priceField,
  cached_price: priceField,
  saved_at_most: moneySchema.describe(
    'Uncached tokens × the difference of the prices: an upper bound, since prompts that differ are not cached.',
  ),
});

const failedSchema = z.strictObject({
  kind: z.literal('failed_spend'),
  model: z.string(),
  requests: countField,
  cost: moneySchema,
  statuses: z.array(z.strictObject({ status: statusField, requests: countField, cost: moneySchema })),
});

const unusedFields = {
  id: z.string(),
  name: z.string(),
  created_at: timeField,
  last_used_at: timeField.optional().describe('Missing: never.'),
};

const unusedKeysSchema = z.strictObject({
  kind: z.literal('unused_keys'),
  keys: z.array(z.strictObject(unusedFields)).describe(`At most 100, not used for ${UNUSED_DAYS} days.`),
});

const unusedCredentialsSchema = z.strictObject({
  kind: z.literal('unused_credentials'),
  credentials: z
    .array(z.strictObject({ ...unusedFields, connection_id: z.string() }))
    .describe(`At most 100, not used for ${UNUSED_DAYS} days.`),
});

export const savingsSchema = z.strictObject({
  from: timeField,
  to: timeField,
  findings: z
    .array(
      z.discriminatedUnion('kind', [
        cheaperSchema,
        uncachedSchema,
        failedSchema,
        unusedKeysSchema,
        unusedCredentialsSchema,
      ]),
    )
    .describe(
      'What is worth less than a cent, and what would need a price that is not known, is left out. Findings overlap: they do not add up.',
    ),
});

type Finding = z.output<typeof savingsSchema>['findings'][number];

export function toSavings(
  query: z.output<typeof savingsQuery>,
  found: Savings & { readonly keys: readonly Unused[]; readonly credentials: readonly UnusedCredential[] },
): z.output<typeof savingsSchema> {
  const { keys, credentials } = found;
  const findings: readonly (readonly Finding[])[] = [
    found.cheaper.map(toCheaper),
    found.uncached.map(toUncached),
    found.failed.map(toFailed),
    keys.length === 0 ? [] : [{ kind: 'unused_keys', keys: keys.map(toUnused) }],
    credentials.length === 0
      ? []
      : [
          {
            kind: 'unused_credentials',
            credentials: credentials.map((row) => ({ ...toUnused(row), connection_id: row.connectionId })),
          },
        ],
  ];
  return { from: toTime(fromTime(query.from)), to: toTime(fromTime(query.to)), findings: findings.flat() };
}

function toDeployment({ connectionId, providerId, upstreamModel }: Offer): z.output<typeof deploymentSchema> {
  return { connection_id: connectionId, provider_id: providerId, upstream_model: upstreamModel };
}

function toCheaper(finding: CheaperDeployment): z.output<typeof cheaperSchema> {
  return {
    kind: 'cheaper_deployment',
    model: finding.used.canonicalModel,
    used: toDeployment(finding.used),
    other: toDeployment(finding.other),
    requests: finding.requests,
    estimated_requests: finding.estimatedRequests,
    lines: finding.lines.map(({ tokenClass, tokens, price, otherPrice }) => ({
      token_class: tokenClass,
      tokens,
      price: formatUsdPerMillion(price),
      other_price: formatUsdPerMillion(otherPrice),
    })),
    cost: toCost(finding.cost),
    other_cost: toCost(finding.otherCost),
    saved: toCost(finding.saved),
  };
}

function toUncached(finding: UncachedInput): z.output<typeof uncachedSchema> {
  return {
    kind: 'uncached_input',
    model: finding.used.canonicalModel,
    used: toDeployment(finding.used),
    requests: finding.requests,
    average_input_tokens: finding.averageInputTokens,
    input_tokens: finding.inputTokens,
    cached_tokens: finding.cachedTokens,
    uncached_tokens: finding.uncachedTokens,
    price: formatUsdPerMillion(finding.price),
    cached_price: formatUsdPerMillion(finding.cachedPrice),
    saved_at_most: toCost(finding.savedAtMost),
  };
}

function toFailed({ model, requests, cost, statuses }: FailedSpend): z.output<typeof failedSchema> {
  return {
    kind: 'failed_spend',
    model,
    requests,
    cost: toCost(cost),
    statuses: statuses.map((one) => ({ status: one.status, requests: one.requests, cost: toCost(one.cost) })),
  };
}

function toUnused({ id, name, createdAt, lastUsedAt }: Unused) {
  return { id, name, created_at: toTime(createdAt), last_used_at: toTimeOrUndefined(lastUsedAt) };
}
