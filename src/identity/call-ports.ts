import type { Tenant } from '../protocol/tenant.ts';

/** Whose claim it is to make a call: the row, and the record that its call leaves. */
export type CallClaim = { readonly id: string; readonly organizationId: string; readonly recordId: string };

/**
 * How a call stands that was claimed before. `dead`: its process gave no sign of life for too long and told no outcome;
 * `kept`: its answer is here; `not_kept`: it was answered at greater length than is kept; `lost`: its answer broke off.
 */
export type CallState = 'running' | 'dead' | CallOutcome;
export type CallOutcome = 'kept' | 'not_kept' | 'lost';

/** What is kept of a call that is to be made once. */
export type CallRecord = {
  /** Tells the same call from another one under the same key. */
  readonly fingerprint: string;
  readonly recordId: string;
  readonly state: CallState;
  /** The answer, sealed, of one that is kept. */
  readonly sealed: string | undefined;
};

/** A claim as it is asked for. Times are the store's own, so that instances with wrong clocks agree. */
export type NewCall = Tenant & {
  readonly id: string;
  readonly fingerprint: string;
  readonly recordId: string;
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly keptMs: number;
};

/** What the hub knows of a call whose process died: `unknown` where neither a record nor credit tells of it. */
export type CallFate = 'used' | 'unused' | 'unknown';

export type IdempotentCallStore = {
  /**
   * Takes the place of a call that nobody has taken, or whose time is over, and gives `undefined`; else gives what is
   * there. Of two at once, one takes it.
   */
  readonly take: (call: NewCall) => Promise<CallRecord | undefined>;
  /** Takes the place of the dead call that left that record; false where somebody else has. */
  readonly takeOver: (call: NewCall, deadRecordId: string) => Promise<boolean>;
  readonly fateOf: (organizationId: string, recordId: string) => Promise<CallFate>;
  readonly finish: (claim: CallClaim, outcome: CallOutcome, sealed: string | undefined) => Promise<void>;
  /** Gives the place back: the call used nothing. */
  readonly free: (claim: CallClaim) => Promise<void>;
  /** Prolongs claims; gives the records of those that are still held. */
  readonly renew: (claims: readonly CallClaim[], leaseMs: number) => Promise<readonly string[]>;
  /** Ends the leases of a process that is known to be dead. */
  readonly endLeasesOf: (instanceId: string) => Promise<void>;
  /** Returns how many there were, so many at most. */
  readonly removeExpired: (limit: number) => Promise<number>;
};
