/** What became of one feature between one pair of dialects. */
export type Cell =
  | { readonly kind: 'pass' }
  /** Told as lost, by these names. */
  | { readonly kind: 'loss'; readonly fields: readonly string[] }
  /** One of the two has no way to say it. */
  | { readonly kind: 'impossible'; readonly why: string }
  /** Refused by the hub, or by a provider that is strict with its format: never allowed. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Gone, and nobody was told: never allowed. */
  | { readonly kind: 'silent'; readonly what: string };

export const PASS: Cell = { kind: 'pass' };

/** Judges by what is missing and what was told as lost: nothing may be missing that is not told. */
export function judge(missing: string | undefined, lost: readonly string[]): Cell {
  if (lost.length > 0) return { kind: 'loss', fields: [...new Set(lost)].toSorted() };
  return missing === undefined ? PASS : { kind: 'silent', what: missing };
}
