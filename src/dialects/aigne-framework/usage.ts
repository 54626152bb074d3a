import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { cacheWriteTotal, inputTotal, outputTotal } from '../usage-totals.ts';

/**
 * Usage as the client's schema wants it: two numbers that have to be there, or no usage at all. `inputTokens` counts
 * everything that was read, the cached part included, which is told apart beside it. `creditPrefix` and `aigneHubCredits`
 * belong to billing; an empty prefix makes the client refuse the answer.
 */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  const inputTokens = inputTotal(usage);
  const outputTokens = outputTotal(usage);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const written = cacheWriteTotal(usage);
  return {
    inputTokens,
    outputTokens,
    ...(written === undefined ? {} : { cacheCreationInputTokens: written }),
    ...(usage.cachedInputTokens === undefined ? {} : { cacheReadInputTokens: usage.cachedInputTokens }),
  };
}
