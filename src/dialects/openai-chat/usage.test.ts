import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type JsonValue, parseJson } from '../../kernel/json.ts';
import { NO_USAGE, type Usage } from '../../protocol/usage.ts';
import { readOpenAiUsage } from './usage.ts';

const cases = z
  .array(
    z.strictObject({
      case: z.string(),
      operation: z.enum(['chat', 'completions', 'embeddings']).default('chat'),
      // Not z.json(): it refuses Infinity, which is what JSON.parse makes of 1e400.
      wire: z.custom<JsonValue>(),
      usage: z.record(z.string(), z.union([z.number(), z.string()])),
      anomalies: z.array(z.string()).default([]),
    }),
  )
  .parse(parseJson(readFileSync(new URL('fixtures/usage.json', import.meta.url), 'utf8')));

describe('usage in the words of each provider', () => {
  test.each(cases)('$case', ({ wire, operation, usage, anomalies }) => {
    const read = readOpenAiUsage(wire, operation);
    expect(read.usage).toEqual({ ...NO_USAGE, ...usage });
    expect(read.anomalies).toEqual(anomalies);
  });
});

const COUNTS: readonly (keyof Usage)[] = [
  'inputTokens',
  'cachedInputTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'audioInputTokens',
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'seconds',
  'toolCalls',
];

const anyCount = fc.oneof(
  fc.nat(5000),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, 'NaN', true, 1e9, 1e9 + 1, 2 ** 53 - 1, 2 ** 53 + 2, Number.POSITIVE_INFINITY, -0),
);
const anyUsage = fc.record(
  {
    prompt_tokens: anyCount,
    completion_tokens: anyCount,
    total_tokens: anyCount,
    cached_tokens: anyCount,
    reasoning_tokens: anyCount,
    cache_creation_input_tokens: anyCount,
    prompt_tokens_details: fc.record({ cached_tokens: anyCount, audio_tokens: anyCount }, { requiredKeys: [] }),
    completion_tokens_details: fc.record({ reasoning_tokens: anyCount, audio_tokens: anyCount }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test('whatever is sent, every class is a whole number that is safe to multiply, or unsaid', () => {
  fc.assert(
    fc.property(anyUsage, (wire) => {
      const { usage } = readOpenAiUsage(wire, 'chat');
      for (const field of COUNTS) {
        const value = usage[field];
        if (value !== undefined) expect(value).toSatisfy((count: number) => Number.isSafeInteger(count) && count >= 0);
      }
    }),
  );
});

test('a count above a billion is not believed, since its cost would not fit the store', () => {
  const wire = { prompt_tokens: 1e9 + 1, completion_tokens: 1e9 };
  expect(readOpenAiUsage(wire, 'chat')).toEqual({
    usage: { ...NO_USAGE, outputTokens: 1e9 },
    anomalies: ['too_large:prompt_tokens'],
  });
});

test('classes counted inside of their wholes add up to the wholes', () => {
  const part = fc.nat(1000);
  fc.assert(
    fc.property(part, part, part, part, part, (fresh, cached, write, text, reasoning) => {
      const prompt = fresh + cached + write;
      const completion = text + reasoning;
      const { usage, anomalies } = readOpenAiUsage(
        {
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: prompt + completion,
          prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: write },
          completion_tokens_details: { reasoning_tokens: reasoning },
        },
        'chat',
      );
      expect(usage).toEqual({
        ...NO_USAGE,
        inputTokens: fresh,
        cachedInputTokens: cached,
        cacheWrite5mTokens: write,
        outputTokens: text,
        reasoningTokens: reasoning,
      });
      expect(anomalies).toEqual([]);
    }),
  );
});
