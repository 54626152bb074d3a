import { describe, expect, test } from 'vitest';
import { usdPerMillion } from '../kernel/money.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { priceLine } from './price-line.ts';
import { createCardResolver } from './resolve-card.ts';

const PRICES = [priceLine('input', usdPerMillion('1'))];

function card(id: string, change: Partial<RateCard>): RateCard {
  return {
    id,
    providerId: 'p',
    model: 'm',
    version: 1,
    source: 'catalogue',
    effectiveFrom: 0,
    prices: PRICES,
    ...change,
  };
}

function resolved(cards: readonly RateCard[], at: number, query: { model?: string; isLocal?: boolean } = {}): string {
  const found = createCardResolver(cards)({
    providerId: 'p',
    upstreamModel: query.model ?? 'm',
    isLocal: query.isLocal ?? false,
    at,
  });
  return found === undefined ? 'unpriced' : found.card.source === 'local' ? 'local' : found.card.id;
}

const seeded = card('seeded', {});
const listed = card('listed', { source: 'provider', effectiveFrom: 10 });
const set = card('set', { source: 'operator', effectiveFrom: 20 });

test.each([
  [0, 'seeded'],
  [9, 'seeded'],
  [10, 'listed'],
  [20, 'set'],
])('at %d the card in force is the one %s', (at, expected) => {
  expect(resolved([seeded, listed, set], at)).toBe(expected);
  expect(resolved([set, listed, seeded], at)).toBe(expected);
});

test('of one source the latest to take force wins, then the highest version', () => {
  const later = card('later', { effectiveFrom: 30, version: 2 });
  const corrected = card('corrected', { effectiveFrom: 30, version: 3 });
  expect(resolved([seeded, corrected, later], 29)).toBe('seeded');
  expect(resolved([seeded, corrected, later], 30)).toBe('corrected');
});

test('a card without lines takes its source out of the choice', () => {
  const withdrawn = card('withdrawn', { source: 'operator', effectiveFrom: 40, version: 2, prices: [] });
  expect(resolved([seeded, set, withdrawn], 39)).toBe('set');
  expect(resolved([seeded, set, withdrawn], 40)).toBe('seeded');
});

test('a model that nobody prices is unpriced, as is one before its first price', () => {
  expect(resolved([seeded], 0, { model: 'other' })).toBe('unpriced');
  expect(resolved([listed], 9)).toBe('unpriced');
});

describe('a local model', () => {
  test('is priced at zero, not at the price of the hosted one', () => {
    expect(resolved([seeded, listed], 50, { isLocal: true })).toBe('local');
    expect(resolved([], 50, { isLocal: true })).toBe('local');
  });

  test('has the operator’s rate where one is set', () => {
    expect(resolved([seeded, set], 19, { isLocal: true })).toBe('local');
    expect(resolved([seeded, set], 20, { isLocal: true })).toBe('set');
  });

  test('has one and the same card in every process', () => {
    const query = { providerId: 'ollama', upstreamModel: 'tiny', isLocal: true, at: 5 };
    const [a, b] = [createCardResolver([]), createCardResolver([])];
    expect(a(query)?.card.id).toBe(b(query)?.card.id);
    expect(a(query)).toBe(a(query));
  });
});
