import { describe, expect, it } from 'vitest';
import { formatCredits } from '../kernel/money.ts';
import type { CreditSale } from '../protocol/payments.ts';
import { readAmount, writeAmount } from './currency.ts';
import { priceOf, type Wanted } from './sale.ts';

describe('an amount of a currency', () => {
  it.each([
    ['12.5', 'USD', 1250n, '12.50'],
    ['0.01', 'EUR', 1n, '0.01'],
    ['1500', 'JPY', 1500n, '1500'],
    ['320', 'TWD', 32_000n, '320.00'],
    ['5', 'ISK', 500n, '5.00'],
    ['5', 'UGX', 500n, '5.00'],
    ['1.250', 'KWD', 1250n, '1.250'],
    ['999999999999', 'USD', 99_999_999_999_900n, '999999999999.00'],
  ])('%s %s is counted as the services count it', (text, currency, minor, written) => {
    const amount = readAmount(text, currency);
    expect(amount).toBe(minor);
    if (amount !== undefined) expect(writeAmount(amount, currency)).toBe(written);
  });

  it.each([
    ['12.505', 'USD'],
    ['1500.5', 'JPY'],
    ['320.5', 'TWD'],
    ['5.50', 'HUF'],
    ['1.255', 'KWD'],
    ['0', 'USD'],
    ['0.00', 'USD'],
    ['-1', 'USD'],
    ['1e3', 'USD'],
    ['', 'USD'],
    ['1,000', 'USD'],
    ['1234567890123', 'USD'],
  ])('%s %s cannot be paid', (text, currency) => {
    expect(readAmount(text, currency)).toBeUndefined();
  });
});

describe('what is bought', () => {
  const sale: CreditSale = {
    packs: [{ id: 'ten', name: 'Ten', credits: '10', prices: [{ currency: 'TWD', amount: '320' }] }],
    amounts: [
      { currency: 'USD', creditPrice: '1', least: '5', most: '500' },
      { currency: 'EUR', creditPrice: '0.93', least: '5', most: '500' },
      { currency: 'JPY', creditPrice: '151.25', least: '100', most: '100000' },
      { currency: 'TWD', creditPrice: '32.123456789', least: '100', most: '10000' },
    ],
    lastsDays: undefined,
  };
  it.each<[Wanted, bigint, string]>([
    [{ currency: 'TWD', packId: 'ten' }, 32_000n, '10'],
    [{ currency: 'USD', amount: '12.34' }, 1234n, '12.34'],
    // What a part of a nano-credit would cost is not given.
    [{ currency: 'EUR', amount: '5' }, 500n, '5.376344086'],
    [{ currency: 'JPY', amount: '1000' }, 1000n, '6.611570247'],
    [{ currency: 'TWD', amount: '100' }, 10_000n, '3.112990007'],
  ])('%j costs and gives', (wanted, minor, credits) => {
    const { amountMinor, creditsNano } = priceOf(sale, wanted);
    expect([amountMinor, formatCredits(creditsNano)]).toEqual([minor, credits]);
  });

  it('is nothing where nothing is sold', () => {
    expect(() => priceOf(undefined, { currency: 'USD', amount: '5' })).toThrow(
      expect.objectContaining({ code: 'payment.unavailable' }),
    );
  });
});
