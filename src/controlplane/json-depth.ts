/**
 * Whether JSON text is nested deeper than `depthMax`, told from its brackets alone: a parser that recurses must not see
 * such a text first. Text that is not JSON may be judged either way.
 */
export function jsonIsDeeperThan(depthMax: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return false;
}
