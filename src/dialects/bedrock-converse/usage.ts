import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE, type Usage } from '../../protocol/usage.ts';
import { type Anomalies, headlineCount, note, optionalUsage } from '../usage-counts.ts';

/**
 * Reads `usage`: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 *
 * `inputTokens` counts what neither came from the cache nor went into it, so that `totalTokens` is the sum of all four:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html. Reasoning is counted as output, and not apart.
 */
export function readBedrockUsage(raw: JsonValue | undefined): ReadUsage {
  if (raw === undefined || raw === null) return UNSAID_USAGE;
  const anomalies: Anomalies = [];
  if (!isJsonObject(raw)) {
    note(anomalies, 'not_an_object', 'usage');
    return { usage: NO_USAGE, anomalies };
  }
  const usage: Usage = {
    ...NO_USAGE,
    inputTokens: headlineCount(raw, 'inputTokens', anomalies),
    cachedInputTokens: optionalUsage(raw, 'cacheReadInputTokens', anomalies),
    ...readCacheWrites(raw, anomalies),
    outputTokens: headlineCount(raw, 'outputTokens', anomalies),
  };
  checkTotal(usage, headlineCount(raw, 'totalTokens', anomalies), anomalies);
  return { usage, anomalies };
}

type CacheWrites = Pick<Usage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>;

/** Writes whose lifetime is not said are the five-minute ones, which are the default. */
function readCacheWrites(raw: JsonObject, anomalies: Anomalies): CacheWrites {
  const all = optionalUsage(raw, 'cacheWriteInputTokens', anomalies);
  const { cacheDetails } = raw;
  const details = Array.isArray(cacheDetails) ? cacheDetails : [];
  let told5m = 0;
  let told1h: number | undefined;
  for (const detail of details) {
    if (!isJsonObject(detail)) continue;
    const tokens = headlineCount(detail, 'inputTokens', anomalies) ?? 0;
    if (detail['ttl'] === '1h') told1h = (told1h ?? 0) + tokens;
    else told5m += tokens;
  }
  const told = told5m + (told1h ?? 0);
  if (all === undefined)
    return { cacheWrite5mTokens: details.length === 0 ? undefined : told5m, cacheWrite1hTokens: told1h };
  if (told > all) note(anomalies, 'part_exceeds_whole', 'cacheWriteInputTokens');
  return { cacheWrite5mTokens: Math.max(told5m, all - (told1h ?? 0)), cacheWrite1hTokens: told1h };
}

function checkTotal(usage: Usage, total: number | undefined, anomalies: Anomalies): void {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  if (total === undefined || inputTokens === undefined || outputTokens === undefined) return;
  const cache = (cachedInputTokens ?? 0) + (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0);
  if (total !== inputTokens + outputTokens + cache) note(anomalies, 'total_mismatch', 'totalTokens');
}
