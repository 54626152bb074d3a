import type { JsonObject } from '../../kernel/json.ts';

/** The answer to a question for the number of tokens: https://ai.google.dev/api/tokens#response-body */
export function encodeTokenCount(inputTokens: number): JsonObject {
  return { totalTokens: inputTokens };
}
