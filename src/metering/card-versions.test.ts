import { expect, test } from 'vitest';
import { usdPerMillion } from '../kernel/money.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { type CardCandidate, successorCards } from './card-versions.ts';
import { priceLine } from './price-line.ts';

function says(usd: string | undefined, effectiveFrom = 0): CardCandidate {
  const prices = usd === undefined ? [] : [priceLine('input', usdPerMillion(usd))];
  return { providerId: 'p', model: 'm', source: 'catalogue', effectiveFrom, prices };
}

/** Learns a list of candidates at each time, as a hub would over its life. */
function learn(...steps: readonly (readonly [now: number, ...candidates: CardCandidate[]])[]): readonly RateCard[] {
  let stored: readonly RateCard[] = [];
  for (const [now, ...candidates] of steps) stored = [...stored, ...successorCards(stored, candidates, now)];
  return stored;
}

function told(cards: readonly RateCard[]): readonly (readonly [number, number, bigint | undefined])[] {
  return cards.map(({ version, effectiveFrom, prices }) => [version, effectiveFrom, prices[0]?.price]);
}

const $ = usdPerMillion;

test('the first card holds from its own date, and learning it again adds nothing', () => {
  expect(told(learn([100, says('1')], [200, says('1')], [300, says('1')]))).toEqual([[1, 0, $('1')]]);
});

test('a changed price is a new version from the time it was learnt', () => {
  expect(told(learn([100, says('1')], [200, says('2')]))).toEqual([
    [1, 0, $('1')],
    [2, 200, $('2')],
  ]);
});

test('a price that comes back is a version of its own', () => {
  const cards = learn([100, says('1')], [200, says('2')], [300, says('1')]);
  expect(told(cards).at(-1)).toEqual([3, 300, $('1')]);
  expect(new Set(cards.map(({ id }) => id)).size).toBe(3);
});

test('a price to come is kept with its date, before and after the date', () => {
  const now = says('1');
  const later = says('2', 1000);
  const cards = learn([100, now, later], [500, now, later], [1500, later]);
  expect(told(cards)).toEqual([
    [1, 0, $('1')],
    [2, 1000, $('2')],
  ]);
});

test('a source that stops telling withdraws its price, and one that never told adds nothing', () => {
  expect(told(learn([100, says(undefined)]))).toEqual([]);
  expect(told(learn([100, says('1')], [200, says(undefined)], [300, says(undefined)]))).toEqual([
    [1, 0, $('1')],
    [2, 200, undefined],
  ]);
});

test('two processes that learn the same price make the same card', () => {
  const stored = learn([100, says('1')]);
  const [a] = successorCards(stored, [says('2')], 200);
  const [b] = successorCards(stored, [says('2')], 201);
  expect(a?.id).toBe(b?.id);
});

test('other models and sources have histories of their own', () => {
  const other = { ...says('1'), model: 'other' };
  const listed = { ...says('3'), source: 'provider' } as const;
  expect(told(learn([100, says('1'), other, listed]))).toEqual([
    [1, 0, $('1')],
    [1, 0, $('1')],
    [1, 0, $('3')],
  ]);
});
