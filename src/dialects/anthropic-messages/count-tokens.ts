import type { JsonObject } from '../../kernel/json.ts';

/** The answer to a question for the number of tokens: https://docs.anthropic.com/en/api/messages-count-tokens */
export function encodeTokenCount(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens };
}
