import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanoUsd, usdPerMillion } from '../kernel/money.ts';
import type { TokenPrices } from '../protocol/rate-card.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import { type SummedRecord, sumRecords } from '../protocol/usage-sums.ts';
import { createSavingsFinder, type Offer, type SavingsQuery } from './savings.ts';

const AT = Date.UTC(2026, 2, 10);
const CENT = 10_000_000n;

function call(fields: Partial<Omit<SummedRecord, 'usage'>> & { readonly usage?: Partial<Usage> }): SummedRecord {
  return {
    startedAt: AT,
    costNano: nanoUsd(0n),
    projectId: 'p_1',
    operation: 'chat',
    requestedModel: 'big',
    routedModel: 'big',
    providerId: 'dear',
    connectionId: 'c_dear',
    keyId: 'vk_1',
    memberId: undefined,
    application: 'a',
    endUser: undefined,
    tags: undefined,
    usageBasis: 'reported',
    status: 'success',
    corrects: undefined,
    durationMs: 1,
    firstByteMs: undefined,
    streamed: false,
    ...fields,
    usage: { ...NO_USAGE, ...fields.usage },
  };
}

/** Prices in dollars for a million tokens; without a price of its own, what is cached costs what all input does. */
function prices(input: string, output?: string, cached?: string): TokenPrices {
  return {
    ofClass: {
      input_tokens: usdPerMillion(input),
      cached_input_tokens: usdPerMillion(cached ?? input),
      ...(output === undefined ? {} : { output_tokens: usdPerMillion(output) }),
    },
    hasCachedPrice: cached !== undefined,
  };
}

function offer(connection: string, own: TokenPrices | undefined, model = 'big'): Offer {
  return {
    connectionId: `c_${connection}`,
    providerId: connection,
    upstreamModel: model,
    canonicalModel: model,
    prices: own,
  };
}

async function find(records: readonly SummedRecord[], offers: readonly Offer[], query: Partial<SavingsQuery> = {}) {
  const finder = createSavingsFinder({
    store: {
      view: async (_scope, work) =>
        await work({ sums: async (wanted) => sumRecords(records, wanted), isCapped: async () => false }),
    },
  });
  const span = { fromMs: AT - 1000, toMs: AT + 1000, projectIds: undefined };
  return await finder({ organizationId: 'org_1' }, { ...span, offers, ...query });
}

const MILLION_IN = { usage: { inputTokens: 1_000_000, outputTokens: 100_000 } };

describe('a cheaper deployment of the same model', () => {
  it('is told with tokens × price at both, class by class', async () => {
    const offers = [
      offer('dear', prices('3', '15')),
      offer('cheap', prices('2', '10')),
      offer('mid', prices('2.5', '15')),
    ];
    const { cheaper } = await find([call(MILLION_IN), call(MILLION_IN)], offers);
    expect(cheaper).toMatchObject([
      {
        used: { connectionId: 'c_dear' },
        other: { connectionId: 'c_cheap' },
        requests: 2,
        lines: [
          { tokenClass: 'input_tokens', tokens: 2_000_000 },
          { tokenClass: 'output_tokens', tokens: 200_000 },
        ],
        cost: 9_000_000_000n,
        otherCost: 6_000_000_000n,
        saved: 3_000_000_000n,
      },
    ]);
  });

  it.each([
    ['where it is used already', [offer('dear', prices('3', '15'))]],
    ['of another model', [offer('dear', prices('3', '15')), offer('cheap', prices('1', '1'), 'small')]],
    ['whose price is not known', [offer('dear', prices('3', '15')), offer('cheap', undefined)]],
    ['without a price for a class that was used', [offer('dear', prices('3', '15')), offer('cheap', prices('1'))]],
    ['while the own price is not known', [offer('dear', undefined), offer('cheap', prices('1', '1'))]],
    ['that costs as much', [offer('dear', prices('3', '15')), offer('cheap', prices('3', '15'))]],
    ['that costs more', [offer('dear', prices('3', '15')), offer('cheap', prices('4', '15'))]],
    ['in place of what may be called no more', [offer('cheap', prices('1', '1'))]],
  ])('is not told %s', async (_what, offers) => {
    expect((await find([call(MILLION_IN)], offers)).cheaper).toEqual([]);
  });

  it('is not told of calls that are paid for by more than tokens, nor of less than a cent', async () => {
    const offers = [offer('dear', prices('3', '15')), offer('cheap', prices('2', '10'))];
    const searched = call({ usage: { ...MILLION_IN.usage, toolCalls: 1 } });
    expect((await find([searched], offers)).cheaper).toEqual([]);
    expect((await find([call({ usage: { inputTokens: 9_999 } })], offers)).cheaper).toEqual([]);
    expect((await find([call({ usage: { inputTokens: 10_000 } })], offers)).cheaper).toMatchObject([{ saved: CENT }]);
  });

  it('saves what the two costs differ by, never nothing and never more than was spent', async () => {
    const price = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => prices(`${thousandths / 1000}`));
    await fc.assert(
      fc.asyncProperty(price, price, fc.integer({ min: 1, max: 10 ** 9 }), async (own, other, inputTokens) => {
        const { cheaper } = await find([call({ usage: { inputTokens } })], [offer('dear', own), offer('cheap', other)]);
        for (const { cost, otherCost, saved } of cheaper) {
          expect(saved).toBe(cost - otherCost);
          expect(saved > 0n && saved <= cost).toBe(true);
        }
      }),
    );
  });
});

describe('input that the cache did not hold', () => {
  const many = (usage: Partial<Usage>, count = 100) => Array.from({ length: count }, () => call({ usage }));
  const offers = [offer('dear', prices('3', '15', '0.3'))];

  it('is told with what it would have cost at the cached price, at most', async () => {
    const { uncached } = await find(many({ inputTokens: 9_000, cachedInputTokens: 1_000 }), offers);
    expect(uncached).toMatchObject([
      {
        requests: 100,
        averageInputTokens: 10_000,
        inputTokens: 1_000_000,
        cachedTokens: 100_000,
        uncachedTokens: 900_000,
        // 0.9 million tokens × $2.70.
        savedAtMost: 2_430_000_000n,
      },
    ]);
  });

  it.each([
    ['few calls', many({ inputTokens: 10_000 }, 99), offers],
    ['short input', many({ inputTokens: 2_047 }), offers],
    ['input of which a fifth is cached', many({ inputTokens: 8_000, cachedInputTokens: 2_000 }), offers],
    ['a provider without a price of what is cached', many({ inputTokens: 10_000 }), [offer('dear', prices('3', '15'))]],
    ['a provider whose cache costs as much', many({ inputTokens: 10_000 }), [offer('dear', prices('3', '15', '3'))]],
  ])('is not told of %s', async (_what, records, own) => {
    expect((await find(records, own)).uncached).toEqual([]);
  });
});

describe('spend on failed calls', () => {
  it('is summed by model and outcome, the dearest first; what cost nothing is not told', async () => {
    const failed = (status: SummedRecord['status'], costNano: bigint, model = 'big') =>
      call({ status, costNano: nanoUsd(costNano), routedModel: model });
    const found = await find(
      [
        failed('client_closed', 2n * CENT),
        failed('client_closed', CENT),
        failed('cut', 4n * CENT),
        failed('cut', 9n * CENT, 'huge'),
        failed('upstream_error', 0n, 'free'),
        call({ costNano: nanoUsd(100n * CENT) }),
      ],
      [],
    );
    expect(found.failed).toEqual([
      { model: 'huge', requests: 1, cost: 9n * CENT, statuses: [{ status: 'cut', requests: 1, cost: 9n * CENT }] },
      {
        model: 'big',
        requests: 3,
        cost: 7n * CENT,
        statuses: [
          { status: 'client_closed', requests: 2, cost: 3n * CENT },
          { status: 'cut', requests: 1, cost: 4n * CENT },
        ],
      },
    ]);
  });
});

it('holds nothing of projects that may not be seen, and nothing of another time', async () => {
  const offers = [offer('dear', prices('3', '15')), offer('cheap', prices('2', '10'))];
  const records = [call({ ...MILLION_IN, status: 'success' }), call({ status: 'cut', costNano: nanoUsd(CENT) })];
  const nothing = { cheaper: [], uncached: [], failed: [] };
  expect(await find(records, offers, { projectIds: ['p_2'] })).toEqual(nothing);
  expect(await find(records, offers, { fromMs: AT + 1, toMs: AT + 2 })).toEqual(nothing);
  expect(await find(records, offers, { projectIds: ['p_1'] })).toMatchObject({ cheaper: [{}], failed: [{}] });
  await expect(find(records, offers, { fromMs: AT, toMs: AT })).rejects.toMatchObject({ code: 'request.invalid' });
});
