const SUGGESTIONS_MAX = 5;
const CANDIDATES_MAX = 5000;
const NAME_CHARACTERS_MAX = 100;
/** A name that is further off is another name; it also bounds the work. */
const LETTERS_OFF_MAX = 6;

/** Names close to the one that was not found: parts of each other, or a few letters off. Bounded in time. */
export function nearMatches(name: string, candidates: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase().slice(0, NAME_CHARACTERS_MAX);
  const farthest = Math.min(LETTERS_OFF_MAX, Math.max(2, Math.floor(wanted.length / 3)));
  const scored: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    const known = candidate.toLowerCase().slice(0, NAME_CHARACTERS_MAX);
    const contains = wanted.length >= 3 && (known.includes(wanted) || wanted.includes(known));
    const distance = contains ? 0 : editDistance(wanted, known, farthest);
    if (distance <= farthest) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || a.candidate.length - b.candidate.length);
  return scored.slice(0, SUGGESTIONS_MAX).map(({ candidate }) => candidate);
}

/**
 * Levenshtein's distance, given up as soon as it is sure to pass `farthest`. Only the cells that can stay within it are
 * worked out: those at most `farthest` beside the diagonal.
 */
function editDistance(a: string, b: string, farthest: number): number {
  const tooFar = farthest + 1;
  if (Math.abs(a.length - b.length) > farthest) return tooFar;
  let previous = new Uint8Array(b.length + 2).fill(tooFar);
  let current = new Uint8Array(b.length + 2).fill(tooFar);
  for (let column = 0; column <= Math.min(farthest, b.length); column += 1) previous[column] = column;
  for (let row = 1; row <= a.length; row += 1) {
    const from = Math.max(1, row - farthest);
    const to = Math.min(b.length, row + farthest);
    current[from - 1] = from === 1 ? Math.min(row, tooFar) : tooFar;
    let smallest = current[from - 1] ?? tooFar;
    for (let column = from; column <= to; column += 1) {
      const isSame = a.charCodeAt(row - 1) === b.charCodeAt(column - 1);
      const substitution = (previous[column - 1] ?? tooFar) + (isSame ? 0 : 1);
      const value = Math.min(
        substitution,
        (previous[column] ?? tooFar) + 1,
        (current[column - 1] ?? tooFar) + 1,
        tooFar,
      );
      current[column] = value;
      smallest = Math.min(smallest, value);
    }
    current[to + 1] = tooFar;
    if (smallest > farthest) return tooFar;
    [previous, current] = [current, previous];
  }
  return previous[b.length] ?? tooFar;
}
