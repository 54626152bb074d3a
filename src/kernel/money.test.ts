import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addNano,
  costInCredits,
  formatUsd,
  formatUsdPerMillion,
  marginPercent,
  meanNano,
  nanoCredits,
  nanoUsd,
  nanoUsdPerMillion,
  parseCredits,
  pricePerPart,
  sumPriced,
  usdPerMillion,
  usdPerUnit,
  usdPerUnits,
  usdToNano,
  ZERO_NANO_USD,
} from './money.ts';

describe('reading dollars', () => {
  test.each([
    ['0', 0n],
    ['0.00', 0n],
    ['1', 1_000_000_000n],
    ['12.5', 12_500_000_000n],
    ['0.0375', 37_500_000n],
    ['1e-7', 100n],
    ['1.5E+2', 150_000_000_000n],
    ['5.', 5_000_000_000n],
    ['9007199254740993', 9_007_199_254_740_993_000_000_000n],
    ['0.0000000001', 1n],
    ['0.0000000010000000001', 2n],
  ])('%s dollars are %d nano-dollars, rounded up', (text, nano) => {
    expect(usdToNano(text)).toBe(nano);
    expect(usdPerMillion(text)).toBe(nano);
  });

  test.each(['', '-1', '+1', ' 1', '1 ', '.5', '1,5', '1e', '0x10', 'NaN', 'Infinity', '1e9999', '1'.repeat(31)])(
    '%j is not an amount',
    (text) => {
      expect(() => usdToNano(text)).toThrow(RangeError);
    },
  );

  test('a price for one unit, a thousand or an hour becomes a price for a million', () => {
    expect(usdPerUnit('0.00000015')).toBe(usdPerMillion('0.15'));
    expect(usdPerUnits('10', 1000n)).toBe(usdPerMillion('10000'));
    expect(usdPerUnits('0.36', 3600n)).toBe(usdPerMillion('100'));
    // A third of a cent for a second cannot be written down: it is rounded up.
    expect(usdPerUnits('0.01', 3n)).toBe(3_333_333_333_334n);
    expect(pricePerPart(nanoUsdPerMillion(61n), 60n)).toBe(2n);
  });
});

describe('writing dollars', () => {
  test.each([
    [0n, '0'],
    [1n, '0.000000001'],
    [1500n, '0.0000015'],
    [1_000_000_000n, '1'],
    [9_007_199_254_740_993n, '9007199.254740993'],
    [-1_500_000_000n, '-1.5'],
    [-1n, '-0.000000001'],
  ])('%d nano-dollars are %s dollars', (nano, text) => {
    expect(formatUsd(nanoUsd(nano))).toBe(text);
  });

  test('what is written is read back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (nano) => {
        expect(usdToNano(formatUsd(nanoUsd(nano)))).toBe(nano);
        expect(usdPerMillion(formatUsdPerMillion(nanoUsdPerMillion(nano)))).toBe(nano);
      }),
    );
  });
});

describe('adding up', () => {
  test('nothing costs nothing', () => {
    expect(sumPriced([])).toBe(ZERO_NANO_USD);
  });

  test('the total is rounded up once, not line by line', () => {
    const third = { units: 1, price: nanoUsdPerMillion(333_333n) };
    expect(sumPriced([third])).toBe(1n);
    expect(sumPriced([third, third, third])).toBe(1n);
    expect(sumPriced([third, third, third, third])).toBe(2n);
  });

  test('counts beyond what a floating-point product could hold stay exact', () => {
    const price = usdPerMillion('3.000000001');
    const most = Number.MAX_SAFE_INTEGER;
    expect(sumPriced([{ units: most, price }])).toBe((9_007_199_254_740_991n * 3_000_000_001n + 999_999n) / 1_000_000n);
  });

  test('neither order nor splitting a line changes the total', () => {
    const line = fc.record({ units: fc.nat(), price: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanoUsdPerMillion) });
    fc.assert(
      fc.property(fc.array(line), fc.nat(), (lines, cut) => {
        const total = sumPriced(lines);
        expect(sumPriced(lines.toReversed())).toBe(total);
        const split = lines.flatMap(({ units, price }) => {
          const first = units === 0 ? 0 : cut % units;
          return [
            { units: first, price },
            { units: units - first, price },
          ];
        });
        expect(sumPriced(split)).toBe(total);
      }),
    );
  });

  test('a fraction of a second counts to its sixth place, and is rounded up with the whole sum', () => {
    // A second at 0.0001 dollars: 12.5 seconds are 1,250,000 nano-dollars.
    expect(sumPriced([{ units: 12.5, price: usdPerUnit('0.0001') }])).toBe(1_250_000n);
    expect(sumPriced([{ units: 0.000001, price: usdPerMillion('1') }])).toBe(1n);
    const price = usdPerMillion('0.3');
    expect(
      sumPriced([
        { units: 1.25, price },
        { units: 2, price },
      ]),
    ).toBe(sumPriced([{ units: 3.25, price }]));
  });

  test('amounts add', () => {
    expect(addNano(nanoUsd(2n), nanoUsd(3n))).toBe(5n);
  });

  test('a mean lies between the smallest and the largest, and is rounded up', () => {
    expect(meanNano([nanoUsd(1n), nanoUsd(2n)])).toBe(2n);
    expect(meanNano([nanoUsd(-1n), nanoUsd(-2n)])).toBe(-1n);
    expect(meanNano([nanoUsd(7n), nanoUsd(7n), nanoUsd(7n)])).toBe(7n);
  });
});

test.each<[string, bigint | undefined]>([
  ['12.5', 12_500_000_000n],
  ['0.000000001', 1n],
  ['007', 7_000_000_000n],
  ['1000000000', 1_000_000_000_000_000_000n],
  ['1000000000.000000001', undefined],
  ['0', undefined],
  ['0.0000000001', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['1e3', undefined],
  ['1.', undefined],
  ['.5', undefined],
  [' 1', undefined],
  ['', undefined],
])('%j credits are %s nano-credits, exactly or not at all', (text, nano) => {
  expect(parseCredits(text)).toBe(nano);
});

describe('a margin', () => {
  test.each([
    [120n, 100n, '20'],
    [100n, 300n, '-66.6667'],
    [400n, 300n, '33.3333'],
    [0n, 7n, '-100'],
    [-7n, 7n, '-200'],
  ])('of %d on a cost of %d is %s percent, cut down', (revenue, cost, percent) => {
    expect(marginPercent(nanoCredits(revenue), nanoCredits(cost))).toBe(percent);
  });

  test.each([0n, -5n])('on a cost of %d is none', (cost) => {
    expect(marginPercent(nanoCredits(5n), nanoCredits(cost))).toBeUndefined();
  });

  test('is taken on a cost in credits that is rounded up, also below zero', () => {
    expect([7n, 0n, -5n].map((cost) => costInCredits(nanoUsd(cost), nanoUsd(700_000_000n)))).toEqual([10n, 0n, -7n]);
    expect(costInCredits(nanoUsd(5n), nanoUsd(700_000_000n))).toBe(8n);
  });
});
