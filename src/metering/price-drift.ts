import type { PriceProposal } from '../protocol/price-proposal.ts';
import { linePlace, modelKey, type Price, type RateCard } from '../protocol/rate-card.ts';
import { type CardCandidate, latestAt, successorCards } from './card-versions.ts';
import { writeStoredPrices } from './rate-card-schema.ts';

/** What a catalogue says otherwise than the cards that are there. */
export type Drift = {
  /** Of models whose cost nobody knew: nothing that is charged changes. */
  readonly first: readonly RateCard[];
  /** Of models that have a price already, which changes when an operator says so. */
  readonly changed: readonly CardCandidate[];
};

/** Sorts what a catalogue says into what may be added, and what has to be approved. @param now ms since the epoch */
export function driftFrom(stored: readonly RateCard[], candidates: readonly CardCandidate[], now: number): Drift {
  const shelves = Map.groupBy(stored, modelKey);
  const isNew = (candidate: CardCandidate): boolean => !shelves.has(modelKey(candidate));
  const first = successorCards(stored, candidates.filter(isNew), now);
  const changed = candidates.filter((candidate) => {
    if (isNew(candidate) || candidate.effectiveFrom > now) return false;
    const current = comparedTo(shelves.get(modelKey(candidate)) ?? [], now);
    return current !== undefined && !saysTheSame(current.prices, candidate.prices);
  });
  return { first, changed };
}

/** The card that an approved proposal takes the place of: the operator's own, or the catalogue's. */
export function comparedTo(cards: readonly RateCard[], now: number): RateCard | undefined {
  const latestOf = (source: RateCard['source']): RateCard | undefined => {
    const own = cards.filter((card) => card.source === source);
    return latestAt(own, now);
  };
  const own = latestOf('operator');
  if (own !== undefined && own.prices.length > 0) return own;
  // What the provider itself lists wins over any catalogue.
  const listed = latestOf('provider');
  if (listed !== undefined && listed.prices.length > 0) return undefined;
  return latestOf('catalogue');
}

/**
 * By how much the prices of a proposal differ, in millionths of those in force: of the line that differs most, up or down;
 * `undefined` where a line is on one side alone, or had cost nothing.
 */
export function driftOf(current: readonly Price[], proposed: readonly Price[]): number | undefined {
  const before = new Map(current.map((line) => [linePlace(line), line.price]));
  let most = 0;
  for (const line of proposed) {
    const price = before.get(linePlace(line));
    if (price === undefined || price === 0n) return undefined;
    const drift = Number(((line.price - price) * 1_000_000n) / price);
    if (Math.abs(drift) > Math.abs(most)) most = drift;
  }
  return proposed.length === current.length ? most : undefined;
}

/** The card that an approved proposal becomes, from now on. */
export function approvedCard(
  proposal: Pick<PriceProposal, 'providerId' | 'model' | 'prices'>,
  stored: readonly RateCard[],
  now: number,
): RateCard | undefined {
  const { providerId, model, prices } = proposal;
  const own = stored.filter((card) => modelKey(card) === modelKey(proposal));
  const source = comparedTo(own, now)?.source === 'operator' ? 'operator' : 'catalogue';
  const [card] = successorCards(stored, [{ providerId, model, source, effectiveFrom: now, prices }], now);
  return card;
}

/** The order of lines says nothing. */
function saysTheSame(a: readonly Price[], b: readonly Price[]): boolean {
  return inOrder(a) === inOrder(b);
}

function inOrder(lines: readonly Price[]): string {
  return lines
    .map((line) => writeStoredPrices([line]))
    .toSorted()
    .join();
}
