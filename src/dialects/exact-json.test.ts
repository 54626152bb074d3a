import { describe, expect, test } from 'vitest';
import { parseArguments, parseExact } from './exact-json.ts';

describe('JSON on its way through', () => {
  test.each([
    '{"id":1234567890123456789}',
    '{"list":[0.12345678901234567890,9007199254740993,{"deep":-18446744073709551615}]}',
    '{"small":1,"text":"1234567890123456789"}',
    '12345678901234567890',
  ])('keeps every digit of %s', (text) => {
    expect(JSON.stringify(parseExact(text))).toBe(text);
  });

  test('is an error where it is no JSON', () => {
    expect(() => parseExact('{"a":12345678901234567')).toThrow(SyntaxError);
  });
});

describe('the arguments of a call', () => {
  test.each(['', '  ', '{}'])('are an empty object where they are %j', (text) => {
    expect(parseArguments(text)).toEqual({});
  });

  test.each(['{"a":', '[1]', 'null', '3', '12345678901234567890', 'free text'])(
    'are none where they are %j',
    (text) => {
      expect(parseArguments(text)).toBeUndefined();
    },
  );

  test('keep the order of their keys', () => {
    expect(JSON.stringify(parseArguments('{"b":1,"a":2}'))).toBe('{"b":1,"a":2}');
  });
});
