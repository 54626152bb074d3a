import { describe, expect, it, test } from 'vitest';
import { nanoUsd, usdPerMillion } from '../kernel/money.ts';
import { BROKEN_STREAM_POLICIES, type BrokenStreamPolicy } from '../protocol/broken-streams.ts';
import type { Operation } from '../protocol/operation.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { priceLine } from './price-line.ts';
import { type CallTerms, settleCall } from './settle-call.ts';

/** A nano-credit for a token that goes in, ten for one that comes out; a picture and a second of film are a thousand. */
function termsOf(brokenStreams: BrokenStreamPolicy): CallTerms {
  const cost = compileRateCard({
    id: 'rc_1',
    providerId: 'acme',
    model: 'large',
    version: 1,
    source: 'provider',
    effectiveFrom: 0,
    prices: [
      priceLine('input', usdPerMillion('0.001')),
      priceLine('output', usdPerMillion('0.01')),
      priceLine('audio-output', usdPerMillion('0.02')),
      priceLine('image', usdPerMillion('1')),
      priceLine('video-second', usdPerMillion('1')),
    ],
  });
  const rest = { marginMillionths: 0, list: undefined, isBelowCostAllowed: false, ruleId: undefined };
  return { ...rest, cost, creditPrice: nanoUsd(1_000_000_000n), brokenStreams };
}

type Used = {
  readonly usage: Partial<Usage>;
  readonly usageBasis?: 'reported' | 'estimated';
  readonly deliveredTokens: number | undefined;
  readonly operation?: Operation;
};

function settle(policy: BrokenStreamPolicy, { usage, usageBasis = 'reported', operation = 'chat', ...used }: Used) {
  const call = { usage: { ...NO_USAGE, ...usage }, at: 0 };
  return settleCall(termsOf(policy), { call, usageBasis, operation, ...used });
}

/** What is on the record of an answer that broke off: what its provider has told, else what the hub has counted. */
const REPORTED_MORE = {
  usage: { inputTokens: 100, outputTokens: 50, reasoningTokens: 30 },
  usageBasis: 'reported',
} as const;
const REPORTED_NOTHING = { usage: { inputTokens: 120, outputTokens: 0 }, usageBasis: 'estimated' } as const;
const COUNTED = { usage: { inputTokens: 120, outputTokens: 20 }, usageBasis: 'estimated' } as const;

describe('an answer that broke off', () => {
  test.each([
    // policy, delivered, on the record, price, basis, waived
    ['bill-provider-usage', 20, REPORTED_MORE, 900n, 'reported', false],
    ['bill-provider-usage', 20, COUNTED, 320n, 'estimated', false],
    ['bill-provider-usage', 0, REPORTED_MORE, 900n, 'reported', false],
    ['bill-provider-usage', 0, REPORTED_NOTHING, 120n, 'estimated', false],
    ['bill-received', 20, REPORTED_MORE, 300n, 'estimated', false],
    ['bill-received', 20, COUNTED, 320n, 'estimated', false],
    ['bill-received', 0, REPORTED_MORE, 100n, 'estimated', false],
    ['bill-received', 0, REPORTED_NOTHING, 120n, 'estimated', false],
    ['waive-if-nothing-delivered', 20, REPORTED_MORE, 900n, 'reported', false],
    ['waive-if-nothing-delivered', 20, COUNTED, 320n, 'estimated', false],
    ['waive-if-nothing-delivered', 0, REPORTED_MORE, 0n, 'reported', true],
    ['waive-if-nothing-delivered', 0, REPORTED_NOTHING, 0n, 'estimated', true],
  ] as const)('%s, %i tokens delivered, %o: %d', (policy, deliveredTokens, onRecord, price, basis, isWaived) => {
    const settled = settle(policy, { ...onRecord, deliveredTokens });
    expect(settled).toMatchObject({ priceNano: price, usageBasis: basis, broken: { policy, isWaived } });
  });

  it.each(BROKEN_STREAM_POLICIES)('costs the operator the same, whatever is charged: %s', (policy) => {
    expect(settle(policy, { ...REPORTED_MORE, deliveredTokens: 0 }).costNano).toBe(nanoUsd(900n));
  });

  it('is charged sound that arrived at the price of sound, and no more of it than arrived', () => {
    const usage = { inputTokens: 100, outputTokens: 5, audioOutputTokens: 12 };
    expect(settle('bill-received', { usage, deliveredTokens: 20 }).priceNano).toBe(100n + 12n * 20n + 8n * 10n);
    expect(settle('bill-received', { usage, deliveredTokens: 7 }).priceNano).toBe(100n + 7n * 20n);
  });

  it.each([
    [1, 1000n],
    [0, 0n],
  ])('is charged pictures once any of them arrived: %i events', (deliveredTokens, price) => {
    const used = { usage: { images: 1 }, deliveredTokens, operation: 'images' } as const;
    expect(settle('bill-received', used).priceNano).toBe(price);
  });
});

it.each([
  ['bill-provider-usage', 8000n],
  ['bill-received', 0n],
  ['waive-if-nothing-delivered', 0n],
] as const)('a film whose provider never answered is output of which nothing arrived: %s', (policy, price) => {
  const used = { usage: { seconds: 8 }, usageBasis: 'estimated', deliveredTokens: 0, operation: 'videos' } as const;
  expect(settle(policy, used).priceNano).toBe(price);
});

describe('a complete answer', () => {
  it.each(BROKEN_STREAM_POLICIES)('is charged what it used, without a policy: %s', (policy) => {
    const settled = settle(policy, { usage: { inputTokens: 100, outputTokens: 0 }, deliveredTokens: undefined });
    expect(settled).toMatchObject({ priceNano: 100n, usageBasis: 'reported', broken: undefined });
  });
});
