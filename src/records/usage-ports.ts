import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, SumsWanted, UsageQuestion } from '../protocol/usage-sums.ts';

/** Where sums over usage records come from; all of one view's on one state of the store. */
export type UsageSums = {
  /** Groups and buckets without a record may be missing. */
  readonly sums: (wanted: SumsWanted) => Promise<readonly GroupSum[]>;
  /** Whether values that a question is about were too many to be kept apart somewhere between two instants. */
  readonly isCapped: (asked: UsageQuestion, fromMs: number, toMs: number) => Promise<boolean>;
};

/** Brings usage records into the sums that are kept. */
export type RollupStore = {
  /**
   * Takes at most so many records, the oldest first, and gives how many it took and how many sums it wrote; `undefined`
   * when another batch came between and nothing was done.
   */
  readonly rollUp: (limit: number) => Promise<{ readonly taken: number | undefined; readonly written: number }>;
  /** Whether whoever else writes to the store waits for the end of a batch. */
  readonly holdsUpWrites: boolean;
  /** How many records are in no sum yet. */
  readonly waiting: () => Promise<number>;
};

/** Packs sums of months that have ended, from which long times are read faster. */
export type PackStore = {
  /** Does a piece of what there is to pack of the months that end at an instant or before it; whether more may be left. */
  readonly pack: (beforeMs: number) => Promise<boolean>;
};

export type UsageStore = {
  /** Sums of an organization's usage, exact and up to the last record. */
  readonly view: <T>(scope: OrganizationScope, work: (sums: UsageSums) => Promise<T>) => Promise<T>;
};
