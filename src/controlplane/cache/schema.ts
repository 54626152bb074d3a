import { z } from 'zod';
import type { CacheCount } from '../../cache/ports.ts';
import { addNano, formatUsd, ZERO_NANO_USD } from '../../kernel/money.ts';
import { timeField, toTime } from '../fields.ts';

const DAYS_MAX = 365;
const DAYS_DEFAULT = 30;

export const cacheQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(DAYS_MAX).default(DAYS_DEFAULT).describe('How far to look back.'),
});

const countFields = {
  hits: z.int().describe('Requests that were answered from the cache.'),
  misses: z.int().describe('Requests that might have been, had the answer been there.'),
  saved_usd: z
    .string()
    .optional()
    .describe('What the answers had cost that were given again; missing where costs are the operator’s own.'),
  saved_nano_usd: z.string().optional().describe('The same in billionths.'),
};

export const cacheSchema = z.strictObject({
  store: z.enum(['memory', 'store', 'redis']).describe('Where answers lie.'),
  charged: z
    .boolean()
    .describe('Whether who pays with credit pays for an answer that is given again as for the first.'),
  cleared_at: timeField.optional().describe('Since when answers are kept, where older ones were thrown away.'),
  ...countFields,
  hours: z
    .array(z.strictObject({ at: timeField, ...countFields }))
    .describe('Hours in which there was something, oldest first.'),
});

export type CacheSaid = {
  readonly where: z.output<typeof cacheSchema>['store'];
  readonly isCharged: boolean;
  readonly clearedAt: number | undefined;
};

export function toCache(
  { where, isCharged, clearedAt }: CacheSaid,
  counts: readonly CacheCount[],
  seesCosts: boolean,
): z.output<typeof cacheSchema> {
  let [hits, misses, savedNano] = [0, 0, ZERO_NANO_USD];
  for (const each of counts) {
    hits += each.hits;
    misses += each.misses;
    savedNano = addNano(savedNano, each.savedNano);
  }
  const saved = (nano: CacheCount['savedNano']) =>
    seesCosts ? { saved_usd: formatUsd(nano), saved_nano_usd: String(nano) } : {};
  return {
    store: where,
    charged: isCharged,
    cleared_at: clearedAt === undefined ? undefined : toTime(clearedAt),
    hits,
    misses,
    ...saved(savedNano),
    hours: counts.map((each) => ({
      at: toTime(each.hour),
      hits: each.hits,
      misses: each.misses,
      ...saved(each.savedNano),
    })),
  };
}
