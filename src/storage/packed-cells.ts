import { COUNTS, type CountName, type Measures, noMeasures } from '../protocol/measures.ts';
import { joinHalves, NANO_HALF } from './engine.ts';

/** What packed sums hold besides money: what rankings and charts show. */
const FEW_COUNTS = ['requests', 'failed', 'input_tokens', 'output_tokens'] as const satisfies readonly CountName[];
const PLACES = FEW_COUNTS.map((name) => COUNTS.indexOf(name));
const BIG_HALF = BigInt(NANO_HALF);
/** Numbers of one sum: its counts and the two halves of its money. */
export const FEW_LENGTH = FEW_COUNTS.length + 2;

/** Few numbers of a sum, in the order of {@link FEW_COUNTS}, and behind them the halves of its money. */
export type FewNumbers = Float64Array;

/** Few numbers of sums → those numbers. */
export function fewOf({ counts, costNano }: Measures): FewNumbers {
  const few = new Float64Array(FEW_LENGTH);
  for (const [index, place] of PLACES.entries()) few[index] = counts[place] ?? 0;
  few[FEW_LENGTH - 2] = Number(costNano / BIG_HALF);
  few[FEW_LENGTH - 1] = Number(costNano % BIG_HALF);
  return few;
}

/**
 * Whether the few numbers that begin at a place come to nothing. Halves of money that were added up each for itself may be
 * left with something although they cancel each other out.
 */
export function isNothingAt(numbers: FewNumbers, place: number): boolean {
  for (let index = 0; index < FEW_COUNTS.length; index += 1) if (numbers[place + index] !== 0) return false;
  const [high, low] = [numbers[place + FEW_LENGTH - 2] ?? 0, numbers[place + FEW_LENGTH - 1] ?? 0];
  return high + low / NANO_HALF === 0;
}

/** Which of two sums costs more, as the difference of their money; its sign is exact. */
export function costDifference(numbers: FewNumbers, a: number, b: number): number {
  const [high, low] = [FEW_LENGTH - 2, FEW_LENGTH - 1];
  const dollars = (numbers[a + high] ?? 0) - (numbers[b + high] ?? 0);
  return dollars * NANO_HALF + ((numbers[a + low] ?? 0) - (numbers[b + low] ?? 0));
}

/** Which of two sums has more requests. */
export function requestsDifference(numbers: FewNumbers, a: number, b: number): number {
  return (numbers[a] ?? 0) - (numbers[b] ?? 0);
}

/** The sums that begin at a place of a list of few numbers; `undefined` where all of them are zero. */
export function measuresAt(numbers: FewNumbers, place: number): Measures | undefined {
  if (isNothingAt(numbers, place)) return undefined;
  const measures = noMeasures();
  for (const [index, count] of PLACES.entries()) measures.counts[count] = numbers[place + index] ?? 0;
  const [high, low] = [numbers[place + FEW_LENGTH - 2] ?? 0, numbers[place + FEW_LENGTH - 1] ?? 0];
  measures.costNano = joinHalves(high, low);
  return measures;
}

/** Adds few numbers, `times` of each, to those that begin at a place of a list. */
export function addFew(into: FewNumbers, place: number, few: FewNumbers, times: number): void {
  for (let index = 0; index < FEW_LENGTH; index += 1) {
    into[place + index] = (into[place + index] ?? 0) + (few[index] ?? 0) * times;
  }
}

/** Five bits a letter. All letters of a number but its last are of the first kind; none needs to be escaped anywhere. */
const BASE = 32;
const MORE = 59;
const LAST = 93;
/** Between texts that are put together. */
export const CELLS_END = ',';
const END = CELLS_END.charCodeAt(0);
const NUMBERS_OF_CELL = FEW_LENGTH + 1;
/** No number has more than 53 bits. */
const CELL_LETTERS_MAX = NUMBERS_OF_CELL * 11;

/** Whole numbers of either sign as numbers from zero on, the small ones first. */
function unsigned(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}

/** Writes sums by rising numbers as text: of each the distance to the one before, and its few numbers. */
export function createCellsWriter() {
  // Letter by letter: pieces of text would be most of what packing leaves to collect.
  let letters = Buffer.alloc(256);
  let length = 0;
  let before = 0;
  const write = (number: number): void => {
    let last = length;
    for (let rest = Math.floor(number / BASE); rest > 0; rest = Math.floor(rest / BASE)) last += 1;
    letters[last] = LAST + (number % BASE);
    let rest = Math.floor(number / BASE);
    for (let index = last - 1; index >= length; index -= 1) {
      letters[index] = MORE + (rest % BASE);
      rest = Math.floor(rest / BASE);
    }
    length = last + 1;
  };
  return {
    add(key: number, few: FewNumbers): void {
      if (length + CELL_LETTERS_MAX > letters.length) letters = Buffer.concat([letters, Buffer.alloc(letters.length)]);
      write(key - before);
      for (let index = 0; index < FEW_LENGTH; index += 1) write(unsigned(few[index] ?? 0));
      before = key;
    },
    text: (): string => letters.toString('latin1', 0, length),
  };
}

/** Reads what was written as cells, or several such texts with an end between them. `few` is the same list each time. */
export function readCells(text: string, visit: (key: number, few: FewNumbers) => void): void {
  const few = new Float64Array(FEW_LENGTH);
  let key = 0;
  let number = 0;
  let place = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === END) {
      key = 0;
      continue;
    }
    if (code < LAST) {
      number = number * BASE + code - MORE;
      continue;
    }
    number = number * BASE + code - LAST;
    if (place === 0) key += number;
    else few[place - 1] = number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    number = 0;
    place += 1;
    if (place < NUMBERS_OF_CELL) continue;
    visit(key, few);
    place = 0;
  }
}

const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const DIGIT_ZERO = 48;

/**
 * Reads sums as a store writes them: a number and few numbers in decimal with spaces between them, and commas between such
 * sums. Where there is no number, it is zero. `few` is the same list each time.
 */
export function readFewTexts(texts: string, visit: (key: number, few: FewNumbers) => void): void {
  const few = new Float64Array(FEW_LENGTH);
  let [key, place, number, sign] = [0, 0, 0, 1];
  for (let index = 0; index <= texts.length; index += 1) {
    const code = index === texts.length ? COMMA : texts.charCodeAt(index);
    if (code === MINUS) sign = -1;
    else if (code === SPACE || code === COMMA) {
      if (place === 0) key = number;
      else few[place - 1] = sign * number;
      [number, sign] = [0, 1];
      place = code === SPACE ? place + 1 : 0;
      if (code === COMMA) visit(key, few);
    } else number = number * 10 + code - DIGIT_ZERO;
  }
}
