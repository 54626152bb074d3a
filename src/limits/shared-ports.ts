import type { OrganizationScope } from '../protocol/tenant.ts';
import type { Taken } from './decide.ts';
import type { TakingCall } from './ports.ts';

/** Which count: one limit's, of one subject. */
export type CountKey = {
  readonly limitId: string;
  readonly countsSince: number;
  readonly subject: string;
};

/** A count as it is kept: what is in which bucket. */
export type StoredCount = CountKey & { readonly buckets: readonly (readonly [number, bigint])[] };

/** What one call has taken, as it is kept. */
export type StoredTake = { readonly call: TakingCall; readonly taken: readonly Omit<Taken, 'counter'>[] };

/** What is kept after a change; a take that is missing is gone. */
export type Changed = {
  readonly counts: readonly StoredCount[];
  readonly take: (StoredTake & { readonly leaseUntil: number }) | undefined;
};

/** The store has forgotten which counts there were, as one that keeps them in memory alone and was started again. */
export class CountsLostError extends Error {}

/** Counts that several instances share. */
export type SharedCountsStore = {
  /** Whether anybody has brought in what was used before. */
  readonly hasBegun: (limit: OrganizationScope & Omit<CountKey, 'subject'>) => Promise<boolean>;
  /** Lays down what was used before, unless somebody else was quicker. */
  readonly begin: (
    limit: OrganizationScope & Omit<CountKey, 'subject'>,
    counts: readonly StoredCount[],
  ) => Promise<void>;
  /**
   * One transaction over a call's take and some counts, and those that it has taken from: nobody else changes any of them
   * meanwhile. Counts that are not there yet are empty. What decides may be asked again, of what was found later.
   * @throws CountsLostError where a limit of `keys` has not begun
   */
  readonly change: <T>(
    call: OrganizationScope & { readonly id: string },
    keys: readonly CountKey[],
    decide: (found: { readonly take: StoredTake | undefined; readonly counts: readonly StoredCount[] }) => {
      readonly result: T;
      readonly changed: Changed | undefined;
    },
  ) => Promise<T>;
  readonly list: (
    limits: readonly (OrganizationScope & Omit<CountKey, 'subject'>)[],
  ) => Promise<readonly StoredCount[]>;
  /** Calls that an instance has under way, or whose instance has given no sign of life for long. */
  readonly left: (by: { readonly holder: string } | { readonly leaseBefore: number }) => Promise<readonly StoredTake[]>;
  /** Says that an instance lives. */
  readonly renew: (holder: string, leaseUntil: number) => Promise<void>;
  /** Forgets counts that nobody has changed since an instant. */
  readonly removeBefore: (at: number) => Promise<void>;
};
