/** Splits a command line as a shell would, quotes included, without ever asking a shell. @throws RangeError */
export function splitCommand(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const char of line.trim()) {
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) throw new RangeError('the command has a quote that is not closed');
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new RangeError('the command is empty');
  return words;
}
