import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';

/**
 * What was used as OpenAI's format counts it: every class is part of `prompt_tokens` or `completion_tokens`, and the
 * details say how much: https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage
 * Cache writes stand where OpenRouter tells them (https://openrouter.ai/docs/use-cases/usage-accounting), their lifetimes
 * where Model Studio does (https://www.alibabacloud.com/help/en/model-studio/context-cache). `undefined`: nothing is known.
 */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  const writes = sum([usage.cacheWrite5mTokens, usage.cacheWrite1hTokens]);
  const prompt = sum([
    usage.inputTokens,
    usage.cachedInputTokens,
    writes,
    usage.audioInputTokens,
    usage.imageInputTokens,
  ]);
  const completion = sum([usage.outputTokens, usage.reasoningTokens, usage.audioOutputTokens, usage.imageOutputTokens]);
  const total = sum([prompt, completion]);
  if (total === undefined) return undefined;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: unlessEmpty({
      cached_tokens: usage.cachedInputTokens,
      audio_tokens: usage.audioInputTokens,
      image_tokens: usage.imageInputTokens,
      cache_write_tokens: writes,
      cache_creation:
        usage.cacheWrite1hTokens === undefined
          ? undefined
          : unlessEmpty({
              ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
              ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
            }),
    }),
    completion_tokens_details: unlessEmpty({
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
      image_tokens: usage.imageOutputTokens,
    }),
    server_tool_use: usage.toolCalls === undefined ? undefined : { web_search_requests: usage.toolCalls },
  };
}

/** The sum of what is known; `undefined` where nothing is. */
function sum(counts: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const count of counts) if (count !== undefined) total = (total ?? 0) + count;
  return total;
}

function unlessEmpty(object: JsonObject): JsonObject | undefined {
  return Object.values(object).every((value) => value === undefined) ? undefined : object;
}
