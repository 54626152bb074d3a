import type { Usage } from '../protocol/usage.ts';

/** Sums over the classes of a usage, for wire formats that count a whole and name its parts. Unsaid parts add nothing. */

/** Everything that was read: fresh, cached and newly cached input, sound and pictures. */
export function inputTotal(usage: Usage): number | undefined {
  return sum([
    usage.inputTokens,
    usage.cachedInputTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.audioInputTokens,
    usage.imageInputTokens,
  ]);
}

/** Everything that was written: text, reasoning, sound and pictures. */
export function outputTotal(usage: Usage): number | undefined {
  return sum([usage.outputTokens, usage.reasoningTokens, usage.audioOutputTokens, usage.imageOutputTokens]);
}

/** Input that was put into the prompt cache, for whatever time. */
export function cacheWriteTotal(usage: Usage): number | undefined {
  return sum([usage.cacheWrite5mTokens, usage.cacheWrite1hTokens]);
}

/** `undefined` where nothing at all was said. */
function sum(counts: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const count of counts) if (count !== undefined) total = (total ?? 0) + count;
  return total;
}
