import { describe, expect, test } from 'vitest';
import { usdPerMillion } from '../kernel/money.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { CardCandidate } from './card-versions.ts';
import { approvedCard, driftFrom, driftOf } from './price-drift.ts';
import { priceLine } from './price-line.ts';

const NOW = 1000;
const MODEL = { providerId: 'acme', model: 'large' };
const input = (usd: string) => priceLine('input', usdPerMillion(usd));
const output = (usd: string) => priceLine('output', usdPerMillion(usd));

function card(source: RateCard['source'], usd: string, fields: Partial<RateCard> = {}): RateCard {
  return { id: `${source} ${usd}`, ...MODEL, version: 1, source, effectiveFrom: 0, prices: [input(usd)], ...fields };
}

function candidate(usd: string, fields: Partial<CardCandidate> = {}): CardCandidate {
  return { ...MODEL, source: 'catalogue', effectiveFrom: 0, prices: [input(usd)], ...fields };
}

describe('what a catalogue says', () => {
  test('is added where a model has no card', () => {
    const { first, changed } = driftFrom([], [candidate('3'), candidate('5', { effectiveFrom: 2000 })], NOW);
    expect(first.map(({ effectiveFrom }) => effectiveFrom)).toEqual([0, 2000]);
    expect(changed).toEqual([]);
  });

  test('is proposed where it differs from the catalogue’s or the operator’s card', () => {
    expect(driftFrom([card('catalogue', '3')], [candidate('4')], NOW)).toEqual({
      first: [],
      changed: [candidate('4')],
    });
    expect(driftFrom([card('operator', '3')], [candidate('4')], NOW).changed).toHaveLength(1);
    expect(driftFrom([card('operator', '3'), card('catalogue', '4')], [candidate('4')], NOW).changed).toHaveLength(1);
  });

  test.each<[string, readonly RateCard[], CardCandidate]>([
    ['it is the same', [card('catalogue', '3')], candidate('3')],
    [
      'the order of lines differs',
      [card('catalogue', '3', { prices: [input('3'), output('4')] })],
      candidate('3', { prices: [output('4'), input('3')] }),
    ],
    ['it is for later', [card('catalogue', '3')], candidate('4', { effectiveFrom: 2000 })],
    ['the provider itself says what it bills', [card('catalogue', '3'), card('provider', '5')], candidate('4')],
    ['the operator has said so', [card('catalogue', '3'), card('operator', '4')], candidate('4')],
  ])('is not proposed where %s', (_when, stored, told) => {
    expect(driftFrom(stored, [told], NOW)).toEqual({ first: [], changed: [] });
  });
});

describe('the drift', () => {
  test('is that of the line that differs most, up or down', () => {
    expect(driftOf([input('2'), output('10')], [input('2.2'), output('8')])).toBe(-200_000);
    expect(driftOf([input('2')], [input('2')])).toBe(0);
  });

  test('cannot be said of other lines than before, or of what was free', () => {
    expect(driftOf([input('2')], [input('2'), output('1')])).toBeUndefined();
    expect(driftOf([input('2'), output('1')], [input('2')])).toBeUndefined();
    expect(driftOf([input('0')], [input('2')])).toBeUndefined();
  });
});

describe('an approved proposal', () => {
  const proposal = { ...MODEL, prices: [input('4')] };

  test('follows the catalogue’s card from now on, or the operator’s own where that is in force', () => {
    expect(approvedCard(proposal, [card('catalogue', '3')], NOW)).toMatchObject({
      source: 'catalogue',
      version: 2,
      effectiveFrom: NOW,
    });
    expect(approvedCard(proposal, [card('catalogue', '3'), card('operator', '5')], NOW)).toMatchObject({
      source: 'operator',
      version: 2,
    });
  });

  test('is nothing where the price is already that', () => {
    expect(approvedCard(proposal, [card('catalogue', '4')], NOW)).toBeUndefined();
  });
});
