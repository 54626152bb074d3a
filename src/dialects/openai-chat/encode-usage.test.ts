import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_USAGE } from '../../protocol/usage.ts';
import { encodeUsage } from './encode-usage.ts';
import { readOpenAiUsage } from './usage.ts';

const count = fc.nat(10_000);
const usage = fc.record({
  inputTokens: count,
  cachedInputTokens: fc.option(count, { nil: undefined }),
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: fc.option(count, { nil: undefined }),
  audioInputTokens: fc.option(count, { nil: undefined }),
  imageInputTokens: fc.option(count, { nil: undefined }),
  outputTokens: count,
  reasoningTokens: fc.option(count, { nil: undefined }),
  audioOutputTokens: fc.option(count, { nil: undefined }),
  imageOutputTokens: fc.option(count, { nil: undefined }),
  toolCalls: fc.option(count, { nil: undefined }),
});

test('what was used is read again as it was told, each class once', () => {
  fc.assert(
    fc.property(usage, (told) => {
      // The fields are JSON but for those that are undefined, which JSON leaves out.
      const wire = JSON.parse(JSON.stringify(encodeUsage({ ...NO_USAGE, ...told })));
      expect(readOpenAiUsage(wire, 'chat')).toEqual({ usage: { ...NO_USAGE, ...told }, anomalies: [] });
    }),
  );
});

test('what is not known is not told as zero', () => {
  expect(encodeUsage(NO_USAGE)).toBeUndefined();
  expect(JSON.parse(JSON.stringify(encodeUsage({ ...NO_USAGE, inputTokens: 3 })))).toEqual({
    prompt_tokens: 3,
    total_tokens: 3,
  });
});
