import type { JsonObject } from '../../kernel/json.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import { type Anomalies, headlineCount, note, optionalUsage, take } from '../usage-counts.ts';

/**
 * Reads the counts of an answer's last line: https://docs.ollama.com/api/usage
 *
 * `prompt_eval_cached_count` is a part of `prompt_eval_count`. Older servers leave `prompt_eval_count` out where the whole
 * prompt was cached; it is unsaid then, and not zero. Thinking is counted within `eval_count` and nowhere apart.
 */
export function readUsage(line: JsonObject): ReadUsage {
  const anomalies: Anomalies = [];
  const prompt = headlineCount(line, 'prompt_eval_count', anomalies);
  const cached = optionalUsage(line, 'prompt_eval_cached_count', anomalies);
  if (prompt !== undefined && cached !== undefined && cached > prompt) {
    note(anomalies, 'part_exceeds_whole', 'prompt_eval_count');
  }
  const [cachedInputTokens, inputTokens] = take(prompt, cached);
  const outputTokens = headlineCount(line, 'eval_count', anomalies);
  return { usage: { ...NO_USAGE, inputTokens, cachedInputTokens, outputTokens }, anomalies };
}
