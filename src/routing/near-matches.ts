const SUGGESTIONS_MAX = 5;
const CANDIDATES_MAX = 5000;
const NAME_CHARACTERS_MAX = 100;

/** Names close to the one that was not found: parts of each other, or a few letters off. Bounded in time. */
export function nearMatches(name: string, candidates: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase().slice(0, NAME_CHARACTERS_MAX);
  const farthest = Math.max(2, Math.floor(wanted.length / 3));
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

/** Levenshtein's distance, given up as soon as it is sure to pass `farthest`. */
function editDistance(a: string, b: string, farthest: number): number {
  if (Math.abs(a.length - b.length) > farthest) return farthest + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const value = Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      current.push(value);
      smallest = Math.min(smallest, value);
    }
    if (smallest > farthest) return farthest + 1;
    previous = current;
  }
  return previous[b.length] ?? farthest + 1;
}
