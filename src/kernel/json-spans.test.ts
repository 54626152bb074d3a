import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topLevelSpans } from './json-spans.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

describe('topLevelSpans', () => {
  it('finds exactly the bytes of every top-level value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.boolean(), (object, pretty) => {
        const bytes = Buffer.from(JSON.stringify(object, undefined, pretty ? 2 : undefined));
        const spans = topLevelSpans(bytes.toString('latin1'), LIMITS);
        // The scanner reads one character per byte, so a key outside ASCII is found under its latin1 spelling.
        for (const [key, value] of Object.entries(object)) {
          const span = spans.get(Buffer.from(key).toString('latin1')) ?? spans.get(key);
          expect(span).toBeDefined();
          if (span === undefined) continue;
          expect(JSON.parse(bytes.subarray(span.start, span.end).toString())).toEqual(
            JSON.parse(JSON.stringify(value)),
          );
        }
        expect(spans.size).toBe(Object.keys(object).length);
      }),
    );
  });

  it('sees through an escaped key', () => {
    expect([...topLevelSpans('{"mod\\u0065l":"a"}', LIMITS).keys()]).toEqual(['model']);
  });

  it.each([
    ['a key twice', '{"model":"a","model":"b"}', 'request.duplicate_field'],
    ['the same key under an escape', '{"model":"a","mod\\u0065l":"b"}', 'request.duplicate_field'],
    ['65 levels', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'request.too_deep'],
    ['a firehose of brackets that never closes', '['.repeat(100_000), 'request.too_deep'],
    [
      '10,001 keys',
      `{"m":{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":1`).join(',')}}}`,
      'request.too_many_keys',
    ],
  ])('refuses %s', (_name, text, code) => {
    expect(() => topLevelSpans(text, LIMITS)).toThrowError(expect.objectContaining({ code }));
  });

  it.each([
    ['64 levels', `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`],
    ['an array of 100,000 numbers', `{"input":[${'1,'.repeat(100_000)}1]}`],
    ['an array of 20,000 strings', `{"input":[${'"x",'.repeat(20_000)}"x"]}`],
    ['a string that never closes', '{"model":"abc'],
    ['closing more than was opened', '}}}}'],
    ['an empty text', ''],
  ])('lets %s pass to the parser', (_name, text) => {
    expect(() => topLevelSpans(text, LIMITS)).not.toThrow();
  });
});
