import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { cacheWriteTotal, outputTotal } from '../usage-totals.ts';

/**
 * Usage as Anthropic writes it. Sound and pictures have no class of their own there and count as input and output. The
 * two headline numbers must be numbers, so what nobody said is 0 in them; the rest is `null`.
 * https://docs.anthropic.com/en/api/messages#response-usage
 */
export function encodeUsage(usage: Usage): JsonObject {
  const { cacheWrite5mTokens, cacheWrite1hTokens, reasoningTokens, toolCalls } = usage;
  const cacheWritten = cacheWriteTotal(usage);
  return {
    input_tokens: (usage.inputTokens ?? 0) + (usage.audioInputTokens ?? 0) + (usage.imageInputTokens ?? 0),
    cache_creation_input_tokens: cacheWritten ?? null,
    cache_read_input_tokens: usage.cachedInputTokens ?? null,
    cache_creation:
      cacheWritten === undefined
        ? null
        : {
            ephemeral_5m_input_tokens: cacheWrite5mTokens ?? 0,
            ephemeral_1h_input_tokens: cacheWrite1hTokens ?? 0,
          },
    output_tokens: outputTotal(usage) ?? 0,
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    server_tool_use: toolCalls === undefined ? null : { web_search_requests: toolCalls, web_fetch_requests: 0 },
  };
}
