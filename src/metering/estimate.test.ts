import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../kernel/json.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { completeUsage } from './complete-usage.ts';
import { estimateInputTokens, estimateOutputTokens, estimateTokensOfBytes } from './estimate.ts';
import { estimateTokensOfText } from './estimate-text.ts';

const ENGLISH =
  'The gateway keeps the secrets of every provider and hands out keys of its own, so that one of them can be taken back ' +
  'without touching the others. What a call used is written down before its answer ends.';
const CHINESE = '閘道會保管每一家供應商的密鑰,並且發出自己的金鑰給呼叫者,因此隨時可以收回其中任何一把而不影響其他人。';
const CODE = 'export function add(a: number, b: number): number {\n  return a + b;\n}\n\nconst total = add(1, 2);\n';

function chat(content: JsonValue): JsonObject {
  return { model: 'm', messages: [{ role: 'user', content }] };
}

describe('a text', () => {
  test.each([
    ['English', ENGLISH, 3.6, 5.6],
    ['Chinese', CHINESE, 1, 1.4],
    ['code', CODE, 2.2, 4],
    ['Russian', 'Шлюз хранит ключи каждого поставщика и выдаёт свои собственные.', 2, 4],
  ])('in %s has a token for every so many characters', (_name, text, least, most) => {
    const charsPerToken = text.length / estimateTokensOfText(text);
    expect(charsPerToken).toBeGreaterThan(least);
    expect(charsPerToken).toBeLessThan(most);
  });

  test('has no tokens only if it is empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(estimateTokensOfText(text) > 0).toBe(text.length > 0);
      }),
    );
  });

  test('that is long is sampled, and comes to about the same', () => {
    const mixed = `${ENGLISH} ${CHINESE} ${CODE}`;
    const perPiece = estimateTokensOfText(mixed);
    const estimated = estimateTokensOfText(mixed.repeat(2000));
    expect(estimated / (perPiece * 2000)).toBeGreaterThan(0.95);
    expect(estimated / (perPiece * 2000)).toBeLessThan(1.05);
  });
});

describe('a request', () => {
  test('counts its messages and what is around them', () => {
    const tokens = estimateInputTokens(chat(ENGLISH), 'chat');
    expect(tokens - estimateTokensOfText(ENGLISH)).toBeGreaterThan(5);
    expect(tokens - estimateTokensOfText(ENGLISH)).toBeLessThan(12);
  });

  test('counts tools, and not what only steers the answer', () => {
    const plain = estimateInputTokens(chat('hi'), 'chat');
    const tools = [
      { type: 'function', function: { name: 'weather', description: ENGLISH, parameters: { type: 'object' } } },
    ];
    expect(estimateInputTokens({ ...chat('hi'), tools }, 'chat')).toBeGreaterThan(plain + 40);
    expect(estimateInputTokens({ ...chat('hi'), user: ENGLISH, metadata: { a: ENGLISH } }, 'chat')).toBe(plain);
  });

  test.each<[string, JsonValue, number, number]>([
    [
      'a picture as base64',
      { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(2_000_000)}` } },
      700,
      900,
    ],
    ['a picture by address', { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, 700, 900],
    ['a small picture', { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } }, 80, 120],
    [
      'ten seconds of sound',
      { type: 'input_audio', input_audio: { data: 'A'.repeat(213_333), format: 'mp3' } },
      90,
      130,
    ],
    [
      'a page of a file',
      { type: 'file', file: { file_data: `data:application/pdf;base64,${'A'.repeat(66_666)}` } },
      900,
      1100,
    ],
    ['a data URL in plain text', `data:image/png;base64,${'A'.repeat(2_000_000)}`, 700, 900],
  ])('counts %s as such', (_name, part, least, most) => {
    const tokens = estimateInputTokens(chat(typeof part === 'string' ? part : [part]), 'chat');
    expect(tokens).toBeGreaterThan(least);
    expect(tokens).toBeLessThan(most);
  });

  test.each<[string, JsonValue, number]>([
    ['one text', 'hello world', estimateTokensOfText('hello world')],
    ['tokens', [1, 2, 3, 4], 4],
    [
      'lists of tokens',
      [
        [1, 2, 3],
        [4, 5],
      ],
      5,
    ],
    ['texts', ['a', 'b', 'c'], 3],
  ])('for embeddings counts %s', (_name, input, expected) => {
    expect(estimateInputTokens({ model: 'm', input }, 'embeddings')).toBe(expected);
    expect(estimateInputTokens({ model: 'm', prompt: input }, 'completions')).toBe(expected);
  });

  test('of many values is estimated from those that were looked at', () => {
    const texts = Array.from({ length: 100_000 }, () => 'hello world');
    const tokens = estimateInputTokens({ input: texts }, 'embeddings');
    const each = estimateInputTokens({ input: ['hello world'.repeat(100)] }, 'embeddings') / 100;
    expect(tokens / 100_000).toBeGreaterThan(each * 0.9);
    expect(tokens / 100_000).toBeLessThan(each * 1.1);
  });

  test('of many long texts is estimated from those that were looked at', () => {
    const long = ENGLISH.repeat(100);
    const tokens = estimateInputTokens({ input: Array.from({ length: 500 }, () => long) }, 'embeddings');
    expect(tokens / (estimateTokensOfText(long) * 500)).toBeCloseTo(1, 1);
  });

  test('is never estimated at nothing, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('chat', 'completions', 'embeddings'), (value, operation) => {
        // fast-check's JSON values are ours.
        const json = value as JsonValue;
        for (const body of [json, { messages: json }, { prompt: json }, { input: json }]) {
          expect(estimateInputTokens(body, operation)).toSatisfy(
            (tokens: number) => Number.isSafeInteger(tokens) && tokens >= 1,
          );
        }
      }),
    );
  });

  test('that is nested without end is not followed without end', () => {
    let nested: JsonValue = 'x';
    for (let depth = 0; depth < 50_000; depth += 1) nested = [nested];
    expect(estimateInputTokens(chat(nested), 'chat')).toBeGreaterThan(0);
  });
});

describe('an answer', () => {
  test.each([
    [{ contentBytes: 0, contentEvents: 0 }, 0],
    [{ contentBytes: 1 }, 1],
    [{ contentBytes: 400, contentEvents: 5 }, 100],
    [{ contentBytes: 30, contentEvents: 10 }, 10],
    [{ contentBytes: 0, contentEvents: 3 }, 3],
  ])('of %j is %d tokens', (output, tokens) => {
    expect(estimateOutputTokens(output)).toBe(tokens);
  });

  test('of unknown text is counted by its bytes', () => {
    expect([0, 1, 4, 5].map(estimateTokensOfBytes)).toEqual([0, 1, 1, 2]);
  });
});

describe('what a provider left unsaid is filled in', () => {
  const estimate = (): { inputTokens: number; outputTokens: number } => ({ inputTokens: 100, outputTokens: 50 });
  const never = (): never => {
    throw new Error('nothing had to be estimated');
  };

  test('not where all was said', () => {
    const usage = { ...NO_USAGE, inputTokens: 0, outputTokens: 0 };
    expect(completeUsage(usage, 'chat', { estimate: never })).toEqual({ usage, basis: 'reported' });
    const embedded = { ...NO_USAGE, inputTokens: 7 };
    expect(completeUsage(embedded, 'embeddings', { estimate: never })).toEqual({ usage: embedded, basis: 'reported' });
  });

  test('wholly or in part, and then marked as estimated', () => {
    expect(completeUsage(NO_USAGE, 'chat', { estimate })).toEqual({
      usage: { ...NO_USAGE, inputTokens: 100, outputTokens: 50 },
      basis: 'estimated',
    });
    expect(completeUsage({ ...NO_USAGE, outputTokens: 3, cachedInputTokens: 30 }, 'chat', { estimate })).toEqual({
      usage: { ...NO_USAGE, inputTokens: 70, cachedInputTokens: 30, outputTokens: 3 },
      basis: 'estimated',
    });
  });

  test('beyond what was told on the way, where the answer was broken off', () => {
    const onTheWay = { ...NO_USAGE, inputTokens: 9, outputTokens: 1, reasoningTokens: 20 };
    expect(completeUsage(onTheWay, 'chat', { estimate, isBrokenOff: true })).toEqual({
      usage: { ...onTheWay, outputTokens: 30 },
      basis: 'estimated',
    });
    expect(completeUsage(onTheWay, 'chat', { estimate: never })).toEqual({ usage: onTheWay, basis: 'reported' });
    const more = { ...NO_USAGE, inputTokens: 9, outputTokens: 60 };
    expect(completeUsage(more, 'chat', { estimate, isBrokenOff: true })).toEqual({ usage: more, basis: 'reported' });
  });
});
