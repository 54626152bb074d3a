import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, type Usage } from '../../protocol/usage.ts';
import { type Anomalies, details, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';
import { cacheWriteTotal, inputTotal, outputTotal } from '../usage-totals.ts';

/**
 * The `usage` object of the Responses API: https://platform.openai.com/docs/api-reference/responses/object
 *
 * `input_tokens` holds the cached reads and the cache writes, `output_tokens` the reasoning. Writes have two lifetimes,
 * half an hour and half a day; they are counted as our shorter and our longer one.
 */

const COST_CHARS_MAX = 64;
const DECIMAL = /^\d{1,15}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?$/;
/** xAI counts cost in ten-billionths of a dollar: https://docs.x.ai/developers/cost-tracking */
const XAI_TICK_EXPONENT = 'e-10';

/**
 * Reads the usage of one answer into classes that do not overlap. `response` is the whole Response object: searches that
 * the provider ran are billed one by one, and counted beside the tokens where those are told.
 */
export function readUsage(response: JsonObject): ReadUsage {
  const anomalies: Anomalies = [];
  const raw = response['usage'];
  if (!isJsonObject(raw)) {
    if (raw !== undefined && raw !== null) note(anomalies, 'not_an_object', 'usage');
    return { usage: NO_USAGE, anomalies };
  }
  const usage: Usage = {
    ...NO_USAGE,
    ...readInput(raw, anomalies),
    ...readOutput(raw, anomalies),
    toolCalls: readSearches(response, anomalies),
    providerCostUsd: readCost(raw, anomalies),
  };
  checkTotal(raw, anomalies);
  notePictures(response, anomalies);
  return { usage, anomalies };
}

type InputClasses = Pick<Usage, 'inputTokens' | 'cachedInputTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>;

function readInput(raw: JsonObject, anomalies: Anomalies): InputClasses {
  const whole = headlineCount(raw, 'input_tokens', anomalies);
  const parts = details(raw, 'input_tokens_details', anomalies);
  const cached = optionalUsage(parts, 'cached_tokens', anomalies);
  const written = optionalUsage(parts, 'cache_write_tokens', anomalies);
  const lifetimes = details(parts, 'cache_write_tokens_details', anomalies);
  const long = optionalUsage(lifetimes, 'ttl_12h_tokens', anomalies);
  const short = written === undefined ? undefined : Math.max(0, written - (long ?? 0));
  if ((cached ?? 0) + (short ?? 0) + (long ?? 0) > (whole ?? Number.POSITIVE_INFINITY)) {
    note(anomalies, 'part_exceeds_whole', 'input_tokens');
  }
  const [cachedInputTokens, afterReads] = take(whole, cached);
  const [cacheWrite5mTokens, afterShort] = take(afterReads, short);
  const [cacheWrite1hTokens, inputTokens] = take(afterShort, long);
  return { inputTokens, cachedInputTokens, cacheWrite5mTokens, cacheWrite1hTokens };
}

function readOutput(raw: JsonObject, anomalies: Anomalies): Pick<Usage, 'outputTokens' | 'reasoningTokens'> {
  const whole = headlineCount(raw, 'output_tokens', anomalies);
  const reasoning = optionalUsage(details(raw, 'output_tokens_details', anomalies), 'reasoning_tokens', anomalies);
  if ((reasoning ?? 0) > (whole ?? Number.POSITIVE_INFINITY)) note(anomalies, 'part_exceeds_whole', 'output_tokens');
  const [reasoningTokens, outputTokens] = take(whole, reasoning);
  return { outputTokens, reasoningTokens };
}

function checkTotal(raw: JsonObject, anomalies: Anomalies): void {
  const { input_tokens: input, output_tokens: output, total_tokens: total } = raw;
  if (typeof input !== 'number' || typeof output !== 'number' || typeof total !== 'number') return;
  if (total !== input + output) note(anomalies, 'total_mismatch', 'total_tokens');
}

/**
 * Web searches that were billed: as `tool_usage` tells, else the search calls among the output. Looking into a page that
 * was found is no search: https://platform.openai.com/docs/guides/tools-web-search
 */
function readSearches(response: JsonObject, anomalies: Anomalies): number | undefined {
  const told = optionalUsage(
    details(details(response, 'tool_usage', anomalies), 'web_search', anomalies),
    'num_requests',
    anomalies,
  );
  if (told !== undefined) return told;
  const output = Array.isArray(response['output']) ? response['output'] : [];
  const searches = output.filter(isSearch).length;
  return searches === 0 ? undefined : searches;
}

function isSearch(item: JsonValue): boolean {
  if (!isJsonObject(item) || item['type'] !== 'web_search_call') return false;
  const { action } = item;
  return !isJsonObject(action) || action['type'] === 'search';
}

/** Pictures made by a tool are another model's work, at its own price, which nobody here knows: that is told. */
function notePictures(response: JsonObject, anomalies: Anomalies): void {
  const pictures = details(details(response, 'tool_usage', anomalies), 'image_gen', anomalies);
  if ((optionalUsage(pictures, 'total_tokens', anomalies) ?? 0) > 0) note(anomalies, 'not_counted', 'image_gen');
}

/** What the provider says that the call cost: OpenRouter's `cost` in dollars, or xAI's ticks. */
function readCost(raw: JsonObject, anomalies: Anomalies): string | undefined {
  const { cost } = raw;
  if (cost === undefined || cost === null) {
    const ticks = optionalUsage(raw, 'cost_in_usd_ticks', anomalies, Number.MAX_SAFE_INTEGER);
    return ticks === undefined ? undefined : `${ticks}${XAI_TICK_EXPONENT}`;
  }
  const text = typeof cost === 'number' ? String(cost) : cost;
  if (typeof text === 'string' && text.length <= COST_CHARS_MAX && DECIMAL.test(text)) return text;
  note(anomalies, typeof text === 'string' && text.startsWith('-') ? 'negative' : 'not_a_number', 'cost');
  return undefined;
}

/**
 * Usage as the Responses API writes it, or `null` where the input or the output is unknown: the object has no way to
 * leave them out. Its two detail counts are numbers to every reader (Codex refuses an answer without them), so there a
 * class that was not told stands as 0.
 */
export function writeUsage(usage: Usage): JsonObject | null {
  const input = inputTotal(usage);
  const output = outputTotal(usage);
  if (usage.inputTokens === undefined || usage.outputTokens === undefined) return null;
  if (input === undefined || output === undefined) return null;
  const written = cacheWriteTotal(usage);
  const { cacheWrite5mTokens: short, cacheWrite1hTokens: long } = usage;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      ...(written === undefined ? {} : { cache_write_tokens: written }),
      ...(long === undefined
        ? {}
        : { cache_write_tokens_details: { ttl_30m_tokens: short ?? 0, ttl_12h_tokens: long } }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
