import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoUsdPerMillion, usdPerMillion } from '../kernel/money.ts';
import type { Price, RateCard } from '../protocol/rate-card.ts';
import { PRICE_UNITS } from './price-units.ts';
import {
  pricesInputSchema,
  rateCardDocumentSchema,
  rateCardInputSchema,
  readStoredPrices,
  toRateCardDocument,
  writeStoredPrices,
} from './rate-card-schema.ts';

const minute = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const prices: fc.Arbitrary<Price> = fc.record({
  unit: fc.constantFrom(...PRICE_UNITS),
  price: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanoUsdPerMillion),
  aboveInputTokens: optional(fc.nat(10_000_000)),
  utcWindow: optional(fc.record({ from: minute, to: minute })),
  imageSize: optional(fc.constantFrom('1024x1024', '1536x1024')),
  imageQuality: optional(fc.constantFrom('low', 'high')),
  batch: fc.boolean(),
});

test('what the store keeps is read back the same', () => {
  fc.assert(
    fc.property(fc.array(prices), (lines) => {
      expect(readStoredPrices(writeStoredPrices(lines))).toEqual(lines);
    }),
  );
});

test.each([
  '',
  '{}',
  '[{"unit":"input"}]',
  '[{"unit":"input","price":"1.5","batch":false}]',
  '[{"unit":"x","price":"1","batch":false}]',
])('the store holding %j is an error, not a card', (text) => {
  expect(() => readStoredPrices(text)).toThrow();
});

test('what an answer says can be sent back as it is', () => {
  fc.assert(
    fc.property(prices, (line) => {
      const card: RateCard = {
        id: 'rc_1',
        providerId: 'p',
        model: 'm',
        version: 3,
        source: 'operator',
        effectiveFrom: Date.parse('2026-01-02T03:04:05.678Z'),
        prices: [line],
      };
      const document = toRateCardDocument(card);
      expect(rateCardDocumentSchema.parse(document)).toEqual(document);
      const { provider_id, model, effective_from } = document;
      // Through JSON, as it would travel.
      const sent = structuredClone({ provider_id, model, effective_from, prices: document.prices });
      expect(rateCardInputSchema.parse(sent)).toEqual({
        providerId: 'p',
        model: 'm',
        effectiveFrom: card.effectiveFrom,
        prices: [line],
      });
    }),
  );
});

describe('a card that an operator sends', () => {
  test('needs no more than unit and price', () => {
    expect(
      rateCardInputSchema.parse({ provider_id: 'p', model: 'm', prices: [{ unit: 'input', usd_per_million: '2.50' }] }),
    ).toEqual({
      providerId: 'p',
      model: 'm',
      effectiveFrom: undefined,
      prices: [
        {
          unit: 'input',
          price: usdPerMillion('2.5'),
          aboveInputTokens: undefined,
          utcWindow: undefined,
          imageSize: undefined,
          imageQuality: undefined,
          batch: false,
        },
      ],
    });
  });

  test.each([
    ['a number, which may have lost digits', { unit: 'input', usd_per_million: 2.5 }],
    ['a negative price', { unit: 'input', usd_per_million: '-1' }],
    ['more places than a nano-dollar has', { unit: 'input', usd_per_million: '0.0000000001' }],
    ['a price that must be a slip', { unit: 'input', usd_per_million: '1000001' }],
    ['an unknown unit', { unit: 'token', usd_per_million: '1' }],
    ['a time that is none', { unit: 'input', usd_per_million: '1', utc_window: { from: '24:00', to: '1:00' } }],
    ['a tier below zero', { unit: 'input', usd_per_million: '1', above_input_tokens: -1 }],
    ['a word that is not known', { unit: 'input', usd_per_million: '1', per: 'token' }],
  ])('is refused for %s', (_name, line) => {
    expect(pricesInputSchema.safeParse([line]).success).toBe(false);
  });

  test('is refused for two lines that say different prices for one thing', () => {
    const line = { unit: 'input', usd_per_million: '1' };
    expect(pricesInputSchema.safeParse([line, { ...line, usd_per_million: '2' }]).success).toBe(false);
    expect(pricesInputSchema.safeParse([line, { ...line, batch: true }]).success).toBe(true);
  });
});
