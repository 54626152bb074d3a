import type { MatchKind } from '../protocol/guardrails.ts';

/** Where something lies in a text: from `start` up to, not including, `end`. */
export type Found = {
  readonly start: number;
  readonly end: number;
  /** `undefined` for what looks like a match and is none, which is not to be cut either. */
  readonly kind: MatchKind | undefined;
};

/**
 * Looks for something in a text. What it finds depends on at most {@link LOOK_BEHIND_CHARS} characters from where it
 * begins, and one before; what is longer is told by `openFrom` until it is whole.
 */
export type Finder = {
  readonly find: (text: string, from: number) => readonly Found[];
  /** Where something long begins of which the text ends before it does; `undefined` where nothing does. */
  readonly openFrom?: (text: string) => number | undefined;
};

/** So many characters of a stream are held back, so that what spans its events is found. */
export const LOOK_BEHIND_CHARS = 400;
/** What is longer, as a private key, is held back as far as this; beyond, it flows on. */
export const HELD_CHARS_MAX = 16_384;
/** So much of what has flowed on is remembered for what must not stand before a match. */
export const CONTEXT_CHARS = 8;

/** Everything that a pattern finds, judged by what only code can tell. */
export function finderOf(pattern: RegExp, kindOf: (match: string) => MatchKind | undefined): Finder {
  return {
    find: (text, from) => {
      const found: Found[] = [];
      pattern.lastIndex = from;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const [whole] = match;
        found.push({ start: match.index, end: match.index + whole.length, kind: kindOf(whole) });
      }
      return found;
    },
  };
}
