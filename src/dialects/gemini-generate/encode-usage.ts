import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { inputTotal } from '../usage-totals.ts';

/**
 * Usage as the API writes it: the prompt with what was cached of it, what was answered, and beside it what was thought.
 * Counts that nobody said are left out: https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function encodeUsage(usage: Usage): JsonObject {
  const prompt = inputTotal(usage);
  const { outputTokens, audioOutputTokens, imageOutputTokens, reasoningTokens, cachedInputTokens } = usage;
  const candidates = sum(outputTokens, audioOutputTokens, imageOutputTokens);
  return {
    ...counted('promptTokenCount', prompt),
    ...counted('cachedContentTokenCount', cachedInputTokens),
    ...counted('candidatesTokenCount', candidates),
    ...counted('thoughtsTokenCount', reasoningTokens),
    ...counted('totalTokenCount', sum(prompt, candidates, reasoningTokens)),
    ...byModality('promptTokensDetails', prompt, { AUDIO: usage.audioInputTokens, IMAGE: usage.imageInputTokens }),
    ...byModality('candidatesTokensDetails', candidates, { AUDIO: audioOutputTokens, IMAGE: imageOutputTokens }),
  };
}

function counted(name: string, count: number | undefined): JsonObject {
  return count === undefined ? {} : { [name]: count };
}

/** Told apart only where something else than text was counted. */
function byModality(
  name: string,
  whole: number | undefined,
  parts: Readonly<Record<string, number | undefined>>,
): JsonObject {
  const others = Object.entries(parts).flatMap(([modality, tokenCount]) =>
    tokenCount === undefined || tokenCount === 0 ? [] : [{ modality, tokenCount }],
  );
  if (others.length === 0) return {};
  const text = (whole ?? 0) - others.reduce((total, { tokenCount }) => total + tokenCount, 0);
  return { [name]: text > 0 ? [{ modality: 'TEXT', tokenCount: text }, ...others] : others };
}

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const said = counts.filter((count) => count !== undefined);
  return said.length === 0 ? undefined : said.reduce((total, count) => total + count, 0);
}
