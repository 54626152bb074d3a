import { addValue, mergeSketch, type Sketch, sketchOf } from '../kernel/sketch.ts';
import { TOKEN_CLASSES } from './rate-card.ts';
import type { UsageRecord } from './records.ts';

/** What is counted of usage, in the order in which sums hold it. All of it is whole, so that sums are exact. */
export const COUNTS = [
  'requests',
  'failed',
  'estimated',
  'unpriced',
  ...TOKEN_CLASSES,
  'images',
  'seconds_ms',
  'characters',
  'tool_calls',
] as const;
export type CountName = (typeof COUNTS)[number];

/** What is told in percentiles, in the order in which sums hold it. */
export const DISTRIBUTIONS = ['duration', 'first_byte', 'speed'] as const;

/** Sums over usage records. */
export type Measures = {
  /** In the order of {@link COUNTS}. */
  readonly counts: number[];
  costNano: bigint;
  /** In the order of {@link DISTRIBUTIONS}; one that holds nothing is missing, as most of most sums are. */
  readonly sketches: (Sketch | undefined)[];
};

/** What sums are made of: the fields of a usage record that they need. */
export type MeasuredRecord = Pick<
  UsageRecord,
  'usage' | 'usageBasis' | 'costNano' | 'status' | 'corrects' | 'durationMs' | 'firstByteMs' | 'streamed'
>;

const ZEROS: readonly number[] = COUNTS.map(() => 0);

/** Sums over nothing. */
export function noMeasures(): Measures {
  return { counts: ZEROS.slice(), costNano: 0n, sketches: [undefined, undefined, undefined] };
}

/** Adds other sums, `times` of each: once to add, minus once to take away. */
export function addMeasures(into: Measures, other: Measures, times = 1): void {
  for (let index = 0; index < COUNTS.length; index += 1) {
    into.counts[index] = (into.counts[index] ?? 0) + (other.counts[index] ?? 0) * times;
  }
  into.costNano += times === 1 ? other.costNano : other.costNano * BigInt(times);
  for (let index = 0; index < DISTRIBUTIONS.length; index += 1) {
    const added = other.sketches[index];
    if (added === undefined) continue;
    if (into.sketches[index] === undefined && times === 1) into.sketches[index] = added.slice();
    else mergeSketch(sketchAt(into, index), added, times);
  }
}

/** All sums together. */
export function mergedMeasures(list: readonly { readonly measures: Measures }[]): Measures {
  const whole = noMeasures();
  for (const { measures } of list) addMeasures(whole, measures);
  return whole;
}

/** All tokens of sums; the classes do not overlap, so that none is counted twice. */
export function tokensOf(measures: Measures): number {
  return TOKEN_CLASSES.reduce((sum, name) => sum + countOf(measures, name), 0);
}

/** Whether sums are those over nothing. */
export function isNothing({ counts, costNano, sketches }: Measures): boolean {
  return costNano === 0n && counts.every((count) => count === 0) && sketches.every((each) => (each?.length ?? 0) === 0);
}

/** One distribution of sums, to add to. */
export function sketchAt({ sketches }: Measures, index: number): Sketch {
  const known = sketches[index];
  if (known !== undefined) return known;
  const made: Sketch = [];
  sketches[index] = made;
  return made;
}

/**
 * Adds one record. A correction holds differences to the record that it corrects: it counts in tokens and money, and is
 * no request of its own.
 */
export function addRecord(into: Measures, record: MeasuredRecord): void {
  const { counts } = into;
  const { usage } = record;
  const add = (index: number, value: number | undefined): void => {
    if (value !== undefined) counts[index] = (counts[index] ?? 0) + Math.round(value);
  };
  if (record.corrects === undefined) {
    add(0, 1);
    if (record.status !== 'success') add(1, 1);
    if (record.usageBasis === 'estimated') add(2, 1);
    if (record.costNano === undefined) add(3, 1);
    addDistributions(into, record);
  }
  add(4, usage.inputTokens);
  add(5, usage.cachedInputTokens);
  add(6, usage.cacheWrite5mTokens);
  add(7, usage.cacheWrite1hTokens);
  add(8, usage.audioInputTokens);
  add(9, usage.outputTokens);
  add(10, usage.reasoningTokens);
  add(11, usage.audioOutputTokens);
  add(12, usage.imageInputTokens);
  add(13, usage.imageOutputTokens);
  add(14, usage.images);
  add(15, usage.seconds === undefined ? undefined : usage.seconds * 1000);
  add(16, usage.characters);
  add(17, usage.toolCalls);
  into.costNano += record.costNano ?? 0n;
}

function addDistributions(into: Measures, record: MeasuredRecord): void {
  addTo(into, 0, record.durationMs);
  if (record.firstByteMs !== undefined) addTo(into, 1, record.firstByteMs);
  const tokensPerSecond = speedOf(record);
  if (tokensPerSecond !== undefined) addTo(into, 2, tokensPerSecond);
}

function addTo({ sketches }: Measures, index: number, value: number): void {
  const known = sketches[index];
  if (known === undefined) sketches[index] = sketchOf(value);
  else addValue(known, value);
}

/** Tokens that were written in a second. Of a stream the wait for its beginning does not count. */
export function speedOf(record: MeasuredRecord): number | undefined {
  const tokens = (record.usage.outputTokens ?? 0) + (record.usage.reasoningTokens ?? 0);
  const waitedMs = record.streamed ? (record.firstByteMs ?? 0) : 0;
  const wroteMs = record.durationMs - waitedMs;
  return tokens > 0 && wroteMs > 0 ? (tokens * 1000) / wroteMs : undefined;
}

/** One count of sums, by name. */
export function countOf({ counts }: Measures, name: CountName): number {
  return counts[COUNTS.indexOf(name)] ?? 0;
}
