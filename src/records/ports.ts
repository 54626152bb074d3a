import type { RequestOutcome, RequestRecord, RequestStatus, UsageRecord } from '../protocol/records.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** Where finished requests are written. What is read is an organization's, in whichever project. */
export type RecordStore = {
  /**
   * Writes usage and request records in one synced commit. A record whose id is already there is left alone, so that a
   * replay writes nothing twice.
   */
  readonly commit: (outcomes: readonly RequestOutcome[]) => Promise<void>;
  readonly get: (
    scope: OrganizationScope,
    requestId: string,
    /** The projects that may be seen; missing: all of the organization. */
    projectIds?: readonly string[],
  ) => Promise<{ readonly usage: UsageRecord; readonly request: RequestRecord } | undefined>;
  /** A page, newest first, in bounded time. `cursor` is that of the page before. */
  readonly search: (
    scope: OrganizationScope,
    question: RecordQuestion,
    page: { readonly limit: number; readonly cursor: string | undefined },
  ) => Promise<RecordPage>;
  /** All that match, page by page, newest first, however long it takes; `cursor` is the last id of the page before. */
  readonly list: (
    scope: OrganizationScope,
    filter: UsageFilter,
    page: { readonly limit: number; readonly cursor: string | undefined },
  ) => Promise<readonly UsageRecord[]>;
  readonly totals: (
    scope: OrganizationScope,
    filter: UsageFilter,
    groupBy: UsageGroup | undefined,
  ) => Promise<readonly UsageTotals[]>;
};

export type UsageFilter = {
  /** Missing: all of the organization's projects. */
  readonly projectIds?: readonly string[] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly keyId?: string | undefined;
  readonly model?: string | undefined;
  readonly providerId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly status?: RequestStatus | undefined;
  readonly endUser?: string | undefined;
  readonly application?: string | undefined;
};

/** Deletes records that are old enough. */
export type RetentionStore = {
  readonly organizationIds: () => Promise<readonly string[]>;
  /** The oldest records that began before an instant and are in the sums. */
  readonly oldest: (scope: OrganizationScope, beforeMs: number, limit: number) => Promise<readonly RequestOutcome[]>;
  readonly remove: (scope: OrganizationScope, ids: readonly string[]) => Promise<void>;
};

/** What a log is searched for. */
export type RecordQuestion = UsageFilter & {
  /** Part of a name or an id, in any case. */
  readonly text?: string | undefined;
};

export type RecordPage = {
  readonly records: readonly UsageRecord[];
  /** Missing: there are no more. */
  readonly nextCursor: string | undefined;
  /** There: older records have not been looked at, and the next page goes on with them. */
  readonly searchedBackToMs?: number;
};

export type UsageGroup =
  | 'model'
  | 'provider'
  | 'connection'
  | 'key'
  | 'status'
  | 'operation'
  | 'endUser'
  | 'application'
  | 'day';

/** Sums over records. Costs are whole nano-dollars; `unpricedRequests` counts the records that no sum of cost holds. */
export type UsageTotals = {
  readonly group: string | undefined;
  readonly requests: number;
  readonly failedRequests: number;
  readonly estimatedRequests: number;
  readonly unpricedRequests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNano: bigint;
};
