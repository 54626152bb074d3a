import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/**
 * Log probabilities in OpenAI's form: https://ai.google.dev/api/generate-content#LogprobsResult
 * The bytes of a token are not told, and a part of a character cannot be told from its text.
 */
export function readLogprobs(result: JsonValue | undefined): readonly JsonValue[] {
  if (!isJsonObject(result) || !Array.isArray(result['chosenCandidates'])) return [];
  const alternatives = Array.isArray(result['topCandidates']) ? result['topCandidates'] : [];
  return result['chosenCandidates'].flatMap((chosen, index) => {
    const token = tokenOf(chosen);
    return token === undefined ? [] : [{ ...token, top_logprobs: alternativesOf(alternatives[index]) }];
  });
}

function alternativesOf(step: JsonValue | undefined): JsonObject[] {
  const candidates = isJsonObject(step) && Array.isArray(step['candidates']) ? step['candidates'] : [];
  return candidates.map(tokenOf).filter((token) => token !== undefined);
}

function tokenOf(candidate: JsonValue): JsonObject | undefined {
  if (!isJsonObject(candidate)) return undefined;
  const { token, logProbability } = candidate;
  // A probability of 1 has the logarithm 0, which is left out as every zero is.
  const logprob = logProbability ?? 0;
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined;
  return { token, logprob, bytes: null };
}
