import type { Limit, LimitMeasure } from '../protocol/limits.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** Where limits are kept. */
export type LimitStore = {
  readonly list: (scope: OrganizationScope) => Promise<readonly Limit[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Limit | undefined>;
  readonly insert: (limit: Limit) => Promise<void>;
  /** Replaces the one of the revision before. Returns false when there is none. */
  readonly replace: (limit: Limit) => Promise<boolean>;
  /** Removes the limit of that revision. Returns false when there is none. */
  readonly remove: (scope: OrganizationScope, id: string, revision: number) => Promise<boolean>;
};

/** The stretch of time in which one take counts. */
export type Span =
  | { readonly kind: 'calendar'; readonly startMs: number; readonly endMs: number }
  | { readonly kind: 'rolling'; readonly lengthMs: number }
  | { readonly kind: 'concurrent' };

/** What one call wants of one limit. */
export type Take = {
  readonly limitId: string;
  readonly countsSince: number;
  /** Whose count it is within the limit; empty where it has one for all. */
  readonly subject: string;
  readonly measure: LimitMeasure;
  readonly span: Span;
  readonly cap: bigint;
  readonly isHard: boolean;
  readonly amount: bigint;
  /** Less than this makes no sense to the call. */
  readonly least: bigint;
};

/** Which call takes, so that what it took can be corrected. */
export type TakingCall = OrganizationScope & {
  /** The id of its usage record. */
  readonly id: string;
  readonly requestId: string;
  /** The instance that makes it: what it holds is given back when that is gone. */
  readonly holder: string;
  /** When the request came, which decides on the windows. */
  readonly at: number;
};

/** How one limit stands after a take. */
export type Standing = { readonly left: bigint; readonly resetAtMs: number };
/** Of each take, in their order. `granted` is between the least and the amount. */
export type Granted = Standing & { readonly granted: bigint };

export type TakeResult =
  | { readonly kind: 'admitted'; readonly granted: readonly Granted[] }
  | { readonly kind: 'refused'; readonly place: number; readonly standing: Standing };

/** What a call has used, once it has ended. */
export type UsedByCall = {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly moneyNano: bigint;
};

/** The limit that is asked about, as far as counts need it. */
export type CountedLimit = Pick<Take, 'limitId' | 'countsSince' | 'span'> & OrganizationScope;
export type SubjectCount = { readonly subject: string; readonly used: bigint; readonly resetAtMs: number };

/** The counts of all limits: one for everybody who shares them. */
export type LimitCounters = {
  /**
   * Takes from all limits or from none. A call that takes from a limit again holds the larger of the two amounts.
   * @throws GatewayError `hub.store_unavailable` where the counts cannot be had
   */
  readonly take: (call: TakingCall, takes: readonly Take[]) => TakeResult | Promise<TakeResult>;
  /** Puts what a call used in place of what it took, in the windows in which it took it; once, whatever is said later. */
  readonly end: (callId: string, used: UsedByCall) => void;
  /** The largest counts of each limit now. @throws GatewayError `hub.store_unavailable` */
  readonly peek: (limits: readonly CountedLimit[], now: number) => Promise<readonly (readonly SubjectCount[])[]>;
};

/** What calls used of a limit before its counts began in this process; `at` is within the bucket or window. */
export type UsedBefore = { readonly subject: string; readonly at: number; readonly used: bigint };

/** Column by which uses are told apart for the subject of a limit. */
export type UsesBy = 'organization' | 'project' | 'member' | 'service_account' | 'key' | 'end_user' | 'tags';

/** Sums of the records of an organization since an instant. */
export type LimitUsesReader = {
  readonly sums: (
    scope: OrganizationScope,
    asked: {
      readonly sinceMs: number;
      /** Records of so many milliseconds are put together. */
      readonly bucketMs: number;
      readonly by: UsesBy;
      readonly byModel: boolean;
      readonly money: 'cost' | 'price';
    },
  ) => Promise<readonly RecordedUses[]>;
};

export type RecordedUses = {
  /** The beginning of the bucket. */
  readonly at: number;
  /** The value by which they are told apart, unless it is tags. */
  readonly value: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly requestedModel: string | undefined;
  readonly routedModel: string | undefined;
  readonly providerId: string | undefined;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly moneyNano: bigint;
};
