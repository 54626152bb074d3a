import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUsd, usdPerMillion } from '../kernel/money.ts';
import type { Price, PriceUnit, RateCard } from '../protocol/rate-card.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { charge } from './charge.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { localRateCard } from './local-card.ts';
import { priceLine } from './price-line.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');

function line(unit: PriceUnit, usd: string, conditions: Partial<Price> = {}): Price {
  return { ...priceLine(unit, usdPerMillion(usd)), ...conditions };
}

function card(prices: readonly Price[]): RateCard {
  return { id: 'rc_1', providerId: 'p', model: 'm', version: 1, source: 'operator', effectiveFrom: 0, prices };
}

function cost(prices: readonly Price[], usage: Partial<Usage>, call: { at?: number; isBatch?: boolean } = {}): string {
  const { costNano, missing } = charge(compileRateCard(card(prices)), {
    at: NOON,
    ...call,
    usage: { ...NO_USAGE, ...usage },
  });
  return costNano === undefined ? `unpriced ${missing.join(' ')}`.trim() : formatUsd(costNano);
}

const FULL = [
  line('input', '1'),
  line('cached-input', '0.1'),
  line('cache-write-5m', '1.25'),
  line('cache-write-1h', '2'),
  line('audio-input', '10'),
  line('output', '4'),
  line('reasoning', '5'),
  line('audio-output', '20'),
  line('tool-call', '10000'),
  line('audio-second', '100'),
  line('character', '15'),
];
const PLAIN = [line('input', '1'), line('output', '4')];

describe('each class is charged at its own price', () => {
  test.each<[keyof Usage, string, string]>([
    ['inputTokens', '0.001', '0.001'],
    ['cachedInputTokens', '0.0001', '0.001'],
    ['cacheWrite5mTokens', '0.00125', '0.001'],
    ['cacheWrite1hTokens', '0.002', '0.001'],
    ['audioInputTokens', '0.01', '0.001'],
    ['outputTokens', '0.004', '0.004'],
    ['reasoningTokens', '0.005', '0.004'],
    ['audioOutputTokens', '0.02', '0.004'],
    ['toolCalls', '10', 'unpriced tool-call'],
    ['seconds', '0.1', 'unpriced audio-second'],
    ['characters', '0.015', 'unpriced character'],
    ['images', 'unpriced image', 'unpriced image'],
  ])('a thousand %s cost %s, and %s by a card of two lines', (field, full, plain) => {
    expect(cost(FULL, { [field]: 1000 })).toBe(full);
    expect(cost(PLAIN, { [field]: 1000 })).toBe(plain);
  });

  test('a one-hour write without its own price is charged as a five-minute one', () => {
    expect(cost([...PLAIN, line('cache-write-5m', '1.25')], { cacheWrite1hTokens: 1000 })).toBe('0.00125');
  });

  test('a price by the minute is spread over its seconds, and a video second is one, too', () => {
    expect(cost([line('minute', '6000')], { seconds: 90 })).toBe('0.009');
    expect(cost([line('video-second', '100000')], { seconds: 8 })).toBe('0.8');
  });

  test('the request itself costs once', () => {
    expect(cost([...PLAIN, line('request', '5000')], { inputTokens: 1000, outputTokens: 0 })).toBe('0.006');
  });
});

describe('what is not known is not zero', () => {
  test('every used unit without a price is named', () => {
    expect(cost([line('input', '1')], { inputTokens: 1, outputTokens: 1, toolCalls: 2 })).toBe(
      'unpriced output tool-call',
    );
  });

  test('a class that was told to be zero needs no price', () => {
    expect(cost([line('input', '1')], { inputTokens: 1000, outputTokens: 0, toolCalls: 0, images: 0 })).toBe('0.001');
  });

  test('a call of which nothing was told has no cost', () => {
    expect(cost(FULL, {})).toBe('unpriced');
    expect(cost([...PLAIN, line('request', '5')], {})).toBe('unpriced');
  });

  test('a card without lines prices nothing', () => {
    expect(cost([], { inputTokens: 1 })).toBe('unpriced input');
  });

  test('zero for input alone does not make output free', () => {
    expect(cost([line('input', '0')], { inputTokens: 5, outputTokens: 5 })).toBe('unpriced output');
  });

  test('a local model is free whatever it used, told or not', () => {
    const local = compileRateCard(localRateCard('local', 'tiny'));
    const used = { ...NO_USAGE, inputTokens: 9, images: 3, seconds: 1, toolCalls: 4 };
    expect(charge(local, { usage: used, at: NOON })).toEqual({ costNano: 0n, missing: [] });
    expect(charge(local, { usage: NO_USAGE, at: NOON })).toEqual({ costNano: 0n, missing: [] });
  });
});

describe('context tiers', () => {
  const tiered = [
    ...PLAIN,
    line('input', '2', { aboveInputTokens: 1000 }),
    line('output', '6', { aboveInputTokens: 1000 }),
    line('input', '3', { aboveInputTokens: 5000 }),
  ];

  test.each([
    [999, '0.004999'],
    [1000, '0.005'],
    [1001, '0.008002'],
    [5000, '0.016'],
    [5001, '0.021003'],
  ])('%d tokens of input and 1000 of output', (inputTokens, expected) => {
    expect(cost(tiered, { inputTokens, outputTokens: 1000 })).toBe(expected);
  });

  test('are measured by everything that was sent, and then price all of the call', () => {
    const usage = {
      inputTokens: 1,
      cachedInputTokens: 250,
      cacheWrite5mTokens: 250,
      cacheWrite1hTokens: 250,
      audioInputTokens: 250,
    };
    expect(cost(tiered, usage)).toBe('0.002002');
  });

  test('a part with a price of its own keeps it in every tier that does not change it', () => {
    expect(cost([...tiered, line('cached-input', '0.1')], { inputTokens: 0, cachedInputTokens: 2000 })).toBe('0.0002');
  });
});

describe('times of day', () => {
  const night = { from: '22:30', to: '06:00' };
  const timed = [...PLAIN, line('input', '0.5', { utcWindow: night })];

  test.each([
    ['22:29:59', '0.001'],
    ['22:30:00', '0.0005'],
    ['23:59:59', '0.0005'],
    ['00:00:00', '0.0005'],
    ['05:59:59', '0.0005'],
    ['06:00:00', '0.001'],
  ])('a call that starts at %s', (time, expected) => {
    expect(cost(timed, { inputTokens: 1000 }, { at: Date.parse(`2026-11-23T${time}Z`) })).toBe(expected);
  });

  test('where two windows meet, the later line wins', () => {
    const both = [...timed, line('input', '0.25', { utcWindow: { from: '23:00', to: '01:00' } })];
    expect(cost(both, { inputTokens: 1000 }, { at: Date.parse('2026-11-23T22:45:00Z') })).toBe('0.0005');
    expect(cost(both, { inputTokens: 1000 }, { at: Date.parse('2026-11-23T23:00:00Z') })).toBe('0.00025');
    expect(cost(both, { inputTokens: 1000 }, { at: Date.parse('2026-11-23T01:00:00Z') })).toBe('0.0005');
  });

  test('a window that ends where it starts is the whole day', () => {
    const always = [line('input', '1'), line('input', '2', { utcWindow: { from: '08:00', to: '08:00' } })];
    expect(cost(always, { inputTokens: 1000 })).toBe('0.002');
  });
});

test('a card that was used before charges the next call by its own tier, time and kind', () => {
  const prices = [
    line('input', '1'),
    line('input', '2', { aboveInputTokens: 1000 }),
    line('input', '8', { utcWindow: { from: '08:00', to: '09:00' } }),
    line('input', '0.5', { batch: true }),
  ];
  const times = ['07:59', '08:00', '08:59', '09:00'].map((time) => Date.parse(`2026-11-23T${time}:00Z`));
  const used = compileRateCard(card(prices));
  const calls = fc.record({
    inputTokens: fc.constantFrom(0, 999, 1000, 1001, 5000),
    at: fc.constantFrom(...times),
    isBatch: fc.boolean(),
  });
  fc.assert(
    fc.property(calls, ({ inputTokens, at, isBatch }) => {
      const call = { usage: { ...NO_USAGE, inputTokens }, at, isBatch };
      expect(charge(used, call)).toEqual(charge(compileRateCard(card(prices)), call));
    }),
  );
});

test('batch prices are for batch calls only, and beat a time of day', () => {
  const prices = [
    line('input', '1'),
    line('input', '0.5', { batch: true }),
    line('input', '2', { utcWindow: { from: '00:00', to: '23:59' } }),
  ];
  expect(cost(prices, { inputTokens: 1000 }, { isBatch: true })).toBe('0.0005');
  expect(cost(prices, { inputTokens: 1000 })).toBe('0.002');
});

test('pictures with a price by the piece are paid for once, though they are told in tokens as well', () => {
  const byPiece = compileRateCard(card([line('image', '30000')]));
  const usage = { ...NO_USAGE, images: 2, imageOutputTokens: 32_768 };
  expect(charge(byPiece, { usage, at: NOON })).toEqual({ costNano: 60_000_000n, missing: [] });
});

test('a picture is paid for once: by its tokens where those have a price of their own, else by the piece', () => {
  const usage = { ...NO_USAGE, images: 2, outputTokens: 10, imageOutputTokens: 1000 };
  const costOf = (...lines: readonly Price[]): bigint | undefined =>
    charge(compileRateCard(card(lines)), { usage, at: NOON }).costNano;
  // 10 tokens of text at 3 and 2 pictures at 30,000 dollars a million, whatever their tokens would come to as text.
  expect(costOf(line('output', '3'), line('image', '30000'))).toBe(30_000n + 60_000_000n);
  // The same text, and 1,000 tokens of pictures at 40.
  expect(costOf(line('output', '3'), line('image', '30000'), line('image-output', '40'))).toBe(30_000n + 40_000_000n);
});

test('images are priced by size and quality, most specific first', () => {
  const compiled = compileRateCard(
    card([
      line('image', '40000'),
      line('image', '80000', { imageSize: '1536x1024' }),
      line('image', '160000', { imageSize: '1536x1024', imageQuality: 'high' }),
    ]),
  );
  const priceOf = (made: { imageSize?: string; imageQuality?: string }): bigint | undefined =>
    charge(compiled, { usage: { ...NO_USAGE, images: 2 }, at: NOON, ...made }).costNano;
  expect(priceOf({})).toBe(80_000_000n);
  expect(priceOf({ imageSize: '1536x1024' })).toBe(160_000_000n);
  expect(priceOf({ imageSize: '1536x1024', imageQuality: 'high' })).toBe(320_000_000n);
});

describe('for any usage', () => {
  const count = fc.nat(10_000_000);
  const usages = fc.record({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    toolCalls: fc.nat(50),
  });
  const compiled = compileRateCard(card(FULL));
  const costOf = (usage: Partial<Usage>): bigint =>
    charge(compiled, { usage: { ...NO_USAGE, ...usage }, at: NOON }).costNano ?? -1n;

  test('a cost is never negative, and using more never costs less', () => {
    fc.assert(
      fc.property(usages, usages, (usage, more) => {
        expect(costOf(usage)).toBeGreaterThanOrEqual(0n);
        const sum = {
          inputTokens: usage.inputTokens + more.inputTokens,
          cachedInputTokens: usage.cachedInputTokens + more.cachedInputTokens,
          outputTokens: usage.outputTokens + more.outputTokens,
          reasoningTokens: usage.reasoningTokens + more.reasoningTokens,
          toolCalls: usage.toolCalls + more.toolCalls,
        };
        expect(costOf(sum)).toBeGreaterThanOrEqual(costOf(usage));
        // Two calls are rounded up twice, one call once.
        const apart = costOf(usage) + costOf(more);
        expect(apart - costOf(sum)).toBeOneOf([0n, 1n]);
      }),
    );
  });

  test('moving tokens between classes of one price changes nothing', () => {
    fc.assert(
      fc.property(count, count, (a, b) => {
        expect(cost(PLAIN, { inputTokens: a + b, outputTokens: 0 })).toBe(
          cost(PLAIN, { inputTokens: a, cachedInputTokens: b, outputTokens: 0 }),
        );
      }),
    );
  });

  test('the greatest count there is stays exact', () => {
    expect(cost([line('input', '0.000000001')], { inputTokens: Number.MAX_SAFE_INTEGER })).toBe('9.007199255');
    expect(costOf({ inputTokens: Number.MAX_SAFE_INTEGER })).toBe(9_007_199_254_740_991_000n);
  });
});
