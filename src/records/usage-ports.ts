import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, SumsWanted, UsageDimension } from '../protocol/usage-sums.ts';

/** Where sums over usage records come from; all of one view's on one state of the store. */
export type UsageSums = {
  /** Groups and buckets without a record may be missing. */
  readonly sums: (wanted: SumsWanted) => Promise<readonly GroupSum[]>;
  /** Whether values of a dimension were too many to be kept apart somewhere between two instants. */
  readonly isCapped: (dimension: UsageDimension, fromMs: number, toMs: number) => Promise<boolean>;
};

export type UsageStore = {
  /** Sums of an organization's usage, exact and up to the last record. */
  readonly view: <T>(scope: OrganizationScope, work: (sums: UsageSums) => Promise<T>) => Promise<T>;
};
