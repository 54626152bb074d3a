import { RE2JS } from 're2js';
import type { Finder, Found } from './finding.ts';
import { finderOf } from './finding.ts';

/** Letters of scripts that part their words; in others a word may stand anywhere. */
const PARTED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u;
/** A pattern of Unicode lets nothing else be escaped. */
const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

/** Looks for words in any case of letters, whole ones where the script parts words. */
export function wordFinder(words: readonly string[]): Finder {
  const longestFirst = words.toSorted((a, b) => b.length - a.length);
  return finderOf(new RegExp(longestFirst.map(wordPattern).join('|'), 'giu'), () => 'word');
}

function wordPattern(word: string): string {
  const characters = Array.from(word);
  const before = PARTED.test(characters[0] ?? '') ? String.raw`(?<![\p{L}\p{N}_])` : '';
  const after = PARTED.test(characters.at(-1) ?? '') ? String.raw`(?![\p{L}\p{N}_])` : '';
  return `${before}${literal(word)}${after}`;
}

function literal(word: string): string {
  return word.replace(SPECIAL, String.raw`\$&`);
}

/** Looks for a pattern in the syntax of RE2, in a time that is linear in the text. @throws Error where it is none */
export function patternFinder(pattern: string): Finder {
  const compiled = RE2JS.compile(pattern);
  return {
    find: (text, from) => {
      const found: Found[] = [];
      const matcher = compiled.matcher(text);
      for (let isThere = matcher.find(from); isThere; isThere = matcher.find()) {
        const [start, end] = [matcher.start(), matcher.end()];
        if (end > start) found.push({ start, end, kind: 'pattern' });
      }
      return found;
    },
  };
}

/** Why a pattern cannot be taken: it is none, or it fits where there is nothing; `undefined` where it can. */
export function patternFault(pattern: string): 'syntax' | 'empty' | undefined {
  try {
    return RE2JS.compile(pattern).matcher('').find() ? 'empty' : undefined;
  } catch {
    return 'syntax';
  }
}
