/**
 * What one call used, by class. The classes do not overlap: `inputTokens` excludes cached reads, cache writes, audio and
 * pictures; `outputTokens` excludes reasoning, audio and pictures. `undefined` means that the provider did not say; it is never zero.
 */
export type Usage = {
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly cacheWrite5mTokens: number | undefined;
  readonly cacheWrite1hTokens: number | undefined;
  readonly audioInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  readonly audioOutputTokens: number | undefined;
  /** Tokens of pictures sent and of pictures made, where a provider counts them apart from text. */
  readonly imageInputTokens: number | undefined;
  readonly imageOutputTokens: number | undefined;
  readonly images: number | undefined;
  readonly seconds: number | undefined;
  readonly characters: number | undefined;
  readonly toolCalls: number | undefined;
  /** Cost in dollars as the provider itself reported it with the answer (OpenRouter does), kept as its own text. */
  readonly providerCostUsd: string | undefined;
};

export const NO_USAGE: Usage = {
  inputTokens: undefined,
  cachedInputTokens: undefined,
  cacheWrite5mTokens: undefined,
  cacheWrite1hTokens: undefined,
  audioInputTokens: undefined,
  outputTokens: undefined,
  reasoningTokens: undefined,
  audioOutputTokens: undefined,
  imageInputTokens: undefined,
  imageOutputTokens: undefined,
  images: undefined,
  seconds: undefined,
  characters: undefined,
  toolCalls: undefined,
  providerCostUsd: undefined,
};

/** Whether anything is known of what was used. */
export function isUsageSaid(usage: Usage): boolean {
  return Object.values(usage).some((value) => value !== undefined);
}

/**
 * Whether the numbers are the provider's own (`reported`), the hub's (`estimated`), or those of an earlier call whose answer
 * was given again (`cached`): no provider was asked then.
 */
export type UsageBasis = 'reported' | 'estimated' | 'cached';

/**
 * Usage as read from an answer, and what in it could not be believed: one `kind:field` per oddity, from small closed sets.
 * `basis` is said where the numbers are not the provider’s but follow from what was asked for or answered.
 */
export type ReadUsage = {
  readonly usage: Usage;
  readonly anomalies: readonly string[];
  readonly basis?: 'estimated' | undefined;
};

/** Nothing was said about what was used. */
export const UNSAID_USAGE: ReadUsage = { usage: NO_USAGE, anomalies: [] };
