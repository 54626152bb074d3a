/** Words further apart than a third of their length are no longer the same word mistyped. */
const ONE_EDIT_PER_LETTERS = 3;
const LETTERS_COMPARED_MAX = 64;

/** The candidate that `word` most likely meant, or `undefined` where none is close. Case does not count. */
export function nearMatch(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase().slice(0, LETTERS_COMPARED_MAX);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / ONE_EDIT_PER_LETTERS)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase().slice(0, LETTERS_COMPARED_MAX));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** How many letters must be added, dropped, changed or swapped with their neighbour (Damerau's distance). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const change = (previous[column - 1] ?? 0) + (isSame ? 0 : 1);
      const drop = (previous[column] ?? 0) + 1;
      const add = (current[column - 1] ?? 0) + 1;
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(change, drop, add, swap));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
