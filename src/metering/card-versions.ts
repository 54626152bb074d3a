import { createHash } from 'node:crypto';
import type { Price, RateCard } from '../protocol/rate-card.ts';
import { writeStoredPrices } from './rate-card-schema.ts';

/** What a source says that a model costs, before it is a version: a rate card without id and version. */
export type CardCandidate = Omit<RateCard, 'id' | 'version'>;

const HASH_CHARS = 26;

/**
 * The cards to add so that what is stored says what the candidates say. One that says the same as the card in force at
 * its time is left out; a changed one becomes the next version, in force from `now` at the earliest, since a price that
 * was learnt today did not rate yesterday's calls. Having no card and having one without lines are the same. Ids are made
 * from the content, so two processes that learn the same price at once add one card.
 *
 * @param now milliseconds since the epoch
 */
export function successorCards(
  stored: readonly RateCard[],
  candidates: readonly CardCandidate[],
  now: number,
): readonly RateCard[] {
  const histories = new Map<string, RateCard[]>();
  for (const card of stored) historyOf(histories, card).push(card);
  const added: RateCard[] = [];
  for (const candidate of candidates) {
    const history = historyOf(histories, candidate);
    const isFirst = history.length === 0;
    const current = latestAt(history, Math.max(now, candidate.effectiveFrom));
    if (samePrices(current?.prices ?? [], candidate.prices)) continue;
    const version = history.reduce((highest, card) => Math.max(highest, card.version), 0) + 1;
    const effectiveFrom = isFirst ? candidate.effectiveFrom : Math.max(now, candidate.effectiveFrom);
    const card = { ...candidate, id: contentId(candidate, version), version, effectiveFrom };
    history.push(card);
    added.push(card);
  }
  return added;
}

/** What says in versions from when on it says so. */
type Versioned = Pick<RateCard, 'effectiveFrom' | 'version'>;

/** Of versions of one thing, the one in force at a time: the latest to take force, then the highest. */
export function latestAt<Version extends Versioned>(versions: readonly Version[], at: number): Version | undefined {
  let latest: Version | undefined;
  for (const version of versions) {
    if (version.effectiveFrom > at) continue;
    if (latest === undefined || isLater(version, latest)) latest = version;
  }
  return latest;
}

/** An id that says what the card says: the same content and version give the same id everywhere. */
export function contentId(card: CardCandidate, version: number): string {
  const content = JSON.stringify([card.providerId, card.model, card.source, version, writeStoredPrices(card.prices)]);
  return `rc_${createHash('sha256').update(content).digest('hex').slice(0, HASH_CHARS)}`;
}

function isLater(a: Versioned, b: Versioned): boolean {
  return a.effectiveFrom === b.effectiveFrom ? a.version > b.version : a.effectiveFrom > b.effectiveFrom;
}

function samePrices(a: readonly Price[], b: readonly Price[]): boolean {
  return writeStoredPrices(a) === writeStoredPrices(b);
}

function historyOf(histories: Map<string, RateCard[]>, card: CardCandidate): RateCard[] {
  const key = JSON.stringify([card.providerId, card.model, card.source]);
  const known = histories.get(key);
  if (known !== undefined) return known;
  const history: RateCard[] = [];
  histories.set(key, history);
  return history;
}
