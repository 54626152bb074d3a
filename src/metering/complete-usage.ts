import type { Operation } from '../protocol/operation.ts';
import type { Usage, UsageBasis } from '../protocol/usage.ts';

/**
 * Whether an operation is counted in tokens going in and coming out. What is counted in pictures, seconds or characters
 * is not estimated in tokens.
 */
const COUNTED: Readonly<Record<Operation, { readonly input: boolean; readonly output: boolean }>> = {
  chat: { input: true, output: true },
  completions: { input: true, output: true },
  embeddings: { input: true, output: false },
  'count-tokens': { input: false, output: false },
  images: { input: false, output: false },
  'image-edits': { input: false, output: false },
  speech: { input: false, output: false },
  transcriptions: { input: false, output: false },
  translations: { input: false, output: false },
  videos: { input: false, output: false },
};

/** Whether what an operation used can be estimated in tokens. */
export function isCountedInTokens(operation: Operation): boolean {
  return COUNTED[operation].input;
}

/** Estimated tokens of a call, for what its provider left unsaid. */
export type EstimatedTokens = { readonly inputTokens: number; readonly outputTokens: number };

/**
 * Fills in what a provider did not report, or reported beyond belief. The parts of the input that it did report are taken
 * off the estimate of the whole; an embedding has no output. The basis is `estimated` as soon as anything had to be.
 * Of a stream that was broken off, what was told on its way is the output so far at most: the estimate counts where it
 * comes to more.
 *
 * `estimate` is called only when it is needed.
 */
export function completeUsage(
  reported: Usage,
  operation: Operation,
  { estimate, isBrokenOff = false }: { readonly estimate: () => EstimatedTokens; readonly isBrokenOff?: boolean },
): { readonly usage: Usage; readonly basis: UsageBasis } {
  const { input, output } = COUNTED[operation];
  const needsInput = input && reported.inputTokens === undefined;
  const needsOutput = output && reported.outputTokens === undefined;
  const mayBeMore = output && isBrokenOff;
  if (!needsInput && !needsOutput && !mayBeMore) return { usage: reported, basis: 'reported' };
  const { inputTokens, outputTokens } = estimate();
  const moreOutput = outputTokens - toldOutputParts(reported);
  const isMore = mayBeMore && moreOutput > (reported.outputTokens ?? 0);
  if (!needsInput && !needsOutput && !isMore) return { usage: reported, basis: 'reported' };
  const usage = {
    ...reported,
    inputTokens: needsInput ? Math.max(0, inputTokens - toldInputParts(reported)) : reported.inputTokens,
    outputTokens: isMore ? moreOutput : needsOutput ? outputTokens : reported.outputTokens,
  };
  return { usage, basis: 'estimated' };
}

function toldInputParts(usage: Usage): number {
  return (
    (usage.cachedInputTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0) +
    (usage.audioInputTokens ?? 0) +
    (usage.imageInputTokens ?? 0)
  );
}

function toldOutputParts({ reasoningTokens, audioOutputTokens, imageOutputTokens }: Usage): number {
  return (reasoningTokens ?? 0) + (audioOutputTokens ?? 0) + (imageOutputTokens ?? 0);
}
