import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PriceUnit, RateCard } from '../protocol/rate-card.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { successorCards } from './card-versions.ts';
import { type Charge, charge } from './charge.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { isBoundedPattern, type MatchClause } from './match-clause.ts';
import { openSeed, type Seed } from './seed.ts';
import { pricePeriods } from './seed-prices.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const PROVIDERS = [
  'openai',
  'anthropic',
  'google',
  'deepseek',
  'x-ai',
  'mistral',
  'groq',
  'aws',
  'azure',
  'openrouter',
];
/** Dollars at which a sum of the library's floating-point products may differ from the exact one. */
const FLOAT_NOISE = 1e-12;

let seed: Seed;
beforeAll(async () => {
  seed = await openSeed();
});

function cardsOf(pricingId: string, upstreamModel: string, now = NOW): readonly RateCard[] {
  return successorCards([], seed.findCards({ providerId: 'here', pricingId, upstreamModel, now }), now);
}

type Tokens = { readonly fresh: number; readonly cached: number; readonly written: number; readonly output: number };

function chargeOf(card: RateCard, tokens: Tokens, at: number): Charge {
  const usage = {
    ...NO_USAGE,
    inputTokens: tokens.fresh,
    cachedInputTokens: tokens.cached,
    cacheWrite5mTokens: tokens.written,
    outputTokens: tokens.output,
  };
  return charge(compileRateCard(card), { usage, at });
}

function libraryPrice(providerId: string, model: string, tokens: Tokens, at: number): number | undefined {
  return calcPrice(
    {
      input_tokens: tokens.fresh + tokens.cached + tokens.written,
      cache_read_tokens: tokens.cached,
      cache_write_tokens: tokens.written,
      output_tokens: tokens.output,
    },
    model,
    { providerId, timestamp: new Date(at) },
  )?.total_price;
}

describe('the catalogue library charges the same', () => {
  const calls: readonly Tokens[] = [
    { fresh: 1000, cached: 0, written: 0, output: 0 },
    { fresh: 1234, cached: 777, written: 55, output: 321 },
    { fresh: 150_000, cached: 50_000, written: 0, output: 10_000 },
    { fresh: 150_000, cached: 50_000, written: 1, output: 10_000 },
    { fresh: 900_000, cached: 10, written: 10, output: 10 },
  ];
  // Inside and outside of every daily window that the library has.
  const times = ['2026-11-23T02:00:00Z', '2026-11-23T05:00:00Z', '2026-11-23T08:00:00Z', '2026-11-23T20:00:00Z'];

  test.each(PROVIDERS)('for every model of %s that a card can hold', (pricingId) => {
    const models = findProvider({ providerId: pricingId })?.models ?? [];
    let compared = 0;
    for (const { id } of models) {
      const [card] = cardsOf(pricingId, id);
      if (card === undefined) continue;
      for (const tokens of calls) {
        for (const time of times) {
          const at = Date.parse(time);
          const { costNano, missing } = chargeOf(card, tokens, at);
          if (missing.length > 0) continue;
          const expected = libraryPrice(pricingId, id, tokens, at) ?? Number.NaN;
          const cost = Number(costNano) / 1e9;
          expect(cost - expected, `${id} at ${time}`).toBeGreaterThanOrEqual(-FLOAT_NOISE * Math.max(1, expected));
          expect(cost - expected, `${id} at ${time}`).toBeLessThan(1.000001e-9 + FLOAT_NOISE * Math.max(1, expected));
          compared += 1;
        }
      }
    }
    expect(compared).toBeGreaterThan(models.length);
  });
});

describe('finding a model', () => {
  const inputPrice = (pricingId: string, model: string): bigint | undefined =>
    cardsOf(pricingId, model)[0]?.prices.find(({ unit }) => unit === 'input')?.price;

  test.each([
    ['openai', 'gpt-4o-mini', 150_000_000n],
    ['openai', 'GPT-4o-mini', 150_000_000n],
    ['openai', 'gpt-4o-mini-2024-07-18', 150_000_000n],
    ['openai', 'gpt-4o-mini-20240718', 150_000_000n],
    ['anthropic', 'claude-sonnet-4-5-20250929', 3_000_000_000n],
    ['azure', 'gpt-4o-mini', 150_000_000n],
    ['openai', 'no-such-model', undefined],
    ['no-such-provider', 'gpt-4o-mini', undefined],
  ])('%s %s', (pricingId, model, price) => {
    expect(inputPrice(pricingId, model)).toBe(price);
  });

  test('the card is for the id that was asked for, at the hub’s own provider', () => {
    expect(cardsOf('openai', 'gpt-4o-mini-2024-07-18')[0]).toMatchObject({
      providerId: 'here',
      model: 'gpt-4o-mini-2024-07-18',
      source: 'catalogue',
      version: 1,
    });
  });

  test('the same content gives the same id', () => {
    expect(cardsOf('openai', 'gpt-4o-mini')).toEqual(cardsOf('openai', 'gpt-4o-mini'));
    expect(cardsOf('openai', 'gpt-4o-mini')[0]?.id).not.toBe(cardsOf('openai', 'gpt-4o')[0]?.id);
  });

  test('a model whose answers hold pictures has their own price', () => {
    const [card] = cardsOf('google', 'gemini-2.5-flash-image');
    const price = card?.prices.find(({ unit }) => unit === 'image-output')?.price;
    expect(price).toBe(30_000_000_000n);
  });

  test('a model that reads films at a price of their own has no card, rather than one that is too cheap', () => {
    expect(cardsOf('google', 'gemini-embedding-2')).toEqual([]);
  });

  test('every pattern in the library is one that is evaluated', () => {
    const patternsOf = (clause: MatchClause): readonly string[] => {
      if ('or' in clause) return clause.or.flatMap(patternsOf);
      if ('and' in clause) return clause.and.flatMap(patternsOf);
      return 'regex' in clause ? [clause.regex] : [];
    };
    const patterns = PROVIDERS.flatMap((providerId) => findProvider({ providerId })?.models ?? []).flatMap((model) =>
      patternsOf(model.match),
    );
    expect(patterns.length).toBeGreaterThan(20);
    expect(patterns.filter((pattern) => !isBoundedPattern(pattern))).toEqual([]);
  });
});

describe('periods', () => {
  const prices = (input: number): { readonly input_mtok: number } => ({ input_mtok: input });
  const from = (date: string): { readonly type: 'start_date'; readonly start_date: string } => ({
    type: 'start_date',
    start_date: date,
  });
  const day = (date: string): number => Date.parse(`${date}T00:00:00Z`);
  const starts = (now: string): readonly number[] =>
    pricePeriods(
      [
        { prices: prices(1) },
        { constraint: from('2026-01-01'), prices: prices(2) },
        { constraint: from('2027-01-01'), prices: prices(3) },
      ],
      day(now),
    ).map((period) => period.from);

  test('are the current one and those to come', () => {
    expect(starts('2025-06-01')).toEqual([0, day('2026-01-01'), day('2027-01-01')]);
    expect(starts('2026-01-01')).toEqual([day('2026-01-01'), day('2027-01-01')]);
    expect(starts('2028-01-01')).toEqual([day('2027-01-01')]);
  });

  test('keep a daily window in UTC, in which a part without a price is billed as its whole', () => {
    const [period] = pricePeriods(
      [
        { prices: { input_mtok: 2, cache_read_mtok: 1 } },
        {
          constraint: { type: 'time_of_date', start_time: '08:30:00+08:00', end_time: '00:00:00Z' },
          prices: prices(4),
        },
      ],
      0,
    );
    const window = { from: '00:30', to: '00:00' };
    expect(period?.prices.map(({ unit, price, utcWindow }) => [unit, price, utcWindow])).toEqual([
      ['input', 2_000_000_000n, undefined],
      ['cached-input', 1_000_000_000n, undefined],
      ['input', 4_000_000_000n, window],
      ['cached-input', 4_000_000_000n, window],
    ]);
  });

  test.each<[string, number, PriceUnit, bigint]>([
    ['input_mtok', 0.1, 'input', 100_000_000n],
    ['input_mtok', 0.18000000000000002, 'input', 180_000_000n],
    ['input_mtok', 1e-7, 'input', 100n],
    ['requests_kcount', 12, 'request', 12_000_000_000_000n],
    ['web_searches_kcount', 10, 'tool-call', 10_000_000_000_000n],
    ['audio_hours', 0.36, 'audio-second', 100_000_000_000n],
  ])('%s %d is %s at %d', (key, amount, unit, price) => {
    expect(pricePeriods([{ prices: { [key]: amount } }], 0)[0]?.prices).toMatchObject([{ unit, price }]);
  });

  test('a price by something that a card does not know leaves the model without one', () => {
    expect(pricePeriods([{ prices: { input_mtok: 1, input_document_kpages: 2 } }], 0)).toEqual([]);
    expect(pricePeriods([], 0)).toEqual([]);
  });
});
