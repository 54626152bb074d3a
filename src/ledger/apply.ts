import { addCredits, lessCredits, minCredits, type NanoCredits, NO_CREDITS, negateCredits } from '../kernel/money.ts';
import type { AccountId, ChargeState, Grant, HeldShare, Hold, LedgerCharge } from '../protocol/ledger.ts';
import { type Book, freeOf, inOrderOfUse, type Purpose } from './book.ts';
import { accountsOf } from './end-hold.ts';
import type {
  AwaitJob,
  Ended,
  EndHold,
  GiveGrant,
  MarkDispatched,
  MirrorGrants,
  Operation,
  Outcomes,
  PlaceHold,
  RaiseHold,
  RefundCharge,
  RenewHold,
  ReverseGrant,
  Shortage,
  SweepHold,
  WithdrawCredit,
} from './operations.ts';

/** Ids of entries that no operation names. */
export type NewEntryId = () => string;

/** Does one operation on the book. Whatever it is, no account gets below zero and no hold ends twice. */
export function apply(book: Book, operation: Operation, newId: NewEntryId): Outcomes[Operation['kind']] {
  switch (operation.kind) {
    case 'place':
      return place(book, operation);
    case 'raise':
      return raise(book, operation);
    case 'renew':
      return renew(book, operation);
    case 'dispatch':
      return dispatch(book, operation);
    case 'await':
      return awaitJob(book, operation);
    case 'end':
      return end(book, operation, newId);
    case 'sweep':
      return sweep(book, operation, newId);
    case 'give':
      return give(book, operation);
    case 'expire':
      return { kind: 'expired', amountNano: expire(book, operation.grantId, newId) };
    case 'refund':
      return refund(book, operation, newId);
    case 'withdraw':
      return withdraw(book, operation);
    case 'reverse':
      return reverse(book, operation, newId);
    case 'mirror':
      return mirror(book, operation);
  }
}

function place(book: Book, operation: PlaceHold): Outcomes['place'] {
  const { id, organizationId, projectId, model, terms, fallbackNano } = operation;
  const known = book.hold(id);
  if (known !== undefined) return { kind: 'held', amountNano: known.amountNano };
  if (book.charge(id) !== undefined) return { kind: 'ended' };
  const found = afford(book, operation, { model, projectId });
  if ('kind' in found) return found;
  const { amountNano, shares } = found;
  holdShares(book, shares);
  book.addHold({
    id,
    organizationId,
    projectId,
    amountNano,
    fallbackNano: minCredits(fallbackNano, amountNano),
    shares,
    placedAt: book.nowMs,
    dispatchedAt: operation.isDispatched ? book.nowMs : undefined,
    expiresAt: book.nowMs + operation.ttlMs,
    instanceId: operation.instanceId,
    terms,
  });
  return { kind: 'held', amountNano };
}

function raise(book: Book, operation: RaiseHold): Outcomes['raise'] {
  const hold = book.hold(operation.id);
  if (hold === undefined) return { kind: 'gone' };
  const { mostNano, leastNano, model, terms } = operation;
  let { amountNano } = hold;
  let shares = hold.shares;
  if (mostNano > amountNano) {
    const more = {
      path: accountsOf(hold),
      mostNano: lessCredits(mostNano, amountNano),
      leastNano: leastNano > amountNano ? lessCredits(leastNano, amountNano) : NO_CREDITS,
    };
    const found = afford(book, more, { model, projectId: hold.projectId });
    if ('kind' in found) return found;
    holdShares(book, found.shares);
    amountNano = addCredits(amountNano, found.amountNano);
    shares = merged([...shares, ...found.shares]);
  }
  book.changeHold({ ...hold, amountNano, shares, terms, fallbackNano: minCredits(operation.fallbackNano, amountNano) });
  return { kind: 'held', amountNano };
}

function renew(book: Book, { id, ttlMs }: RenewHold): Outcomes['renew'] {
  const hold = book.hold(id);
  if (hold === undefined) return { kind: 'gone' };
  // A sign of life that comes late takes nothing off the time of a hold that waits for a job.
  if (hold.awaitsJobSince === undefined) book.changeHold({ ...hold, expiresAt: book.nowMs + ttlMs });
  return { kind: 'renewed' };
}

function dispatch(book: Book, { id }: MarkDispatched): Outcomes['dispatch'] {
  const hold = book.hold(id);
  if (hold === undefined) return { kind: 'gone' };
  if (hold.dispatchedAt === undefined) book.changeHold({ ...hold, dispatchedAt: book.nowMs });
  return { kind: 'dispatched' };
}

function awaitJob(book: Book, { id, job, firstAskMs, ttlMs, fallbackNano }: AwaitJob): Outcomes['await'] {
  const hold = book.hold(id);
  if (hold === undefined) return { kind: 'gone' };
  if (hold.awaitsJobSince !== undefined) return { kind: 'awaiting' };
  book.addJob({ job, nextAskAt: book.nowMs + firstAskMs });
  book.changeHold({
    ...hold,
    awaitsJobSince: book.nowMs,
    expiresAt: book.nowMs + ttlMs,
    fallbackNano: minCredits(fallbackNano, hold.amountNano),
  });
  return { kind: 'awaiting' };
}

function end(book: Book, operation: EndHold, newId: NewEntryId): Outcomes['end'] {
  const { id, state, amountNano, basis, used } = operation;
  const hold = book.hold(id);
  if (hold !== undefined) return close(book, hold, { state, usedNano: amountNano, basis, used }, newId);
  const charge = book.charge(id);
  if (charge === undefined) return { kind: 'unknown' };
  // A process that was taken for dead tells what its call really used.
  const isCorrected = book.entriesOf(id).some(({ kind }) => kind === 'correction');
  if (charge.state === 'presumed' && !isCorrected) return correct(book, charge, operation, newId);
  return endedAs(book, charge, charge.overrunNano);
}

function sweep(book: Book, { id }: SweepHold, newId: NewEntryId): Outcomes['sweep'] {
  const hold = book.hold(id);
  if (hold === undefined) return { kind: 'gone' };
  if (hold.expiresAt > book.nowMs) return { kind: 'alive' };
  if (hold.dispatchedAt === undefined) {
    return close(book, hold, { state: 'released', usedNano: NO_CREDITS, basis: 'never left' }, newId);
  }
  return close(book, hold, { state: 'presumed', usedNano: hold.fallbackNano, basis: 'nothing was heard of it' }, newId);
}

type Ending = Pick<LedgerCharge, 'basis' | 'used'> & {
  readonly state: ChargeState;
  readonly usedNano: NanoCredits;
};

/** The one end of a hold: what was used becomes entries, what is left is free again. */
function close(book: Book, hold: Hold, { state, usedNano, basis, used }: Ending, newId: NewEntryId): Ended {
  const { id, organizationId, projectId, amountNano: heldNano, terms } = hold;
  const amountNano = state === 'released' ? NO_CREDITS : minCredits(usedNano, heldNano);
  const overrunNano = state === 'released' ? NO_CREDITS : lessCredits(usedNano, amountNano);
  const accountIds = accountsOf(hold);
  const charge = { id, organizationId, projectId, accountIds, state, amountNano, heldNano, overrunNano, terms, basis };
  book.endHold({ ...charge, used, endedAt: book.nowMs });
  for (const accountId of accountIds) {
    const shares = hold.shares.filter((share) => share.accountId === accountId);
    let left = amountNano;
    for (const { grantId, nano } of shares) {
      book.moveGrant(grantId, { held: negateCredits(nano) });
      const taken = minCredits(nano, left);
      left = lessCredits(left, taken);
      if (taken > 0n) postCharge(book, { id, kind: 'charge', grantId, amountNano: negateCredits(taken) });
      // What was held beyond the grant's time comes back to nobody.
      expire(book, grantId, newId);
    }
  }
  return { kind: 'ended', state, chargedNano: amountNano, overrunNano };
}

/** Brings a charge that was only presumed to what the call used: by entries, up to what was held. */
function correct(book: Book, charge: LedgerCharge, { state, amountNano }: EndHold, newId: NewEntryId): Ended {
  const usedNano = state === 'released' ? NO_CREDITS : amountNano;
  const wanted = minCredits(usedNano, charge.heldNano);
  const paid = new Map(paidBy(book, charge.id, CHARGING));
  for (const accountId of charge.accountIds) {
    const paidNano = paid.get(accountId) ?? NO_CREDITS;
    if (wanted < paidNano) {
      const back = { id: `${charge.id}/correction`, kind: 'correction', chargeId: charge.id, accountId } as const;
      giveBack(book, { ...back, amountNano: lessCredits(paidNano, wanted) }, newId);
      continue;
    }
    const shares = taking(book.usable(accountId, undefined), lessCredits(wanted, paidNano));
    for (const { grantId, nano } of shares) {
      postCharge(book, { id: charge.id, kind: 'correction', grantId, amountNano: negateCredits(nano) });
    }
  }
  return endedAs(book, charge, lessCredits(usedNano, wanted));
}

function endedAs(book: Book, { id, state, accountIds }: LedgerCharge, overrunNano: NanoCredits): Ended {
  const [, chargedNano = NO_CREDITS] = paidBy(book, id, CHARGING).find(([each]) => each === accountIds[0]) ?? [];
  return { kind: 'ended', state, chargedNano, overrunNano };
}

function give(book: Book, operation: GiveGrant): Outcomes['give'] {
  const { id, organizationId, accountId, name, amountNano, priority, expiresAt, models, projectIds } = operation;
  if (book.findGrant(id) !== undefined) return { kind: 'known' };
  book.addGrant({
    id,
    organizationId,
    accountId,
    kind: operation.grantKind,
    name,
    issuedNano: amountNano,
    remainingNano: amountNano,
    heldNano: NO_CREDITS,
    priority,
    expiresAt,
    models,
    projectIds,
    createdAt: book.nowMs,
  });
  const { actorId, reason } = operation;
  book.post({ id: `${id}/grant`, grantId: id, kind: 'grant', amountNano, actorId, reason });
  return { kind: 'given' };
}

/** Takes what is free of a grant whose time is over. */
function expire(book: Book, grantId: string, newId: NewEntryId): NanoCredits {
  const grant = book.grant(grantId);
  const amountNano = freeOf(grant);
  if (!book.isExpired(grant) || amountNano <= 0n) return NO_CREDITS;
  book.post({ id: newId(), grantId, kind: 'expiry', amountNano: negateCredits(amountNano) });
  return amountNano;
}

function refund(book: Book, operation: RefundCharge, newId: NewEntryId): Outcomes['refund'] {
  const { id, chargeId, amountNano, actorId, reason } = operation;
  if (book.charge(chargeId) === undefined) return { kind: 'unknown' };
  if (book.entriesOf(chargeId).some((entry) => entry.id.startsWith(`${id}/`))) return { kind: 'known' };
  const paid = paidBy(book, chargeId, [...CHARGING, 'refund']);
  const chargedNano = paid.reduce((least, [, nano]) => minCredits(least, nano), paid[0]?.[1] ?? NO_CREDITS);
  if (amountNano > chargedNano) return { kind: 'too_much', chargedNano };
  for (const [accountId] of paid) {
    giveBack(book, { id, kind: 'refund', chargeId, accountId, amountNano, actorId, reason }, newId);
  }
  return { kind: 'refunded' };
}

function withdraw(book: Book, { id, accountId, amountNano, actorId, reason }: WithdrawCredit): Outcomes['withdraw'] {
  if (book.entry(withdrawalId(id, 0)) !== undefined) return { kind: 'known' };
  const grants = book.usable(accountId, undefined);
  const availableNano = sum(grants.map(freeOf));
  if (availableNano < amountNano) return short(grants, { accountId, availableNano, leastNano: amountNano });
  for (const [index, { grantId, nano }] of taking(grants, amountNano).entries()) {
    const entry = { id: withdrawalId(id, index), grantId, kind: 'withdrawal', actorId, reason } as const;
    book.post({ ...entry, amountNano: negateCredits(nano) });
  }
  return { kind: 'withdrawn' };
}

/** The entries of a withdrawal are counted: one that is sent again is known by the first, whatever it took that of. */
export function withdrawalId(id: string, index: number): string {
  return `${id}/${index}`;
}

function reverse(book: Book, operation: ReverseGrant, newId: NewEntryId): Outcomes['reverse'] {
  const { grantId, number, actorId, reason } = operation;
  const grant = book.findGrant(grantId);
  if (grant === undefined) return { kind: 'unknown' };
  const posted = reversalIds(operation).flatMap((id) => book.entry(id) ?? []);
  const takenNano = negateCredits(sum(posted.map(({ amountNano }) => amountNano)));
  const id = reversalId(grantId, number);
  if (posted.some((entry) => entry.id === id)) return { kind: 'reversed', totalNano: takenNano, isPosted: true };
  const moreNano = minCredits(lessCredits(operation.totalNano, takenNano), freeOf(grant));
  if (moreNano === NO_CREDITS) return { kind: 'reversed', totalNano: takenNano, isPosted: false };
  book.post({ id, grantId, kind: 'reversal', amountNano: negateCredits(moreNano), actorId, reason });
  // What comes back after the grant's time comes to nobody.
  expire(book, grantId, newId);
  return { kind: 'reversed', totalNano: addCredits(takenNano, moreNano), isPosted: true };
}

/** The entries of a reversal and of those before it. */
export function reversalIds({ grantId, number }: Pick<ReverseGrant, 'grantId' | 'number'>): readonly string[] {
  return Array.from({ length: number + 1 }, (_, index) => reversalId(grantId, index));
}

function reversalId(grantId: string, number: number): string {
  return `${grantId}/reversal/${number}`;
}

function mirror(book: Book, { accountId, number, moves, reason }: MirrorGrants): Outcomes['mirror'] {
  if (book.entry(mirroredId(accountId, number)) !== undefined) return { kind: 'known' };
  let movedNano: NanoCredits = NO_CREDITS;
  let next = number;
  for (const { grantId, amountNano: wantedNano, takenNano } of moves) {
    const grant = book.findGrant(grantId);
    if (grant === undefined || grant.accountId !== accountId || book.isExpired(grant)) continue;
    const amountNano =
      wantedNano < NO_CREDITS
        ? negateCredits(minCredits(negateCredits(wantedNano), freeOf(grant)))
        : minCredits(wantedNano, takenNano);
    if (amountNano === NO_CREDITS) continue;
    book.post({ id: mirroredId(accountId, next), grantId, kind: 'elsewhere', amountNano, reason });
    movedNano = addCredits(movedNano, amountNano);
    next += 1;
  }
  return { kind: 'mirrored', amountNano: movedNano };
}

/** The entries of an account about what was used elsewhere are counted without a gap. */
export function mirroredId(accountId: AccountId, number: number): string {
  return `${accountId}/elsewhere/${number}`;
}

type Wanted = Pick<PlaceHold, 'path' | 'mostNano' | 'leastNano'>;

/** How much every account on the way affords, and of which grants; or the account that affords too little. */
function afford(
  book: Book,
  { path, mostNano, leastNano }: Wanted,
  purpose: Purpose,
): { readonly amountNano: NanoCredits; readonly shares: readonly HeldShare[] } | Shortage {
  const accounts = path
    .filter((accountId) => book.hasAccount(accountId) || isOrganization(accountId))
    .map((accountId) => ({ accountId, grants: book.usable(accountId, purpose) }))
    .map((account) => ({ ...account, availableNano: sum(account.grants.map(freeOf)) }));
  const [tightest] = accounts.toSorted((a, b) => (a.availableNano < b.availableNano ? -1 : 1));
  if (tightest === undefined) throw new Error('a hold has to name the account of its organization');
  // Of several that afford too little, the one that waiting would not help says what to do.
  const lacking = accounts.filter(({ availableNano }) => availableNano < leastNano);
  const shortages = lacking.map(({ grants, ...account }) => short(grants, { ...account, leastNano }));
  const [shortage] = shortages.toSorted((a, b) => (a.cause === b.cause ? 0 : a.cause === 'out' ? -1 : 1));
  if (shortage !== undefined) return shortage;
  const amountNano = minCredits(mostNano, tightest.availableNano);
  const shares = accounts.flatMap(({ grants }) => taking(grants, amountNano));
  return { amountNano, shares };
}

function short(
  grants: readonly Grant[],
  {
    accountId,
    availableNano,
    leastNano,
  }: { readonly accountId: AccountId; readonly availableNano: NanoCredits; readonly leastNano: NanoCredits },
): Shortage {
  const remainingNano = sum(grants.map((grant) => grant.remainingNano));
  return { kind: 'short', cause: remainingNano >= leastNano ? 'held' : 'out', accountId, availableNano };
}

/** What of each grant is to be taken, one after the other, to make up an amount. */
function taking(grants: readonly Grant[], amountNano: NanoCredits): readonly HeldShare[] {
  let left = amountNano;
  return grants.flatMap((grant): readonly HeldShare[] => {
    const nano = minCredits(freeOf(grant), left);
    left = lessCredits(left, nano);
    return nano > 0n ? [{ accountId: grant.accountId, grantId: grant.id, nano }] : [];
  });
}

/** One share for each grant. */
function merged(shares: readonly HeldShare[]): readonly HeldShare[] {
  const found = new Map<string, HeldShare>();
  for (const share of shares) {
    const known = found.get(share.grantId);
    found.set(share.grantId, known === undefined ? share : { ...known, nano: addCredits(known.nano, share.nano) });
  }
  return [...found.values()];
}

function holdShares(book: Book, shares: readonly HeldShare[]): void {
  for (const { grantId, nano } of shares) book.moveGrant(grantId, { held: nano });
}

function isOrganization(accountId: AccountId): boolean {
  return accountId.startsWith('organization/');
}

const CHARGING: readonly string[] = ['charge', 'correction'];

/** What each account has paid for a charge, by the entries of some kinds. */
function paidBy(
  book: Book,
  chargeId: string,
  kinds: readonly string[],
): readonly (readonly [AccountId, NanoCredits])[] {
  const paid = new Map<AccountId, NanoCredits>();
  for (const { accountId, kind, amountNano } of book.entriesOf(chargeId)) {
    if (!kinds.includes(kind)) continue;
    paid.set(accountId, lessCredits(paid.get(accountId) ?? NO_CREDITS, amountNano));
  }
  return [...paid];
}

/** Gives an account credit back that a charge took, to the grants that it was taken of: first to what is used last. */
function giveBack(
  book: Book,
  back: {
    readonly id: string;
    readonly kind: 'refund' | 'correction';
    readonly chargeId: string;
    readonly accountId: AccountId;
    readonly amountNano: NanoCredits;
    readonly actorId?: string | undefined;
    readonly reason?: string | undefined;
  },
  newId: NewEntryId,
): void {
  const taken = new Map<string, NanoCredits>();
  for (const { accountId, grantId, amountNano } of book.entriesOf(back.chargeId)) {
    if (accountId === back.accountId) taken.set(grantId, lessCredits(taken.get(grantId) ?? NO_CREDITS, amountNano));
  }
  const { id, kind, chargeId, actorId, reason } = back;
  let left = back.amountNano;
  const grants = [...taken.keys()].map((grantId) => book.grant(grantId)).toSorted(inOrderOfUse);
  for (const { id: grantId } of grants.toReversed()) {
    const amountNano = minCredits(taken.get(grantId) ?? NO_CREDITS, left);
    if (amountNano <= 0n) continue;
    left = lessCredits(left, amountNano);
    book.post({ id: `${id}/${grantId}`, grantId, kind, amountNano, chargeId, actorId, reason });
    expire(book, grantId, newId);
  }
}

function postCharge(
  book: Book,
  {
    id,
    kind,
    grantId,
    amountNano,
  }: {
    readonly id: string;
    readonly kind: 'charge' | 'correction';
    readonly grantId: string;
    readonly amountNano: NanoCredits;
  },
): void {
  book.post({ id: `${id}/${kind}/${grantId}`, chargeId: id, kind, grantId, amountNano });
}

function sum(amounts: readonly NanoCredits[]): NanoCredits {
  return amounts.reduce(addCredits, NO_CREDITS);
}
