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

/** The reverse, of all the tokens of a candidate: https://ai.google.dev/api/generate-content#LogprobsResult */
export function encodeLogprobs(logprobs: readonly JsonValue[]): JsonObject {
  const chosen = logprobs.filter(isJsonObject);
  if (chosen.length === 0) return {};
  const alternatives = chosen.map(({ top_logprobs: top }) => (Array.isArray(top) ? top.filter(isJsonObject) : []));
  const sum = chosen.reduce((total, { logprob }) => total + (typeof logprob === 'number' ? logprob : 0), 0);
  return {
    avgLogprobs: sum / chosen.length,
    logprobsResult: {
      chosenCandidates: chosen.map(candidateOf),
      ...(alternatives.every((top) => top.length === 0)
        ? {}
        : { topCandidates: alternatives.map((top) => ({ candidates: top.map(candidateOf) })) }),
    },
  };
}

function candidateOf({ token = '', logprob = 0 }: JsonObject): JsonObject {
  return { token, logProbability: logprob };
}
