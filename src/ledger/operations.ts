import type { NanoCredits } from '../kernel/money.ts';
import type { AccountId, AwaitedJob, ChargeState, GrantKind, GrantScope, UsedLater } from '../protocol/ledger.ts';

/** What can be done with credit. Each says by its id what it is, so that one that is sent twice happens once. */
export type Operation =
  | PlaceHold
  | RaiseHold
  | RenewHold
  | MarkDispatched
  | AwaitJob
  | EndHold
  | SweepHold
  | GiveGrant
  | ExpireGrant
  | RefundCharge
  | WithdrawCredit
  | ReverseGrant
  | MirrorGrants;

/** Sets credit aside for a call: as much of `mostNano` as every account on the way affords, but not less than `leastNano`. */
export type PlaceHold = {
  readonly kind: 'place';
  /** The usage record's. */
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string;
  /** The accounts that the call would pay from, if they are there; the organization's has to be. */
  readonly path: readonly AccountId[];
  readonly model: string;
  readonly mostNano: NanoCredits;
  readonly leastNano: NanoCredits;
  readonly fallbackNano: NanoCredits;
  /** Whether the call leaves at once. */
  readonly isDispatched: boolean;
  readonly ttlMs: number;
  readonly instanceId: string;
  readonly terms: string;
};

/** Makes a hold larger, for a provider that is dearer. One that is large enough already stays as it is. */
export type RaiseHold = Pick<
  PlaceHold,
  'id' | 'path' | 'model' | 'mostNano' | 'leastNano' | 'fallbackNano' | 'terms'
> & {
  readonly kind: 'raise';
};

/** Says that the hold's process is alive. */
export type RenewHold = OfHold & { readonly kind: 'renew'; readonly ttlMs: number };

/** Says that the call is about to leave. */
export type MarkDispatched = OfHold & { readonly kind: 'dispatch' };

/** Lets the hold wait for a job, which is written down with that. A hold that waits already goes on waiting for the same. */
export type AwaitJob = OfHold & {
  readonly kind: 'await';
  readonly job: AwaitedJob;
  /** In which time it is asked after for the first time. */
  readonly firstAskMs: number;
  /** After which time it is taken for lost, and the call to have used `fallbackNano`. */
  readonly ttlMs: number;
  readonly fallbackNano: NanoCredits;
};

export type EndHold = OfHold & {
  readonly kind: 'end';
  readonly state: Exclude<ChargeState, 'presumed'>;
  readonly amountNano: NanoCredits;
  readonly basis: string;
  readonly used?: UsedLater | undefined;
};

/** Ends a hold whose time is over: what has left is taken to have used what was expected, the rest is given back. */
export type SweepHold = OfHold & { readonly kind: 'sweep' };

type OfHold = { readonly id: string; readonly path: readonly AccountId[] };

export type GiveGrant = GrantScope & {
  readonly kind: 'give';
  readonly id: string;
  readonly organizationId: string;
  readonly accountId: AccountId;
  readonly grantKind: GrantKind;
  readonly name: string;
  readonly amountNano: NanoCredits;
  readonly priority: number;
  readonly expiresAt: number | undefined;
} & ByWhom;

export type ExpireGrant = { readonly kind: 'expire'; readonly grantId: string; readonly accountId: AccountId };

/** Gives back what a charge took, or a part of it. */
export type RefundCharge = {
  readonly kind: 'refund';
  readonly id: string;
  readonly chargeId: string;
  readonly path: readonly AccountId[];
  readonly amountNano: NanoCredits;
} & ByWhom;

/** Takes credit away that was given. */
export type WithdrawCredit = {
  readonly kind: 'withdraw';
  readonly id: string;
  readonly accountId: AccountId;
  readonly amountNano: NanoCredits;
} & ByWhom;

/**
 * Brings what was taken back of a grant, because its payment went back, to an amount: as far as nobody holds it or has used
 * it; or gives it again where the amount is less than before. The reversals of a grant are counted: 0, 1, 2 …
 */
export type ReverseGrant = {
  readonly kind: 'reverse';
  readonly grantId: string;
  readonly number: number;
  readonly accountId: AccountId;
  /** Of all reversals together. */
  readonly totalNano: NanoCredits;
} & ByWhom;

/**
 * Moves grants of an account by what was used of them elsewhere, where somebody else leads them: takes that as far as nobody
 * holds it or has used it, and gives it again where it became less. Such entries of an account are counted: of two who have
 * counted the same, the second does nothing.
 */
export type MirrorGrants = {
  readonly kind: 'mirror';
  readonly accountId: AccountId;
  /** How many such entries the account has. */
  readonly number: number;
  readonly moves: readonly MirrorMove[];
  readonly reason: string | undefined;
};

/** `amountNano`: below zero to be taken; `takenNano`: what the entries that were counted took of the grant. Each grant once. */
export type MirrorMove = {
  readonly grantId: string;
  readonly amountNano: NanoCredits;
  readonly takenNano: NanoCredits;
};

type ByWhom = { readonly actorId: string | undefined; readonly reason: string | undefined };

/** Why credit could not be held: there is not enough, or calls that are under way hold what would be enough. */
export type Shortage = {
  readonly kind: 'short';
  readonly cause: 'out' | 'held';
  /** The account that affords least. */
  readonly accountId: AccountId;
  readonly availableNano: NanoCredits;
};

/** What came of each operation. */
export type Outcomes = {
  readonly place: { readonly kind: 'held'; readonly amountNano: NanoCredits } | { readonly kind: 'ended' } | Shortage;
  readonly raise: { readonly kind: 'held'; readonly amountNano: NanoCredits } | { readonly kind: 'gone' } | Shortage;
  readonly renew: { readonly kind: 'renewed' } | { readonly kind: 'gone' };
  readonly dispatch: { readonly kind: 'dispatched' } | { readonly kind: 'gone' };
  readonly await: { readonly kind: 'awaiting' } | { readonly kind: 'gone' };
  readonly end: Ended | { readonly kind: 'unknown' };
  readonly sweep: Ended | { readonly kind: 'alive' } | { readonly kind: 'gone' };
  readonly give: { readonly kind: 'given' } | { readonly kind: 'known' };
  readonly expire: { readonly kind: 'expired'; readonly amountNano: NanoCredits };
  readonly refund:
    | { readonly kind: 'refunded' }
    | { readonly kind: 'known' }
    | { readonly kind: 'unknown' }
    | { readonly kind: 'too_much'; readonly chargedNano: NanoCredits };
  readonly withdraw: { readonly kind: 'withdrawn' } | { readonly kind: 'known' } | Shortage;
  /** What is taken back now, by this reversal and those before it; `isPosted`: this one has an entry. */
  readonly reverse:
    | { readonly kind: 'reversed'; readonly totalNano: NanoCredits; readonly isPosted: boolean }
    | { readonly kind: 'unknown' };
  /** By how much all of them moved. */
  readonly mirror: { readonly kind: 'mirrored'; readonly amountNano: NanoCredits } | { readonly kind: 'known' };
};

/** `chargedNano`: what each account on the way has paid by now. */
export type Ended = {
  readonly kind: 'ended';
  readonly state: ChargeState;
  readonly chargedNano: NanoCredits;
  readonly overrunNano: NanoCredits;
};

export type OutcomeOf<Each extends Operation> = Outcomes[Each['kind']];
