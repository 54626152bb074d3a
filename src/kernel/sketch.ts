/**
 * A histogram of positive numbers in buckets that grow by a constant factor, so that any percentile is known within
 * {@link RELATIVE_ERROR} of its value. Two are merged by adding their counts, and the merge is exact: the percentile of
 * a year is the same whether it is asked of the year's records or of its days.
 *
 * It is a list of its buckets, rising, each followed by its count: sums keep three for every few records, of which most
 * have one bucket, and a map of one is four times as large.
 */
export type Sketch = number[];

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

/** One value, counted once. */
export function sketchOf(value: number): Sketch {
  return [bucketOf(value), 1];
}

/** Counts a value once. */
export function addValue(sketch: Sketch, value: number): void {
  addCount(sketch, { bucket: bucketOf(value), count: 1, from: 0 });
}

/** Adds the counts of another sketch, `times` of each: once to merge, minus once to take away what was merged. */
export function mergeSketch(into: Sketch, other: Sketch, times = 1): void {
  let from = 0;
  for (let index = 0; index < other.length; index += 2) {
    from = addCount(into, { bucket: other[index] ?? 0, count: (other[index + 1] ?? 0) * times, from });
  }
}

type Counted = { readonly bucket: number; readonly count: number; readonly from: number };

/** Adds to the count of a bucket, which is not before the place `from`. Gives the place where it is or would be. */
function addCount(sketch: Sketch, { bucket, count, from }: Counted): number {
  const place = placeOf(sketch, bucket, from);
  if (sketch[place] !== bucket) {
    if (count !== 0) insertAt(sketch, place, bucket, count);
    return place;
  }
  const sum = (sketch[place + 1] ?? 0) + count;
  if (sum === 0) sketch.splice(place, 2);
  else sketch[place + 1] = sum;
  return place;
}

/** The place of the first bucket, from a place on, that is not smaller. */
function placeOf(sketch: Sketch, bucket: number, from: number): number {
  let [low, high] = [from, sketch.length];
  // Values often come in order: what is larger than all is found at once.
  if (high > 0 && (sketch[high - 2] ?? 0) < bucket) return high;
  while (low < high) {
    const middle = low + 2 * Math.floor((high - low) / 4);
    if ((sketch[middle] ?? 0) < bucket) low = middle + 2;
    else high = middle;
  }
  return low;
}

function insertAt(sketch: Sketch, place: number, bucket: number, count: number): void {
  sketch.push(0, 0);
  for (let index = sketch.length - 1; index > place + 1; index -= 1) sketch[index] = sketch[index - 2] ?? 0;
  sketch[place] = bucket;
  sketch[place + 1] = count;
}

/** The smallest value that at least this share of the values does not exceed; `undefined` where there are none. */
export function quantileOf(sketch: Sketch, share: number): number | undefined {
  const rank = Math.max(1, Math.ceil(share * countsOf(sketch)));
  let seen = 0;
  for (let index = 0; index < sketch.length; index += 2) {
    seen += sketch[index + 1] ?? 0;
    if (seen >= rank) return valueOf(sketch[index] ?? 0);
  }
  return undefined;
}

/** The mean of the values, within {@link RELATIVE_ERROR} of the exact one; `undefined` where there are none. */
export function meanOf(sketch: Sketch): number | undefined {
  const count = countsOf(sketch);
  let sum = 0;
  for (let index = 0; index < sketch.length; index += 2) sum += (sketch[index + 1] ?? 0) * valueOf(sketch[index] ?? 0);
  return count === 0 ? undefined : sum / count;
}

/** How many values were counted. */
export function countsOf(sketch: Sketch): number {
  let count = 0;
  for (let index = 1; index < sketch.length; index += 2) count += sketch[index] ?? 0;
  return count;
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
  if (sketch.length === 0) return undefined;
  let text = '';
  let before = 0;
  for (let index = 0; index < sketch.length; index += 2) {
    const [bucket = 0, count = 0] = [sketch[index], sketch[index + 1]];
    text += `${before === 0 ? '' : ','}${digitsOf(bucket - before)}`;
    if (count !== 1) text += `:${digitsOf(count)}`;
    before = bucket;
  }
  return text;
}

/** Nearly all distances and counts are small, and a look-up is ten times as fast as writing digits. */
const SMALL_NUMBERS = Array.from({ length: 2048 }, (_, number) => number.toString(RADIX));

function digitsOf(number: number): string {
  return SMALL_NUMBERS[number] ?? number.toString(RADIX);
}

/** Adds what {@link sketchText} wrote, `times` of each count, as {@link mergeSketch} does. */
export function mergeSketchText(into: Sketch, text: string | null, times = 1): void {
  if (text === null || text === '') return;
  // Read digit by digit: sums are merged by the thousand, and pieces of text would be most of what that leaves to collect.
  let bucket = 0;
  let number = 0;
  let isCount = false;
  let from = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index === text.length ? COMMA : text.charCodeAt(index);
    if (code === COLON) {
      bucket += number;
      number = 0;
      isCount = true;
    } else if (code === COMMA) {
      if (!isCount) bucket += number;
      from = addCount(into, { bucket, count: (isCount ? number : 1) * times, from });
      number = 0;
      isCount = false;
    } else number = number * RADIX + (code <= DIGIT_NINE ? code - DIGIT_ZERO : code - LETTER_A + 10);
  }
}
