import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoCredits, nanoUsd, usdPerMillion, usdToNano } from '../kernel/money.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { affordableOutput, boundPrice, type CallBound, NOTHING_BOUND } from './bound-call.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { type PriceTerms, priceCall } from './price-call.ts';
import { priceLine } from './price-line.ts';
import { PRICE_UNITS } from './price-units.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const ALL_INPUT = [
  'inputTokens',
  'cachedInputTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'audioInputTokens',
  'imageInputTokens',
] as const;
const ALL_OUTPUT = ['outputTokens', 'reasoningTokens', 'audioOutputTokens'] as const;

function termsOf(prices: readonly Price[], fields: Partial<PriceTerms> = {}): PriceTerms {
  const card = { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  return {
    cost: compileRateCard({ ...card, prices }),
    creditPrice: usdToNano('1'),
    marginMillionths: 0,
    list: undefined,
    isBelowCostAllowed: false,
    ruleId: undefined,
    ...fields,
  };
}

function line(unit: PriceUnit, amount: string, conditions: Partial<Price> = {}): Price {
  return { ...priceLine(unit, usdPerMillion(amount)), ...conditions };
}

const most = (terms: PriceTerms, bound: Partial<CallBound>) => boundPrice(terms, { ...NOTHING_BOUND, ...bound }, NOON);

describe('the most that a call can be charged', () => {
  const PLAIN = [line('input', '3'), line('output', '15')];

  test.each<[string, readonly Price[], Partial<CallBound>, bigint]>([
    ['its input and output', PLAIN, { inputTokens: 1000, outputTokens: 100 }, 4_500_000n],
    ['thinking, which may be dearer', [...PLAIN, line('reasoning', '20')], { outputTokens: 100 }, 2_000_000n],
    [
      'writing to a cache, where it may',
      [...PLAIN, line('cache-write-5m', '3.75')],
      { inputTokens: 1000, inputClasses: ['inputTokens', 'cacheWrite5mTokens'] },
      3_750_000n,
    ],
    [
      'a dearer tier that it may reach',
      [...PLAIN, line('input', '6', { aboveInputTokens: 900 })],
      { inputTokens: 1000 },
      6_000_000n,
    ],
    [
      'a cheaper tier that it may not reach',
      [line('input', '9'), line('input', '3', { aboveInputTokens: 900 })],
      { inputTokens: 1000 },
      9_000_000n,
    ],
    [
      'each picture at its dearest',
      [line('image', '40000'), line('image', '80000', { imageSize: 'large' })],
      { images: 2 },
      160_000_000n,
    ],
    [
      'each picture of a size at that',
      [line('image', '40000', { imageSize: 'small' }), line('image', '80000', { imageSize: 'large' })],
      { images: 2, madeAs: { imageSize: 'small' } },
      80_000_000n,
    ],
    ['the request itself', [...PLAIN, line('request', '5000')], {}, 5_000_000n],
    ['nothing where everything is free', PRICE_UNITS.map((unit) => line(unit, '0')), { inputTokens: 1000 }, 0n],
  ])('counts %s', (_, prices, bound, priceNano) => {
    expect(most(termsOf(prices), bound)).toEqual({ kind: 'most', priceNano });
  });

  test('is not known where a unit has no price', () => {
    expect(most(termsOf([line('input', '3')]), { inputTokens: 1, outputTokens: 1, characters: 2 })).toEqual({
      kind: 'unpriced',
      units: ['output', 'character'],
    });
  });

  test('is never less than what is charged in the end', () => {
    const price = fc.nat(40_000_000).map((nano) => usdPerMillion(`0.${String(nano).padStart(9, '0')}`));
    const tier = fc.option(fc.constantFrom(100, 1000), { nil: undefined });
    const card = fc
      .array(fc.tuple(fc.constantFrom(...PRICE_UNITS), price, tier), { maxLength: 25 })
      .map((rows) => [
        ...PRICE_UNITS.map((unit) => line(unit, '1')),
        ...rows.map(([unit, amount, aboveInputTokens]) => ({ ...priceLine(unit, amount), aboveInputTokens })),
      ]);
    const count = fc.nat(900);
    const usage = fc.record(
      Object.fromEntries(
        [...ALL_INPUT, ...ALL_OUTPUT, 'seconds', 'characters', 'toolCalls', 'images'].map((field) => [field, count]),
      ),
    );
    const terms = fc.record({
      list: fc.option(card, { nil: undefined }),
      margin: fc.integer({ min: -500_000, max: 900_000 }),
      creditPrice: fc.bigInt({ min: 1n, max: 10n ** 11n }),
      isBelowCostAllowed: fc.boolean(),
    });
    fc.assert(
      fc.property(card, usage, terms, (prices, used, own) => {
        const agreed = termsOf(prices, {
          list: own.list && termsOf(own.list).cost,
          marginMillionths: own.margin,
          creditPrice: nanoUsd(own.creditPrice),
          isBelowCostAllowed: own.isBelowCostAllowed,
        });
        const sum = (fields: readonly (keyof Usage)[]): number =>
          fields.reduce((all, field) => all + Number(used[field] ?? 0), 0);
        const bound = most(agreed, {
          inputTokens: sum(ALL_INPUT),
          inputClasses: ALL_INPUT,
          outputTokens: sum(ALL_OUTPUT),
          outputClasses: ALL_OUTPUT,
          seconds: sum(['seconds']),
          characters: sum(['characters']),
          toolCalls: sum(['toolCalls']),
          images: sum(['images']),
        });
        const { priceNano } = priceCall(agreed, { usage: { ...NO_USAGE, ...used }, at: NOON });
        expect(bound.kind === 'most' && bound.priceNano >= priceNano).toBe(true);
      }),
    );
  });
});

describe('the output that an amount pays for', () => {
  const terms = termsOf([line('input', '3'), line('output', '15')], { marginMillionths: 200_000 });
  const bound = { ...NOTHING_BOUND, inputTokens: 1000, outputTokens: 4000 };
  const at = NOON;

  test.each<[bigint, number | undefined]>([
    [3_599_999n, undefined],
    [3_600_000n, 0],
    [3_617_999n, 0],
    [3_618_000n, 1],
    [21_600_000n, 1000],
    [75_600_000n, 4000],
    [10n ** 15n, 4000],
  ])('of %d nano-credits is %s tokens', (amount, tokens) => {
    expect(affordableOutput(terms, { bound, at, amountNano: nanoCredits(amount) })).toBe(tokens);
  });
});
