import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usdPerMillion, usdToNano } from '../kernel/money.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { type CallBound, NOTHING_BOUND } from './bound-call.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { boundMeasures, countMade, type LikelyMade } from './count-made.ts';
import { type PriceTerms, priceCall } from './price-call.ts';
import { priceLine } from './price-line.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const PICTURES = 2;
const EACH_TOKENS = 1000;

/** Pictures by the piece and by their tokens, each with and without what is said in words. */
const MEASURES: readonly CallBound[] = [{ images: PICTURES }, { imageTokens: PICTURES * EACH_TOKENS }].flatMap((made) =>
  [{}, { inputTokens: 100 }, { outputTokens: 50 }, { inputTokens: 100, outputTokens: 50 }].map((words) => ({
    ...NOTHING_BOUND,
    ...made,
    ...words,
  })),
);
const LIKELY: LikelyMade = {
  units: ['image', 'image-output', 'output'],
  made: {},
  whole: [{ images: PICTURES }, { images: PICTURES, inputTokens: 25, imageOutputTokens: PICTURES * EACH_TOKENS }],
  given: [{ inputTokens: 25 }],
};

function line(unit: PriceUnit, amount: string, conditions: Partial<Price> = {}): Price {
  return { ...priceLine(unit, usdPerMillion(amount)), ...conditions };
}

function termsOf(...prices: readonly Price[]): PriceTerms {
  const card = { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  return {
    cost: compileRateCard({ ...card, prices }),
    creditPrice: usdToNano('1'),
    marginMillionths: 0,
    list: undefined,
    isBelowCostAllowed: false,
    ruleId: undefined,
  };
}

const counted = (terms: PriceTerms, usage: Partial<Usage>, isWhole = true) =>
  countMade(terms, { usage: { ...NO_USAGE, ...usage }, at: NOON }, LIKELY, isWhole);
const priceOf = (terms: PriceTerms, usage: Partial<Usage>, isWhole = true): bigint =>
  priceCall(terms, counted(terms, usage, isWhole)).priceNano;

const BY_PIECE = termsOf(line('image', '40000'));
const BY_TOKEN = termsOf(line('input', '5'), line('image-output', '40'));
const BY_SIZE = termsOf(line('image', '1', { imageSize: 'small' }), line('image', '2', { imageSize: 'large' }));

describe('what was made', () => {
  test('counts as it was told where that has a price', () => {
    const usage = { images: 1, inputTokens: 7, imageOutputTokens: 300 };
    expect(counted(BY_TOKEN, usage).usage).toEqual({ ...NO_USAGE, ...usage });
    expect(counted(BY_PIECE, { images: 1 }).usage).toEqual({ ...NO_USAGE, images: 1 });
  });

  test.each<[string, PriceTerms, Partial<Usage>, bigint]>([
    ['pieces, where nothing is told', BY_PIECE, {}, 80_000_000n],
    ['tokens, where only pieces are told', BY_TOKEN, { images: 2 }, 80_125_000n],
    ['tokens, where they are told to be none', BY_TOKEN, { images: 2, imageOutputTokens: 0 }, 80_125_000n],
    ['tokens, where only those that went in are told', BY_TOKEN, { images: 2, inputTokens: 100 }, 80_500_000n],
    ['the dearest size, where none is told', BY_SIZE, { images: 2 }, 4000n],
  ])('is counted in %s', (_, terms, usage, price) => {
    expect(priceOf(terms, usage)).toBe(price);
  });

  test('is nothing where the provider says so', () => {
    expect(priceOf(BY_PIECE, { images: 0 })).toBe(0n);
  });

  test('of a call without an answer is what went in', () => {
    expect(priceOf(BY_TOKEN, {}, false)).toBe(125_000n);
    expect(priceOf(BY_PIECE, {}, false)).toBe(0n);
  });

  test('never costs more than is held, and never nothing, whatever has a price and whatever is told of it', () => {
    const units = fc.subarray<PriceUnit>(['input', 'image-input', 'output', 'image', 'image-output', 'request']);
    const optional = (max: number) => fc.option(fc.integer({ min: 0, max }), { nil: undefined });
    const used = fc.record({
      images: fc.option(fc.integer({ min: 1, max: PICTURES }), { nil: undefined }),
      inputTokens: optional(100),
      outputTokens: optional(50),
      imageOutputTokens: optional(PICTURES * EACH_TOKENS),
    });
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 1000 }), used, fc.boolean(), (priced, usd, usage, isWhole) => {
        const terms = termsOf(...priced.map((unit, index) => line(unit, String(usd * (index + 1)))));
        const most = boundMeasures(terms, MEASURES, NOON);
        if (most.kind === 'unpriced') return;
        const price = priceOf(terms, usage, isWhole);
        expect(price).toBeLessThanOrEqual(most.priceNano);
        if (isWhole) expect(price).toBeGreaterThan(0n);
      }),
      { numRuns: 2000 },
    );
  });
});
