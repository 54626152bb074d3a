import { describe, expect, it } from 'vitest';
import type { ChatBody } from './chat-body.ts';
import { estimate } from './estimate.ts';

const ask = (content: string, more: Partial<ChatBody> = {}): ChatBody => ({
  model: 'm',
  messages: [{ role: 'user', content }],
  ...more,
});

describe('what a question will take', () => {
  it('is about a token for four letters, and one for each sign of Chinese', () => {
    expect(estimate(ask('x'.repeat(400)), undefined).inputTokens).toBe(104);
    expect(estimate(ask('字'.repeat(100)), undefined).inputTokens).toBe(104);
  });

  it('costs that many tokens by the price for a million, and the answer at most what bounds it', () => {
    const prices = { input_tokens: '2', output_tokens: '10' };
    expect(estimate(ask('x'.repeat(400), { max_tokens: 1000 }), prices)).toEqual({
      inputTokens: 104,
      inputUsd: 0.000208,
      outputUsdAtMost: 0.01,
    });
  });

  it('has no cost where no price is known, and none of the answer where nothing bounds it', () => {
    expect(estimate(ask('x'), undefined)).toMatchObject({ inputUsd: undefined, outputUsdAtMost: undefined });
    expect(estimate(ask('x'), { output_tokens: '10' })).toMatchObject({ outputUsdAtMost: undefined });
  });
});
