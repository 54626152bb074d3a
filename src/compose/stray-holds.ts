import { type NanoCredits, NO_CREDITS } from '../kernel/money.ts';
import { accountsOf, endOfHold } from '../ledger/end-hold.ts';
import type { EndHold } from '../ledger/operations.ts';
import { isWaived, settleCall } from '../metering/settle-call.ts';
import type { BrokenStreamCharge } from '../protocol/broken-streams.ts';
import type { Hold } from '../protocol/ledger.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { isUsageSaid } from '../protocol/usage.ts';
import type { Core } from './core.ts';
import { type KnownPrices, readBrokenStreamPolicy, readTerms } from './price-terms.ts';

/** Holds that are looked at together. */
const STRAY_MAX = 1000;

/**
 * Ends the holds that nobody may be left to end: by the usage that is on record, exactly; without one, once their time is
 * over, as presumed where their call had left, and else for nothing.
 */
export async function endStrayHolds({
  store,
  ledger,
  logger,
}: Pick<Core, 'store' | 'ledger' | 'logger'>): Promise<void> {
  const { recorded, due } = await store.ledgerHolds.stray(STRAY_MAX);
  if (recorded.length + due.length === 0) return;
  const known = { cards: await store.rateCards.list(), rules: await store.priceRules.list() };
  const ends = recorded.flatMap(({ hold, usage }) => endOf(hold, usage, known) ?? []);
  const ended = new Set(ends.map(({ id }) => id));
  const sweeps = due
    .filter(({ id }) => !ended.has(id))
    .map((hold) => ({ kind: 'sweep', id: hold.id, path: accountsOf(hold) }) as const);
  const swept = await Promise.all([
    ...ends.map((operation) => ledger.do(operation)),
    ...sweeps.map((operation) => ledger.do(operation)),
  ]);
  const presumed = swept.filter((outcome) => outcome.kind === 'ended' && outcome.state === 'presumed').length;
  if (presumed > 0) logger.warn({ charges: presumed }, 'calls of which nothing was heard were charged as presumed');
}

/** Gives back what a dead process held for calls that never left. Those that had left must be on record, and ended. */
export async function releaseHoldsOf(
  { store, ledger, logger }: Pick<Core, 'store' | 'ledger' | 'logger'>,
  instanceId: string,
): Promise<void> {
  const holds = await store.ledgerHolds.unrecordedOf(instanceId, STRAY_MAX);
  if (holds.length === 0) return;
  const released = { kind: 'end', state: 'released', amountNano: NO_CREDITS, basis: 'never left' } as const;
  await Promise.all(holds.map((hold) => ledger.do({ ...released, id: hold.id, path: accountsOf(hold) })));
  logger.info({ holds: holds.length }, 'credit was given back that was held for calls which never left');
}

/** What the call is charged by its record and the terms that were agreed. */
function endOf(hold: Hold, record: UsageRecord, known: KnownPrices): EndHold | undefined {
  const held = { id: hold.id, path: accountsOf(hold) };
  const { usage, status, operation, deliveredTokens } = record;
  // What an answer had used that is given again is known.
  const usageBasis = record.usageBasis === 'cached' ? 'reported' : record.usageBasis;
  if (usageBasis === undefined) return endOfHold(held, { usageBasis, status, priceNano: undefined });
  // Of a picture, a sound or a film that a crash cut short nothing is told: what goes in is presumed, or the whole film.
  if (!isUsageSaid(usage)) return endOfHold(held, { usageBasis, status, ...unheard(hold, record) });
  const terms = readTerms(hold.terms, known);
  if (terms === undefined) return undefined;
  const call = { usage, at: record.startedAt, ...record.made };
  return endOfHold(held, { status, ...settleCall(terms, { call, usageBasis, operation, deliveredTokens }) });
}

function unheard(
  { fallbackNano, terms }: Hold,
  { status, deliveredTokens, operation }: UsageRecord,
): { readonly priceNano: NanoCredits; readonly broken: BrokenStreamCharge | undefined } {
  const policy = readBrokenStreamPolicy(terms);
  const broken = deliveredTokens === undefined ? undefined : { policy, isWaived: isWaived(policy, deliveredTokens) };
  // Of a film nothing goes in that would be charged.
  const isKeptBack = operation === 'videos' && broken?.policy === 'bill-received' && deliveredTokens === 0;
  const isCharged = status === 'interrupted' && broken?.isWaived !== true && !isKeptBack;
  return { priceNano: isCharged ? fallbackNano : NO_CREDITS, broken };
}
