import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE, type Usage } from '../../protocol/usage.ts';
import { type Anomalies, details, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';

/**
 * Reads a `usage` object into classes that do not overlap. `input_tokens` is what was neither read from the cache nor
 * written to it; `output_tokens` holds the thinking, which newer answers tell beside it.
 * https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function readUsage(raw: JsonValue | undefined): ReadUsage {
  if (raw === undefined || raw === null) return UNSAID_USAGE;
  const anomalies: Anomalies = [];
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: NO_USAGE, anomalies };
  }
  const tokens = sumOfIterations(raw, anomalies) ?? readTokens(raw, anomalies);
  const thinking = optionalUsage(details(raw, 'output_tokens_details', anomalies), 'thinking_tokens', anomalies);
  if (thinking !== undefined && thinking > (tokens.outputTokens ?? thinking)) {
    note(anomalies, 'part_exceeds_whole', 'output_tokens');
  }
  const [reasoningTokens, outputTokens] = take(tokens.outputTokens, thinking);
  return {
    usage: {
      ...NO_USAGE,
      ...tokens,
      outputTokens,
      reasoningTokens: tokens.outputTokens === undefined ? undefined : reasoningTokens,
      toolCalls: optionalUsage(details(raw, 'server_tool_use', anomalies), 'web_search_requests', anomalies),
    },
    anomalies,
  };
}

/**
 * The usage so far with what a later event says of it: its counts are cumulative, and those that it leaves out or sends
 * as `null` stay as they were. https://docs.anthropic.com/en/docs/build-with-claude/streaming#event-types
 */
export function mergeUsage(before: JsonValue | undefined, later: JsonValue | undefined): JsonValue | undefined {
  if (later === undefined || later === null) return before;
  if (!isJsonObject(before) || !isJsonObject(later)) return later;
  const merged: JsonObject = { ...before };
  for (const [key, value] of Object.entries(later)) {
    if (value !== undefined && value !== null) merged[key] = value;
  }
  return merged;
}

type Tokens = Pick<
  Usage,
  'inputTokens' | 'cachedInputTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens' | 'outputTokens'
>;

function readTokens(raw: JsonObject, anomalies: Anomalies): Tokens {
  return {
    inputTokens: headlineCount(raw, 'input_tokens', anomalies),
    cachedInputTokens: optionalUsage(raw, 'cache_read_input_tokens', anomalies),
    ...readCacheWrites(raw, anomalies),
    outputTokens: headlineCount(raw, 'output_tokens', anomalies),
  };
}

/**
 * What was written to the cache, by lifetime. A stream tells the split once and the whole again at its end, by when a
 * tool of the provider may have added to it: what the split does not hold was written for the default of five minutes.
 */
function readCacheWrites(
  raw: JsonObject,
  anomalies: Anomalies,
): Pick<Usage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  const split = details(raw, 'cache_creation', anomalies);
  const write5m = optionalUsage(split, 'ephemeral_5m_input_tokens', anomalies);
  const write1h = optionalUsage(split, 'ephemeral_1h_input_tokens', anomalies);
  const whole = optionalUsage(raw, 'cache_creation_input_tokens', anomalies);
  if (whole === undefined) return { cacheWrite5mTokens: write5m, cacheWrite1hTokens: write1h };
  const rest = whole - (write1h ?? 0);
  if (rest < (write5m ?? 0)) {
    note(anomalies, 'total_mismatch', 'cache_creation_input_tokens');
    return { cacheWrite5mTokens: write5m, cacheWrite1hTokens: write1h };
  }
  return { cacheWrite5mTokens: rest, cacheWrite1hTokens: write1h };
}

/**
 * Where the conversation was compacted, the numbers at the top leave that out, and what is billed is the sum over the
 * `iterations`. Those of an advisor are another model's, at its own price, and those before a fallback were not answered;
 * the top numbers are right about both. `undefined` where nothing was compacted.
 * https://docs.anthropic.com/en/docs/build-with-claude/compaction#understanding-usage
 */
function sumOfIterations(raw: JsonObject, anomalies: Anomalies): Tokens | undefined {
  const iterations = Array.isArray(raw['iterations']) ? raw['iterations'].filter(isJsonObject) : [];
  // Nobody here knows the advisor's price: that it was used is told, and not what it cost.
  if (iterations.some(({ type }) => type === 'advisor_message')) note(anomalies, 'not_counted', 'iterations');
  const isCompacted = iterations.some(({ type }) => type === 'compaction');
  if (!isCompacted || iterations.some(({ type }) => type === 'fallback_message')) return undefined;
  return iterations
    .filter(({ type }) => type === 'compaction' || type === 'message')
    .map((iteration) => readTokens(iteration, anomalies))
    .reduce((sum, tokens) => ({
      inputTokens: add(sum.inputTokens, tokens.inputTokens),
      cachedInputTokens: add(sum.cachedInputTokens, tokens.cachedInputTokens),
      cacheWrite5mTokens: add(sum.cacheWrite5mTokens, tokens.cacheWrite5mTokens),
      cacheWrite1hTokens: add(sum.cacheWrite1hTokens, tokens.cacheWrite1hTokens),
      outputTokens: add(sum.outputTokens, tokens.outputTokens),
    }));
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a + b;
}
