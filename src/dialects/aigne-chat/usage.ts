import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { encodeCharge } from '../aigne-charge.ts';
import type { ToldCharge } from '../contract.ts';
import { cacheWriteTotal, inputTotal, outputTotal } from '../usage-totals.ts';

/**
 * Usage in every spelling that was documented: OpenAI's, and two in camelCase. All count the whole input and the whole
 * output, and name their parts beside them; what the call takes stands there, too. `undefined` where nothing was said: a reader takes any object for numbers.
 */
export function encodeUsage(
  usage: Usage,
  told: { readonly charge: ToldCharge | undefined; readonly recordId: string },
): JsonObject | undefined {
  const input = inputTotal(usage);
  const output = outputTotal(usage);
  if (input === undefined && output === undefined && told.charge === undefined) return undefined;
  const total = input === undefined || output === undefined ? undefined : input + output;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      audio_tokens: usage.audioInputTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
    },
    promptTokens: input,
    completionTokens: output,
    totalTokens: total,
    inputTokens: input,
    outputTokens: output,
    cacheCreationInputTokens: cacheWriteTotal(usage),
    cacheReadInputTokens: usage.cachedInputTokens,
    ...encodeCharge(told.charge, told.recordId),
  };
}
