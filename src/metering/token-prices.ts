import type { NanoUsdPerMillion } from '../kernel/money.ts';
import type { TokenClass, TokenPrices } from '../protocol/rate-card.ts';
import { CHARGED_CLASSES, type CompiledRateCard, priceTable } from './compile-rate-card.ts';

const CLASS_OF: Readonly<Partial<Record<(typeof CHARGED_CLASSES)[number]['field'], TokenClass>>> = {
  inputTokens: 'input_tokens',
  cachedInputTokens: 'cached_input_tokens',
  cacheWrite5mTokens: 'cache_write_5m_tokens',
  cacheWrite1hTokens: 'cache_write_1h_tokens',
  audioInputTokens: 'audio_input_tokens',
  outputTokens: 'output_tokens',
  reasoningTokens: 'reasoning_tokens',
  audioOutputTokens: 'audio_output_tokens',
  imageInputTokens: 'image_input_tokens',
  imageOutputTokens: 'image_output_tokens',
};

/**
 * The prices of tokens by which sums over many calls can be charged. `undefined` where a price hangs on the single call:
 * its length, its time of day, or that it was made at all.
 */
export function tokenPrices(compiled: CompiledRateCard): TokenPrices | undefined {
  const plain = compiled.card.prices.filter(({ batch }) => !batch);
  const isSingle = plain.some(
    ({ unit, aboveInputTokens, utcWindow }) =>
      aboveInputTokens !== undefined || utcWindow !== undefined || unit === 'request',
  );
  if (isSingle) return undefined;
  const { classes } = priceTable(compiled, { at: 0, inputTokens: 0, isBatch: false });
  const ofClass: Partial<Record<TokenClass, NanoUsdPerMillion>> = {};
  for (const [index, { field }] of CHARGED_CLASSES.entries()) {
    const [name, price] = [CLASS_OF[field], classes[index]];
    if (name !== undefined && price !== undefined) ofClass[name] = price;
  }
  return { ofClass, hasCachedPrice: plain.some(({ unit }) => unit === 'cached-input') };
}
