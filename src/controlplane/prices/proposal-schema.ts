import { z } from 'zod';
import { formatPercent, formatUsdPerMillion } from '../../kernel/money.ts';
import type { ComparedProposal } from '../../metering/price-proposal-service.ts';
import type { Price } from '../../protocol/rate-card.ts';
import { countField, flagField, idField, reasonField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';
import { pageQuery } from '../paging.ts';
import { priceSchema, toLine } from './schema.ts';

const IDS_MAX = 500;

const linesField = z.array(priceSchema.extend({ usd_per_million: z.string() }));

export const proposalSchema = z.strictObject({
  id: z.string(),
  provider_id: z.string(),
  model: z.string(),
  origin: z.string().describe('Where the prices were read: an address, a file, or `built-in`.'),
  found_at: timeField,
  dismissed_at: timeField.optional(),
  drift_percent: z
    .string()
    .optional()
    .describe('How far the line is that differs most, up or down; missing where there are other lines than before.'),
  current: z
    .strictObject({ rate_card_id: z.string(), source: z.enum(['catalogue', 'operator']), prices: linesField })
    .optional()
    .describe('The card that an approval takes the place of.'),
  prices: linesField,
});

export const proposalsQuery = z.strictObject({
  ...pageQuery,
  dismissed: flagField.default('false').describe('Those that were dismissed instead of those that wait.'),
});

export const decisionsSchema = z
  .strictObject({
    ids: z.array(idField).min(1).max(IDS_MAX),
    decision: z.enum(['approve', 'dismiss']),
    reason: reasonField.optional(),
  })
  .meta({ examples: [{ ids: ['pp_01'], decision: 'approve', reason: 'The provider has said so, too' }] });

export const decidedSchema = z.strictObject({ decided: countField });

export const priceRefreshSchema = z.strictObject({
  added: countField.describe('Cards of models that had no price.'),
  proposed: countField.describe('Models whose price would change.'),
});

export function toProposal({ proposal, current, driftMillionths }: ComparedProposal): z.output<typeof proposalSchema> {
  return {
    id: proposal.id,
    provider_id: proposal.providerId,
    model: proposal.model,
    origin: proposal.origin,
    found_at: toTime(proposal.foundAt),
    dismissed_at: toTimeOrUndefined(proposal.dismissedAt),
    drift_percent: driftMillionths === undefined ? undefined : formatPercent(driftMillionths),
    current:
      current === undefined
        ? undefined
        : {
            rate_card_id: current.id,
            source: current.source === 'operator' ? 'operator' : 'catalogue',
            prices: current.prices.map(toDocument),
          },
    prices: proposal.prices.map(toDocument),
  };
}

function toDocument(line: Price) {
  return { ...toLine(line), usd_per_million: formatUsdPerMillion(line.price) };
}
