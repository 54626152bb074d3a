import type { JsonObject, JsonValue } from '../../kernel/json.ts';

/** Up to Gemini 2.5, whose answers are billed once however often the model searched. */
const BILLED_BY_PROMPT = /^gemini-[12](?:[.-]|$)/;

/** The searches that stand behind a candidate. */
export function searchesIn(grounding: JsonObject | undefined): readonly JsonValue[] {
  const queries = grounding?.['webSearchQueries'];
  return Array.isArray(queries) ? queries : [];
}

/**
 * How many searches of an answer are billed; `undefined` where there were none. They are not among its counts: from
 * Gemini 3 on each one is billed that says something and that no other repeats, before that the whole prompt.
 * https://ai.google.dev/gemini-api/docs/google-search#pricing
 */
export function billedSearches(queries: readonly JsonValue[], servedModel: string | undefined): number | undefined {
  const told = new Set(queries.filter((query) => typeof query === 'string' && query !== ''));
  if (told.size === 0) return undefined;
  return BILLED_BY_PROMPT.test(servedModel ?? '') ? 1 : told.size;
}
