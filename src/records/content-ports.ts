import type { ContentPolicy, ContentRow } from '../protocol/contents.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

export type ContentPolicyChange = Pick<ContentPolicy, 'stores' | 'keepDays' | 'redacts' | 'projectIds'>;

/** Where contents and what organizations want of them are kept. */
export type ContentStore = {
  /** Of one that never said anything: that nothing is stored. */
  readonly policy: (organizationId: string) => Promise<ContentPolicy>;
  /** @throws resource.changed for another revision, request.invalid for a project that is not the organization's */
  readonly changePolicy: (
    organizationId: string,
    change: ContentPolicyChange,
    ifRevision: number | undefined,
  ) => Promise<{ readonly before: ContentPolicy; readonly after: ContentPolicy }>;
  /** Rows of any organizations; one that is there already is left alone. */
  readonly insert: (rows: readonly ContentRow[]) => Promise<void>;
  /** `id`: of the usage record. */
  readonly get: (scope: OrganizationScope, id: string) => Promise<ContentRow | undefined>;
  readonly expiryOf: (scope: OrganizationScope, id: string) => Promise<number | undefined>;
  readonly remove: (scope: OrganizationScope, id: string) => Promise<boolean>;
  /** Deletes at most so many whose time is over. Returns how many. */
  readonly removeExpired: (nowMs: number, limit: number) => Promise<number>;
};
