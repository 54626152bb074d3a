/** How a price list says which model ids an entry is for. */
export type MatchClause =
  | { readonly or: readonly MatchClause[] }
  | { readonly and: readonly MatchClause[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** Whether a model id, in small letters, is meant. */
export type Matcher = (model: string) => boolean;

/** Longer ids match no pattern, so that matching one takes bounded time. */
const MODEL_CHARS_MAX = 256;
const PATTERN_CHARS_MAX = 200;
/** With one open-ended repetition and three other choices a pattern takes at most a few thousand steps per character. */
const OPEN_REPETITIONS_MAX = 1;
const CHOICES_MAX = 4;

/** Turns a clause into a function. Plain clauses ignore case; patterns are held against the id in small letters. */
export function compileMatch(clause: MatchClause): Matcher {
  if ('or' in clause) {
    const parts = clause.or.map(compileMatch);
    return (model) => parts.some((part) => part(model));
  }
  if ('and' in clause) {
    const parts = clause.and.map(compileMatch);
    return (model) => parts.every((part) => part(model));
  }
  if ('equals' in clause) {
    const text = clause.equals.toLowerCase();
    return (model) => model === text;
  }
  if ('starts_with' in clause) {
    const text = clause.starts_with.toLowerCase();
    return (model) => model.startsWith(text);
  }
  if ('ends_with' in clause) {
    const text = clause.ends_with.toLowerCase();
    return (model) => model.endsWith(text);
  }
  if ('contains' in clause) {
    const text = clause.contains.toLowerCase();
    return (model) => model.includes(text);
  }
  return compilePattern(clause.regex);
}

/** A pattern that could take long matches nothing: its models are then without a price, which shows. */
function compilePattern(pattern: string): Matcher {
  if (!isBoundedPattern(pattern)) return () => false;
  const compiled = new RegExp(pattern, 'u');
  return (model) => model.length <= MODEL_CHARS_MAX && compiled.test(model);
}

/**
 * Whether a pattern's worst case is small: few places where a matcher may go back and try otherwise, none of them around
 * a group (`(a+)+`), and no back reference. Patterns of model ids are of this kind.
 */
export function isBoundedPattern(pattern: string): boolean {
  if (pattern.length > PATTERN_CHARS_MAX) return false;
  const bare = pattern
    .replace(/\\[1-9k]/g, '\u0000')
    .replace(/\\./g, 'a')
    .replace(/\[[^\]]*\]/g, 'a')
    .replace(/\(\?(?:[:=!]|<[=!])/g, '(');
  if (bare.includes('\u0000') || /\)[*+?{]/.test(bare)) return false;
  const open = bare.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  const choices = open + (bare.match(/[?|]/g)?.length ?? 0);
  return open <= OPEN_REPETITIONS_MAX && choices <= CHOICES_MAX && isValidPattern(pattern);
}

function isValidPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    // Being told that it is no pattern is the answer that was asked for.
    return false;
  }
}
