/**
 * A histogram of positive numbers in buckets that grow by a constant factor, so that any percentile is known within
 * {@link RELATIVE_ERROR} of its value. Two are merged by adding their counts, and the merge is exact: the percentile of
 * a year is the same whether it is asked of the year's records or of its days.
 */
export type Sketch = Map<number, number>;

/** A percentile lies at most this share of its value from the exact one. */
export const RELATIVE_ERROR = 0.02;

const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
/** What is smaller counts as this: a microsecond, where milliseconds are counted. */
export const SMALLEST = 0.001;
/** Makes the number of every bucket positive. */
const SHIFT = 1 - Math.ceil(Math.log(SMALLEST) / LOG_GROWTH);
const RADIX = 36;
const COMMA = 44;
const COLON = 58;
const DIGIT_ZERO = 48;
const DIGIT_NINE = 57;
const LETTER_A = 97;

/** Counts a value once. */
export function addValue(sketch: Sketch, value: number): void {
  const bucket = bucketOf(value);
  sketch.set(bucket, (sketch.get(bucket) ?? 0) + 1);
}

/** Adds the counts of another sketch, `times` of each: once to merge, minus once to take away what was merged. */
export function mergeSketch(into: Sketch, other: Sketch, times = 1): void {
  for (const [bucket, count] of other) {
    const sum = (into.get(bucket) ?? 0) + count * times;
    if (sum === 0) into.delete(bucket);
    else into.set(bucket, sum);
  }
}

/** The smallest value that at least this share of the values does not exceed; `undefined` where there are none. */
export function quantileOf(sketch: Sketch, share: number): number | undefined {
  const buckets = [...sketch].toSorted(([a], [b]) => a - b);
  const count = buckets.reduce((sum, [, each]) => sum + each, 0);
  const rank = Math.max(1, Math.ceil(share * count));
  let seen = 0;
  for (const [bucket, each] of buckets) {
    seen += each;
    if (seen >= rank) return valueOf(bucket);
  }
  return undefined;
}

/** The mean of the values, within {@link RELATIVE_ERROR} of the exact one; `undefined` where there are none. */
export function meanOf(sketch: Sketch): number | undefined {
  let count = 0;
  let sum = 0;
  for (const [bucket, each] of sketch) {
    count += each;
    sum += each * valueOf(bucket);
  }
  return count === 0 ? undefined : sum / count;
}

function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH) + SHIFT;
}

/** The value in a bucket that is as far, in proportion, from its lower end as from its upper one. */
function valueOf(bucket: number): number {
  return (2 * GROWTH ** (bucket - SHIFT)) / (GROWTH + 1);
}

/**
 * A sketch as text: for each bucket in order its distance from the one before and, unless it is 1, its count, as in
 * `4a,2:3`. `undefined` for an empty one.
 */
export function sketchText(sketch: Sketch): string | undefined {
  if (sketch.size === 0) return undefined;
  const buckets = [...sketch.keys()];
  if (buckets.length > 1) buckets.sort((a, b) => a - b);
  let text = '';
  let before = 0;
  for (const bucket of buckets) {
    const count = sketch.get(bucket) ?? 0;
    const distance = (bucket - before).toString(RADIX);
    text += `${before === 0 ? '' : ','}${count === 1 ? distance : `${distance}:${count.toString(RADIX)}`}`;
    before = bucket;
  }
  return text;
}

/** Adds what {@link sketchText} wrote, `times` of each count, as {@link mergeSketch} does. */
export function mergeSketchText(into: Sketch, text: string | null, times = 1): void {
  if (text === null || text === '') return;
  // Read digit by digit: sums are merged by the thousand, and pieces of text would be most of what that leaves to collect.
  let bucket = 0;
  let number = 0;
  let isCount = false;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index === text.length ? COMMA : text.charCodeAt(index);
    if (code === COLON) {
      bucket += number;
      number = 0;
      isCount = true;
    } else if (code === COMMA) {
      if (!isCount) bucket += number;
      const sum = (into.get(bucket) ?? 0) + (isCount ? number : 1) * times;
      if (sum === 0) into.delete(bucket);
      else into.set(bucket, sum);
      number = 0;
      isCount = false;
    } else number = number * RADIX + (code <= DIGIT_NINE ? code - DIGIT_ZERO : code - LETTER_A + 10);
  }
}
