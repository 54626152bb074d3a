import { meanOf, quantileOf, type Sketch } from '../../../kernel/sketch.ts';
import { countOf, type Measures, mergedMeasures, tokensOf } from '../../../protocol/measures.ts';
import type { Operation } from '../../../protocol/operation.ts';
import type { GroupSum } from '../../../protocol/usage-sums.ts';

/** AIGNE's kinds of calls, each with what is counted under it. */
const OPERATIONS_OF = {
  chatCompletion: ['chat', 'completions'],
  embedding: ['embeddings'],
  imageGeneration: ['images', 'image-edits'],
  audioGeneration: ['speech', 'transcriptions', 'translations'],
  video: ['videos'],
  custom: ['count-tokens'],
} as const satisfies Record<string, readonly Operation[]>;

export type CallType = keyof typeof OPERATIONS_OF;
// Object.keys gives the names of what was written above.
export const CALL_TYPES = Object.keys(OPERATIONS_OF) as readonly CallType[];

export function operationsOf(type: CallType): readonly Operation[] {
  return OPERATIONS_OF[type];
}

/** Which kind an operation is; a record may be older than the table. */
export function typeOf(operation: string): CallType {
  return CALL_TYPES.find((type) => operationsOf(type).some((each) => each === operation)) ?? 'custom';
}

/** What is shown of sums everywhere. The cost at the provider is no credits: where nobody is charged there are none. */
export type Totals = {
  readonly totalUsage: number;
  readonly totalCredits: number;
  readonly totalCalls: number;
  readonly successCalls: number;
};

export function totalsOf(measures: Measures, totalCredits: number): Totals {
  const totalCalls = countOf(measures, 'requests');
  return {
    totalUsage: tokensOf(measures),
    totalCredits,
    totalCalls,
    successCalls: totalCalls - countOf(measures, 'failed'),
  };
}

/** Mean times in seconds; 0 where nothing was measured. */
export function averagesOf({ sketches }: Measures): { readonly avgDuration: number; readonly avgTtfb: number } {
  const [duration, firstByte] = sketches;
  return { avgDuration: mean(duration), avgTtfb: mean(firstByte) };
}

/** The share of calls that succeeded in percent, with two decimals; 0 where there were none. */
export function successRateOf({ totalCalls, successCalls }: Totals): number {
  return totalCalls === 0 ? 0 : Math.round((successCalls / totalCalls) * 10_000) / 100;
}

/** A point of a trend: both names by which clients know the calls, times in seconds, `timestamp` in unix seconds. */
export function pointOf(startMs: number, measures: Measures, credits: number) {
  const totals = totalsOf(measures, credits);
  const firstByte = measures.sketches[1];
  return {
    timestamp: startMs / 1000,
    calls: totals.totalCalls,
    ...totals,
    successRate: successRateOf(totals),
    ...averagesOf(measures),
    p50Ttfb: quantile(firstByte, 0.5),
    p95Ttfb: quantile(firstByte, 0.95),
  };
}

/** How many calls all sums are over. */
export function callsIn(sums: readonly GroupSum[]): number {
  return countOf(mergedMeasures(sums), 'requests');
}

/** The sums of each bucket, of none as well. */
export function byBucket(sums: readonly GroupSum[], count: number): readonly Measures[] {
  const found = Map.groupBy(sums, ({ bucket }) => bucket);
  return Array.from({ length: count }, (_, bucket) => mergedMeasures(found.get(bucket) ?? []));
}

/** The sums of each value that there is one for. */
export function byValue(sums: readonly GroupSum[]): ReadonlyMap<string, Measures> {
  const found = Map.groupBy(sums, ({ value }) => value);
  return new Map([...found].flatMap(([value, each]) => (value === undefined ? [] : [[value, mergedMeasures(each)]])));
}

function mean(sketch: Sketch | undefined): number {
  return toSeconds(sketch && meanOf(sketch));
}

function quantile(sketch: Sketch | undefined, share: number): number {
  return toSeconds(sketch && quantileOf(sketch, share));
}

function toSeconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.round(ms) / 1000;
}
