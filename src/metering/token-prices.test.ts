import { describe, expect, it } from 'vitest';
import { usdPerMillion } from '../kernel/money.ts';
import type { Price } from '../protocol/rate-card.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { priceLine } from './price-line.ts';
import { tokenPrices } from './token-prices.ts';

function pricesOf(...lines: readonly (readonly [Price['unit'], string, Partial<Price>?])[]) {
  const prices = lines.map(([unit, usd, conditions]) => ({ ...priceLine(unit, usdPerMillion(usd)), ...conditions }));
  const card = { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0 } as const;
  return tokenPrices(compileRateCard({ ...card, prices }));
}

describe('prices by which sums are charged', () => {
  it('take the price of the whole for a part that has none of its own', () => {
    expect(pricesOf(['input', '2'], ['output', '8'])).toMatchObject({
      ofClass: {
        input_tokens: usdPerMillion('2'),
        cached_input_tokens: usdPerMillion('2'),
        reasoning_tokens: usdPerMillion('8'),
      },
      hasCachedPrice: false,
    });
    expect(pricesOf(['input', '2'], ['cached-input', '0.5'])).toMatchObject({
      ofClass: { cached_input_tokens: usdPerMillion('0.5') },
      hasCachedPrice: true,
    });
  });

  it('leave out what has no price', () => {
    expect(pricesOf(['input', '2'])?.ofClass).not.toHaveProperty('output_tokens');
  });

  it.each([
    ['long', { aboveInputTokens: 200_000 }],
    ['at night', { utcWindow: { from: '16:30', to: '00:30' } }],
  ])('are none where a call that is %s has another', (_what, conditions) => {
    expect(pricesOf(['input', '2'], ['input', '1', conditions])).toBeUndefined();
  });

  it('are none where the call itself is paid for, and those of batches are not looked at', () => {
    expect(pricesOf(['input', '2'], ['request', '5'])).toBeUndefined();
    expect(pricesOf(['input', '2'], ['input', '1', { batch: true }])?.ofClass.input_tokens).toBe(usdPerMillion('2'));
  });
});
