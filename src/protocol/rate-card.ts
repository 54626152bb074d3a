import type { NanoUsdPerMillion } from '../kernel/money.ts';

/** What a price is per. Token units are priced per million tokens; the others per million of themselves. */
export type PriceUnit =
  | 'input'
  | 'cached-input'
  | 'cache-write-5m'
  | 'cache-write-1h'
  | 'audio-input'
  | 'image-input'
  | 'output'
  | 'reasoning'
  | 'audio-output'
  | 'image-output'
  | 'image'
  | 'video-second'
  | 'audio-second'
  | 'character'
  | 'minute'
  | 'request'
  | 'tool-call';

/** One line of a rate card. All conditions given must hold for the line to apply; the most specific line wins. */
export type Price = {
  readonly unit: PriceUnit;
  readonly price: NanoUsdPerMillion;
  /** Applies to calls whose whole input (cached included) is longer than this many tokens. */
  readonly aboveInputTokens: number | undefined;
  /** Applies between these times of day, `HH:MM` in UTC; the window may pass midnight. */
  readonly utcWindow: { readonly from: string; readonly to: string } | undefined;
  /** Applies to images of this size and quality, in the provider's own words. */
  readonly imageSize: string | undefined;
  readonly imageQuality: string | undefined;
  /** Applies to batch calls only. */
  readonly batch: boolean;
};

/** What a line is the price of, and when: two lines of one place would contradict each other. */
export function linePlace(line: Omit<Price, 'price'>): string {
  const { unit, aboveInputTokens, utcWindow, imageSize, imageQuality, batch } = line;
  const window = utcWindow === undefined ? undefined : [utcWindow.from, utcWindow.to];
  return JSON.stringify([unit, aboveInputTokens, window, imageSize, imageQuality, batch]);
}

/** A model at a provider, by the provider's own id of it. */
export type ModelAtProvider = { readonly providerId: string; readonly model: string };

/** One model of one provider, one key: ids of providers have no slash. */
export function modelKey({ providerId, model }: ModelAtProvider): string {
  return `${providerId}/${model}`;
}

/** A versioned list of prices for one model at one provider, in force from `effectiveFrom` (ms since the epoch). */
export type RateCard = {
  readonly id: string;
  readonly providerId: string;
  readonly model: string;
  readonly version: number;
  readonly source: 'catalogue' | 'provider' | 'operator' | 'local';
  readonly effectiveFrom: number;
  readonly prices: readonly Price[];
};

/** The classes of tokens that sums of usage tell apart. */
export const TOKEN_CLASSES = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'image_input_tokens',
  'image_output_tokens',
] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** What a token of each class costs, whatever call it is of. */
export type TokenPrices = {
  /** A class without a price of its own has that of the whole it belongs to; one that has neither is missing. */
  readonly ofClass: Readonly<Partial<Record<TokenClass, NanoUsdPerMillion>>>;
  /** Whether what comes from the provider's cache has a price of its own. */
  readonly hasCachedPrice: boolean;
};
