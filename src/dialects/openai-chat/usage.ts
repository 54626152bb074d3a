import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import { NO_USAGE, type ReadUsage, type Usage } from '../../protocol/usage.ts';
import { type Anomalies, details, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';

/**
 * Reads the `usage` object of OpenAI's format as its many speakers write it into classes that do not overlap:
 * https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage
 *
 * The format counts cached and audio tokens inside `prompt_tokens`, and reasoning and audio tokens inside
 * `completion_tokens`. Some providers count a part outside of its whole; `total_tokens` then tells which it was.
 */

const COST_CHARS_MAX = 64;
const DECIMAL = /^\d{1,15}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?$/;
/** xAI counts cost in ten-billionths of a dollar: https://docs.x.ai/developers/cost-tracking */
const XAI_TICK_EXPONENT = 'e-10';

/**
 * Reads one usage object. `undefined` and `null` mean that none was sent: nothing is known and nothing is odd.
 * Numbers are untrusted: what is not a whole number from 0 to a billion is left `undefined` and reported.
 */
export function readOpenAiUsage(raw: JsonValue | undefined, operation: Operation): ReadUsage {
  const anomalies: Anomalies = [];
  if (raw === undefined || raw === null) return { usage: NO_USAGE, anomalies };
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: NO_USAGE, anomalies };
  }
  const told = readCounts(raw, operation, anomalies);
  const layout = findLayout(told);
  const usage: Usage = {
    ...NO_USAGE,
    ...splitInput(told, layout, anomalies),
    ...splitOutput(told, layout, anomalies),
    seconds: optionalUsage(raw, 'prompt_audio_seconds', anomalies),
    toolCalls: readWebSearches(raw, anomalies),
    providerCostUsd: readCost(raw, anomalies),
  };
  return { usage, anomalies };
}

/** The counts as told, before the classes are parted. */
type Told = {
  readonly prompt: number | undefined;
  readonly cached: number | undefined;
  readonly write5m: number | undefined;
  readonly write1h: number | undefined;
  readonly audioIn: number | undefined;
  readonly imageIn: number | undefined;
  readonly completion: number | undefined;
  readonly reasoning: number | undefined;
  readonly audioOut: number | undefined;
  readonly imageOut: number | undefined;
  readonly total: number | undefined;
};

function readCounts(raw: JsonObject, operation: Operation, anomalies: Anomalies): Told {
  const promptDetails = details(raw, 'prompt_tokens_details', anomalies);
  const completionDetails = details(raw, 'completion_tokens_details', anomalies);
  const total = headlineCount(raw, 'total_tokens', anomalies);
  const told = {
    ...readCacheWrites(raw, promptDetails, anomalies),
    cached: readCached(raw, promptDetails, anomalies),
    audioIn: optionalUsage(promptDetails, 'audio_tokens', anomalies),
    imageIn: optionalUsage(promptDetails, 'image_tokens', anomalies),
    completion: headlineCount(raw, 'completion_tokens', anomalies),
    reasoning:
      optionalUsage(completionDetails, 'reasoning_tokens', anomalies) ??
      optionalUsage(raw, 'reasoning_tokens', anomalies),
    audioOut: optionalUsage(completionDetails, 'audio_tokens', anomalies),
    imageOut: optionalUsage(completionDetails, 'image_tokens', anomalies),
    total,
  };
  return { ...told, prompt: readPrompt(raw, { operation, cached: told.cached, total }, anomalies) };
}

/** Embeddings of some providers tell `total_tokens` alone, and all of it is input. */
function readPrompt(
  raw: JsonObject,
  known: { readonly operation: Operation; readonly cached: number | undefined; readonly total: number | undefined },
  anomalies: Anomalies,
): number | undefined {
  if (raw['prompt_tokens'] !== undefined) return headlineCount(raw, 'prompt_tokens', anomalies);
  const missed = optionalUsage(raw, 'prompt_cache_miss_tokens', anomalies);
  if (missed !== undefined && known.cached !== undefined) return bounded(missed + known.cached);
  return known.operation === 'embeddings' ? known.total : undefined;
}

/**
 * Cached reads go by five names: OpenAI's own, Moonshot's (also seen behind Hugging Face's router), DeepSeek's
 * (https://api-docs.deepseek.com/guides/kv_cache), Mistral's, and Anthropic's in OpenAI-format answers.
 */
function readCached(raw: JsonObject, promptDetails: JsonObject, anomalies: Anomalies): number | undefined {
  return (
    optionalUsage(promptDetails, 'cached_tokens', anomalies) ??
    optionalUsage(raw, 'cached_tokens', anomalies) ??
    optionalUsage(raw, 'prompt_cache_hit_tokens', anomalies) ??
    optionalUsage(raw, 'num_cached_tokens', anomalies) ??
    optionalUsage(raw, 'cache_read_input_tokens', anomalies)
  );
}

/**
 * Cache writes: OpenRouter's `cache_write_tokens` (https://openrouter.ai/docs/use-cases/usage-accounting), or Anthropic's
 * `cache_creation_input_tokens`, beside the prompt or inside its details as Model Studio writes it
 * (https://www.alibabacloud.com/help/en/model-studio/context-cache). Writes of unsaid lifetime are the five-minute ones.
 */
function readCacheWrites(
  raw: JsonObject,
  promptDetails: JsonObject,
  anomalies: Anomalies,
): { readonly write5m: number | undefined; readonly write1h: number | undefined } {
  const parts = isJsonObject(promptDetails['cache_creation']) ? promptDetails : raw;
  const lifetimes = details(parts, 'cache_creation', anomalies);
  const write1h = optionalUsage(lifetimes, 'ephemeral_1h_input_tokens', anomalies);
  const write5m = optionalUsage(lifetimes, 'ephemeral_5m_input_tokens', anomalies);
  if (write5m !== undefined) return { write5m, write1h };
  const all =
    optionalUsage(promptDetails, 'cache_write_tokens', anomalies) ??
    optionalUsage(promptDetails, 'cache_creation_input_tokens', anomalies) ??
    optionalUsage(raw, 'cache_creation_input_tokens', anomalies);
  return { write5m: all === undefined ? undefined : Math.max(0, all - (write1h ?? 0)), write1h };
}

/** Whether the parts were counted inside of their whole, and what the total holds beyond all that was told. */
type Layout = {
  readonly cacheInside: boolean;
  readonly reasoningInside: boolean;
  readonly unsaidReasoning: number | undefined;
  /** Whether `total_tokens` bears the layout out; `undefined` when it does not tell. */
  readonly totalAgrees: boolean | undefined;
};

/**
 * Finds the reading under which prompt, completion and their parts add up to `total_tokens`. xAI counts reasoning outside
 * of `completion_tokens`. Gemini's OpenAI-format endpoint may leave its thinking out of `completion_tokens` and say it
 * nowhere but in the total; it bills it as output: https://ai.google.dev/gemini-api/docs/openai
 * Without a telling total a part is inside, unless it is greater than its whole and so cannot be.
 */
function findLayout(told: Told): Layout {
  const cache = cacheTokens(told);
  const reasoning = told.reasoning ?? 0;
  const likely = {
    cacheInside: told.prompt === undefined || cache <= told.prompt,
    reasoningInside: told.completion === undefined || reasoning <= told.completion,
    unsaidReasoning: undefined,
  };
  if (told.total === undefined || told.prompt === undefined || told.completion === undefined) {
    return { ...likely, totalAgrees: undefined };
  }
  const gap = told.total - told.prompt - told.completion;
  const agreed = { unsaidReasoning: undefined, totalAgrees: true };
  if (gap === 0) return { ...agreed, cacheInside: true, reasoningInside: true };
  if (gap === reasoning) return { ...agreed, cacheInside: true, reasoningInside: false };
  if (gap === cache) return { ...agreed, cacheInside: false, reasoningInside: true };
  if (gap === cache + reasoning) return { ...agreed, cacheInside: false, reasoningInside: false };
  if (gap > 0 && reasoning === 0) return { ...likely, unsaidReasoning: gap, totalAgrees: true };
  return { ...likely, totalAgrees: false };
}

/** Everything that the cache served or took. */
function cacheTokens(told: Told): number {
  return (told.cached ?? 0) + (told.write5m ?? 0) + (told.write1h ?? 0);
}

type InputClasses = Pick<
  Usage,
  | 'inputTokens'
  | 'cachedInputTokens'
  | 'cacheWrite5mTokens'
  | 'cacheWrite1hTokens'
  | 'audioInputTokens'
  | 'imageInputTokens'
>;

/** Parts the prompt. A part takes no more than is left of its whole, so the classes never exceed what was told. */
function splitInput(told: Told, layout: Layout, anomalies: Anomalies): InputClasses {
  if (layout.totalAgrees === false) note(anomalies, 'total_mismatch', 'total_tokens');
  const prompt = told.prompt ?? Number.POSITIVE_INFINITY;
  const cacheExceeds = cacheTokens(told) > prompt && (layout.cacheInside || layout.totalAgrees !== true);
  if (cacheExceeds || (told.audioIn ?? 0) > prompt) note(anomalies, 'part_exceeds_whole', 'prompt_tokens');

  // Where the cache was counted apart, the whole prompt is left for the other classes.
  const cacheWhole = layout.cacheInside ? told.prompt : undefined;
  const [cachedInputTokens, uncached] = take(cacheWhole, told.cached);
  const [cacheWrite5mTokens, afterWrites] = take(uncached, told.write5m);
  const [cacheWrite1hTokens, fresh] = take(afterWrites, told.write1h);
  // Audio and pictures beyond what is left were read from the cache, and are counted there.
  const [audioInputTokens, silent] = take(layout.cacheInside ? fresh : told.prompt, told.audioIn);
  const [imageInputTokens, inputTokens] = take(silent, told.imageIn);
  return { inputTokens, cachedInputTokens, cacheWrite5mTokens, cacheWrite1hTokens, audioInputTokens, imageInputTokens };
}

/** Parts the completion in the same way. */
function splitOutput(
  told: Told,
  layout: Layout,
  anomalies: Anomalies,
): Pick<Usage, 'outputTokens' | 'reasoningTokens' | 'audioOutputTokens' | 'imageOutputTokens'> {
  const completion = told.completion ?? Number.POSITIVE_INFINITY;
  const reasoningExceeds =
    (told.reasoning ?? 0) > completion && (layout.reasoningInside || layout.totalAgrees !== true);
  if (reasoningExceeds || (told.audioOut ?? 0) > completion) {
    note(anomalies, 'part_exceeds_whole', 'completion_tokens');
  }
  const [reasoning, rest] = take(layout.reasoningInside ? told.completion : undefined, told.reasoning);
  const [audioOutputTokens, silent] = take(layout.reasoningInside ? rest : told.completion, told.audioOut);
  const [imageOutputTokens, outputTokens] = take(silent, told.imageOut);
  return { outputTokens, reasoningTokens: layout.unsaidReasoning ?? reasoning, audioOutputTokens, imageOutputTokens };
}

/** Web searches that OpenRouter ran and bills by the search. */
function readWebSearches(raw: JsonObject, anomalies: Anomalies): number | undefined {
  return (
    optionalUsage(details(raw, 'server_tool_use_details', anomalies), 'web_search_requests', anomalies) ??
    optionalUsage(details(raw, 'server_tool_use', anomalies), 'web_search_requests', anomalies)
  );
}

/** What the provider says that the call cost: OpenRouter's `cost`, Perplexity's `cost.total_cost`, or xAI's ticks. */
function readCost(raw: JsonObject, anomalies: Anomalies): string | undefined {
  const cost = isJsonObject(raw['cost']) ? raw['cost']['total_cost'] : raw['cost'];
  if (cost !== undefined && cost !== null) return costText(cost, anomalies);
  const ticks = optionalUsage(raw, 'cost_in_usd_ticks', anomalies, Number.MAX_SAFE_INTEGER);
  return ticks === undefined ? undefined : `${ticks}${XAI_TICK_EXPONENT}`;
}

function costText(cost: JsonValue, anomalies: Anomalies): string | undefined {
  const text = typeof cost === 'number' ? String(cost) : cost;
  if (typeof text === 'string' && text.length <= COST_CHARS_MAX && DECIMAL.test(text)) return text;
  const negative = typeof text === 'string' && text.startsWith('-');
  note(anomalies, negative ? 'negative' : 'not_a_number', 'cost');
  return undefined;
}

function bounded(sum: number): number | undefined {
  return Number.isSafeInteger(sum) ? sum : undefined;
}
