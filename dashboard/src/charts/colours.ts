/** The colours of groups, in order; the rest is grey. Whole words, since the stylesheet is made from what stands here. */
const FILLS = [
  'fill-[var(--series-1)]',
  'fill-[var(--series-2)]',
  'fill-[var(--series-3)]',
  'fill-[var(--series-4)]',
  'fill-[var(--series-5)]',
  'fill-[var(--series-6)]',
  'fill-[var(--series-7)]',
  'fill-[var(--series-8)]',
  'fill-[var(--series-9)]',
  'fill-[var(--series-10)]',
];
const REST = 'fill-[var(--series-rest)]';
export const BAD = 'fill-[var(--series-5)]';
export const GOOD = 'fill-[var(--series-1)]';

export function fillOf(index: number, isRest = false): string {
  return isRest ? REST : (FILLS[index % FILLS.length] ?? REST);
}
