import { nanoUsdPerMillion } from '../../src/kernel/money.ts';
import { type CompiledRateCard, compileRateCard } from '../../src/metering/compile-rate-card.ts';
import type { Price, PriceUnit } from '../../src/protocol/rate-card.ts';

/**
 * What one token, picture, second, character or search costs here, in nano-dollars. All are different primes, so that no
 * two classes can stand in for each other, and nothing that is counted twice or not at all adds up.
 */
export const P = {
  input: 101n,
  cachedInput: 103n,
  cacheWrite5m: 107n,
  cacheWrite1h: 109n,
  audioInput: 113n,
  imageInput: 127n,
  output: 131n,
  reasoning: 137n,
  audioOutput: 139n,
  imageOutput: 149n,
  image: 151n,
  audioSecond: 157n,
  character: 163n,
  toolCall: 167n,
} as const;

const BY_TOKENS: Readonly<Partial<Record<PriceUnit, bigint>>> = {
  input: P.input,
  'cached-input': P.cachedInput,
  'cache-write-5m': P.cacheWrite5m,
  'cache-write-1h': P.cacheWrite1h,
  'audio-input': P.audioInput,
  'image-input': P.imageInput,
  output: P.output,
  reasoning: P.reasoning,
  'audio-output': P.audioOutput,
  'image-output': P.imageOutput,
  'audio-second': P.audioSecond,
  character: P.character,
  'tool-call': P.toolCall,
};

/** Cards by which calls are rated: pictures are paid for by their tokens, or by the piece. */
export const CARDS: Readonly<Record<'by tokens' | 'by the piece', CompiledRateCard>> = {
  'by tokens': cardOf(BY_TOKENS),
  'by the piece': cardOf({ image: P.image }),
};

export type CardName = keyof typeof CARDS;

function cardOf(prices: Readonly<Partial<Record<PriceUnit, bigint>>>): CompiledRateCard {
  return compileRateCard({
    id: 'rc_primes',
    providerId: 'provider',
    model: 'routed-model',
    version: 1,
    source: 'operator',
    effectiveFrom: 0,
    // The keys are those of the records above.
    prices: Object.entries(prices).map(([unit, nano]) => lineOf(unit as PriceUnit, nano)),
  });
}

function lineOf(unit: PriceUnit, nano: bigint): Price {
  return {
    unit,
    price: nanoUsdPerMillion(nano * 1_000_000n),
    aboveInputTokens: undefined,
    utcWindow: undefined,
    imageSize: undefined,
    imageQuality: undefined,
    batch: false,
  };
}
