import type { NanoUsd } from '../kernel/money.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { charge } from './charge.ts';
import type { CompiledRateCard } from './compile-rate-card.ts';

/** How long an answer is taken to be where prices are compared before it is there. */
const LIKELY_ANSWER_TOKENS = 1000;

/**
 * What a request in words costs most likely, to compare providers by: its own tokens, of which some may have been kept from
 * before, and an answer of ordinary length. `undefined` where a price is not known.
 */
export function likelyCost(
  card: CompiledRateCard,
  request: { readonly inputTokens: number; readonly keptTokens: number; readonly at: number },
): NanoUsd | undefined {
  const cachedInputTokens = Math.min(request.keptTokens, request.inputTokens);
  const inputTokens = request.inputTokens - cachedInputTokens;
  const usage = { ...NO_USAGE, inputTokens, cachedInputTokens, outputTokens: LIKELY_ANSWER_TOKENS };
  return charge(card, { usage, at: request.at }).costNano;
}
