import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonOrUndefined } from './json.ts';
import { findJsonError } from './json-error.ts';

/** What V8 says in those of its messages that name a place. */
function positionByParser(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const found = / at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    return found === undefined ? undefined : Number(found);
  }
}

describe('findJsonError', () => {
  it.each([
    ['a bare word', '{"model": gpt}', 10],
    ['a word that goes astray', '{"a":tru}', 8],
    ['a comma before the end', '{"a":1,}', 7],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing comma', '{"a":1 "b":2}', 7],
    ['a number with a leading zero', '{"a":01}', 6],
    ['a number without digits', '[-]', 2],
    ['a single quote', "{'a':1}", 1],
    ['a line break in a string', '{"a":"x\ny"}', 7],
    ['an escape that JSON has not', '{"a":"\\x"}', 6],
    ['a short unicode escape', '["\\u12"]', 2],
    ['a bracket of the wrong kind', '{"a":[1}}', 7],
    ['something after the end', '{"a":1}x', 7],
    ['an end that comes too early', '{"messages":[', 13],
    ['a string that never closes', '{"a":"b', 7],
    ['a byte order mark', '\uFEFF{}', 0],
    ['nothing', '', 0],
  ])('finds %s', (_name, text, position) => {
    expect(parseJsonOrUndefined(text)).toBeUndefined();
    expect(findJsonError(text)).toBe(position);
  });

  it('takes every JSON text to its end', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, indent) => {
        const written = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(findJsonError(written)).toBe(written.length);
      }),
    );
  });

  it('says the same as the parser where the parser says it', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '0',
      '.5',
      'true',
      'nul',
      ' ',
      '\n',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const told = positionByParser(text);
        if (told !== undefined) expect(findJsonError(text)).toBe(told);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text', () => {
    const text = `{"a":"${'\\"'.repeat(500_000)}`;
    const before = performance.now();
    expect(findJsonError(text)).toBe(text.length);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
