/** Whether any of a thing's names fits any of the patterns. */
export type Matches = (names: readonly string[]) => boolean;

/**
 * Compiles patterns; none fit nothing. `*` stands for any run of characters, everything else for itself. Each name is read
 * once from left to right: no pattern, however many stars it has, makes the check go back.
 */
export function compilePatterns(patterns: readonly string[]): Matches {
  if (patterns.includes('*')) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map(compilePattern);
  return (names) => names.some((name) => exact.has(name) || wild.some((matches) => matches(name)));
}

/** The same whatever the case of letters: what is denied stays denied however somebody wrote it. */
export function compileAnyCase(patterns: readonly string[]): Matches {
  const matches = compilePatterns(patterns.map((pattern) => pattern.toLowerCase()));
  return (names) => matches(names.map((name) => name.toLowerCase()));
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
