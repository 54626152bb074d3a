import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/**
 * Ollama's log probabilities as OpenAI's chat format writes them. Only what may be missing differs:
 * https://docs.ollama.com/api/chat and https://platform.openai.com/docs/api-reference/chat/object
 */
export function toOpenAiLogprobs(list: readonly JsonValue[]): readonly JsonValue[] {
  return list.filter(isJsonObject).map((token) => {
    const alternatives = token['top_logprobs'];
    return {
      ...tokenOf(token),
      top_logprobs: Array.isArray(alternatives) ? alternatives.filter(isJsonObject).map(tokenOf) : [],
    };
  });
}

function tokenOf(token: JsonObject): JsonObject {
  return { token: token['token'] ?? '', logprob: token['logprob'] ?? null, bytes: token['bytes'] ?? null };
}
