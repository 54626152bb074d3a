import { GatewayError } from '../kernel/errors.ts';
import type { ContentPolicy, ContentRow, RequestContent } from '../protocol/contents.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { ContentPolicyChange, ContentStore } from './content-ports.ts';

/** Contents in one transaction: few enough that nobody waits long for its end. */
const BATCH_CONTENTS = 500;

/** What is stored of one request. */
export type StoredContent = RequestContent & { readonly createdAt: number; readonly expiresAt: number };

/** The contents of an organization's requests, and whether they are stored. */
export type ContentService = {
  /** How long anybody may have them kept; 0: nobody may. */
  readonly daysMax: number;
  readonly policy: ContentStore['policy'];
  /** @throws request.invalid for what the operator does not allow, resource.changed for another revision */
  readonly changePolicy: ContentStore['changePolicy'];
  /** Until when the content of a request is there; `undefined` where none is. `id`: of its usage record. */
  readonly expiryOf: (scope: OrganizationScope, id: string) => Promise<number | undefined>;
  /** @throws resource.not_found, vault.undecryptable */
  readonly read: (scope: OrganizationScope, id: string) => Promise<StoredContent>;
  /** @throws resource.not_found */
  readonly remove: (scope: OrganizationScope, id: string) => Promise<void>;
  /** Deletes whatever has had its time, until nothing is left or it is told to stop. */
  readonly removeExpired: (signal: AbortSignal) => Promise<void>;
};

export function createContentService(input: {
  readonly store: ContentStore;
  readonly open: (row: ContentRow) => RequestContent;
  readonly daysMax: number;
  readonly now: () => number;
}): ContentService {
  const { store, open, daysMax, now } = input;
  return {
    daysMax,
    policy: store.policy,
    changePolicy: async (organizationId, change, ifRevision) => {
      assertAllowed(change, daysMax);
      return await store.changePolicy(organizationId, change, ifRevision);
    },
    expiryOf: async (scope, id) => {
      const expiresAt = await store.expiryOf(scope, id);
      return expiresAt !== undefined && expiresAt > now() ? expiresAt : undefined;
    },
    read: async (scope, id) => {
      const row = await store.get(scope, id);
      // What has had its time is gone, whether or not it was deleted yet.
      if (row === undefined || row.expiresAt <= now()) throw new GatewayError('resource.not_found');
      return { ...open(row), createdAt: row.createdAt, expiresAt: row.expiresAt };
    },
    remove: async (scope, id) => {
      if (!(await store.remove(scope, id))) throw new GatewayError('resource.not_found');
    },
    removeExpired: async (signal) => {
      let removed = BATCH_CONTENTS;
      while (removed === BATCH_CONTENTS && !signal.aborted) removed = await store.removeExpired(now(), BATCH_CONTENTS);
    },
  };
}

function assertAllowed({ stores, keepDays }: ContentPolicyChange, daysMax: number): void {
  if (!stores || keepDays <= daysMax) return;
  throw new GatewayError('request.invalid', {
    message:
      daysMax === 0
        ? 'The operator does not let contents be stored.'
        : `The operator lets contents be stored for at most ${daysMax} days.`,
    param: daysMax === 0 ? 'store' : 'keep_days',
  });
}

/** The policies in force: what holds for a project’s requests, `undefined` where their content is not stored. */
export function contentRuleOf(
  policy: ContentPolicy | undefined,
  projectId: string,
  daysMax: number,
): { readonly keepDays: number; readonly redacts: boolean } | undefined {
  if (policy?.stores !== true || daysMax === 0) return undefined;
  if (policy.projectIds?.includes(projectId) === false) return undefined;
  // The operator may have shortened it since.
  return { keepDays: Math.min(policy.keepDays, daysMax), redacts: policy.redacts };
}
