import type { NanoCredits } from '../kernel/money.ts';
import type { MadeAs } from './media.ts';
import type { Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';
import type { Usage, UsageBasis } from './usage.ts';

/** Levels of the tenancy tree that may have an account of credit. A call pays from every one on its way. */
export const ACCOUNT_LEVELS = ['organization', 'team', 'project', 'member', 'key'] as const;
export type AccountLevel = (typeof ACCOUNT_LEVELS)[number];

/** An account's id says whose it is: `project/proj_1`. */
export type AccountId = `${AccountLevel}/${string}`;

/** Where a grant of credit came from. `allotment`: what a part of an organization may use of the organization's. */
export const GRANT_KINDS = ['purchased', 'promotional', 'adjustment', 'allotment'] as const;
export type GrantKind = (typeof GRANT_KINDS)[number];

/** What a grant may be used for; a missing list is no bound. */
export type GrantScope = {
  readonly models: readonly string[] | undefined;
  readonly projectIds: readonly string[] | undefined;
};

/** Credit that an account was given once, and what is left of it. Lower priorities are used first, then what expires first. */
export type Grant = GrantScope & {
  readonly id: string;
  readonly organizationId: string;
  readonly accountId: AccountId;
  readonly kind: GrantKind;
  readonly name: string;
  readonly issuedNano: NanoCredits;
  /** What no entry has taken yet; what is held is part of it. */
  readonly remainingNano: NanoCredits;
  readonly heldNano: NanoCredits;
  readonly priority: number;
  /** Milliseconds since the epoch, by the store's clock; from then on nothing more may be held. */
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
};

/** What of a grant is held for a call. */
export type HeldShare = { readonly accountId: AccountId; readonly grantId: string; readonly nano: NanoCredits };

/** Credit set aside for a call that is under way. Its id is that of the call's usage record. */
export type Hold = {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string;
  /** Held of each account on the way. */
  readonly amountNano: NanoCredits;
  /** What the call is taken to have used if nothing is ever heard of it. */
  readonly fallbackNano: NanoCredits;
  readonly shares: readonly HeldShare[];
  readonly placedAt: number;
  /** When the call left for its provider; `undefined`: it has not, and nobody can bill it. */
  readonly dispatchedAt: number | undefined;
  /** Since when it waits for a job; `undefined`: it ends with its call. */
  readonly awaitsJobSince?: number | undefined;
  /** When its process is taken for dead, or its job for lost, by the store's clock. */
  readonly expiresAt: number;
  /** The process that holds it. */
  readonly instanceId: string;
  /** What the charge is to be explained by: the price that was agreed when the credit was held. */
  readonly terms: string;
};

/**
 * Something that a provider goes on making after it has answered, such as a film: the credit of its call stays held until
 * it has ended. All that is needed to ask after it, whoever made the call.
 */
export type AwaitedJob = Tenant & {
  /** The hold's. */
  readonly id: string;
  readonly operation: Operation;
  readonly connectionId: string;
  /** The credential that made it: another may be of another account, which does not know it. */
  readonly credentialId: string | undefined;
  /** The provider's own id. */
  readonly upstreamId: string;
  readonly upstreamModel: string;
  /** When its call started, which prices may depend on. */
  readonly startedAt: number;
  /** What was asked for, as text that whoever asks after it understands. */
  readonly asked: string;
};

/** What a job turned out to use, after its call's record was written. */
export type UsedLater = { readonly usage: Usage; readonly usageBasis: UsageBasis; readonly made: MadeAs };

/**
 * How a hold ended. `settled`: by what the provider reported; `estimated`: by what the hub saw of the answer;
 * `presumed`: nothing was heard of it after it had left; `released`: it used nothing.
 */
export const CHARGE_STATES = ['settled', 'estimated', 'presumed', 'released'] as const;
export type ChargeState = (typeof CHARGE_STATES)[number];

/** The one end of a hold. Never edited: what is changed later are entries of their own. */
export type LedgerCharge = {
  /** The hold's. */
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string;
  /** The accounts that the credit was held of. */
  readonly accountIds: readonly AccountId[];
  readonly state: ChargeState;
  /** Taken from each account on the way; never more than was held. */
  readonly amountNano: NanoCredits;
  readonly heldNano: NanoCredits;
  /** What the call used beyond its hold, which nobody is charged for. */
  readonly overrunNano: NanoCredits;
  readonly terms: string;
  /** How the amount came about. */
  readonly basis: string;
  /** What it is for, where the call's record could not know that. */
  readonly used?: UsedLater | undefined;
  readonly endedAt: number;
};

/** Why an entry is there. */
export const ENTRY_KINDS = [
  'grant',
  'charge',
  'expiry',
  'refund',
  'correction',
  'withdrawal',
  'reversal',
  'elsewhere',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * One transfer between a grant of an account and the hub's own side: what was issued (grants, withdrawals, reversals, and what
 * was used elsewhere), earned (charges, corrections, refunds) or has expired. Both sides stand in one row, so whatever is posted sums to zero. Never
 * edited.
 */
export type LedgerEntry = {
  readonly id: string;
  readonly organizationId: string;
  readonly accountId: AccountId;
  readonly grantId: string;
  readonly kind: EntryKind;
  /** Positive where the account gains. */
  readonly amountNano: NanoCredits;
  readonly chargeId: string | undefined;
  readonly at: number;
  /** Who did it and why, where a person did. */
  readonly actorId: string | undefined;
  readonly reason: string | undefined;
};
