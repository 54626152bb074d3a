import type { LimitMeasure } from '../protocol/limits.ts';
import type { Usage } from '../protocol/usage.ts';
import type { UsedByCall } from './ports.ts';

/** A call that used nothing, and does not count as a request. */
export const NOTHING_USED: UsedByCall = { requests: 0, inputTokens: 0, outputTokens: 0, moneyNano: 0n };

/** What a call has used in one measure, after its end. */
export function usedOf(used: UsedByCall, measure: LimitMeasure): bigint {
  switch (measure) {
    case 'requests':
      return BigInt(used.requests);
    case 'input_tokens':
      return BigInt(used.inputTokens);
    case 'output_tokens':
      return BigInt(used.outputTokens);
    case 'total_tokens':
      return BigInt(used.inputTokens + used.outputTokens);
    case 'concurrent':
      return 0n;
    case 'money':
      return used.moneyNano;
  }
}

/** Tokens of all classes, as records hold them. */
export function tokensOf(usage: Partial<Usage>): Pick<UsedByCall, 'inputTokens' | 'outputTokens'> {
  const { inputTokens = 0, cachedInputTokens = 0, audioInputTokens = 0, imageInputTokens = 0 } = usage;
  const { cacheWrite5mTokens = 0, cacheWrite1hTokens = 0 } = usage;
  const { outputTokens = 0, reasoningTokens = 0, audioOutputTokens = 0, imageOutputTokens = 0 } = usage;
  return {
    inputTokens:
      inputTokens + cachedInputTokens + cacheWrite5mTokens + cacheWrite1hTokens + audioInputTokens + imageInputTokens,
    outputTokens: outputTokens + reasoningTokens + audioOutputTokens + imageOutputTokens,
  };
}
