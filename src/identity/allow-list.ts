/** Longest pattern and most patterns of one key. */
export const PATTERN_CHARS_MAX = 200;
export const PATTERNS_MAX = 500;

/** Whether any of a model's names (the public one, `provider/model`) is allowed. */
export type AllowList = (names: readonly string[]) => boolean;

/**
 * Compiles a key's allow-list; `undefined` allows everything, an empty list nothing. `*` stands for any run of
 * characters, everything else for itself. Each name is read once from left to right: no pattern, however many stars it
 * has, makes the check go back.
 */
export function compileAllowList(patterns: readonly string[] | undefined): AllowList {
  if (patterns === undefined || patterns.includes('*')) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map(compilePattern);
  return (names) => names.some((name) => exact.has(name) || wild.some((matches) => matches(name)));
}

function compilePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  const charsMin = first.length + last.length;
  return (name) => {
    if (name.length < charsMin || !name.startsWith(first) || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    let at = first.length;
    // The leftmost place for each part leaves most room for the next, so that no other place needs to be tried.
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
