import { GatewayError } from '../../kernel/errors.ts';
import type { VirtualKeyRow } from '../../protocol/configuration.ts';
import type { Project } from '../../protocol/people.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type {
  IdempotencyRecord,
  IdempotencyStore,
  KeyPage,
  ManagementKeyStore,
  ProjectReader,
  StoredManagementKey,
  VirtualKeyStore,
} from '../ports.ts';

/** Stores of this stage in memory: what they hold is the maps that a test hands in. */

type Owned = { readonly id: string; readonly organizationId: string; readonly revision: number };

export function memoryVirtualKeys(rows: Map<string, VirtualKeyRow>): VirtualKeyStore {
  return {
    ...revised(rows),
    insert: async (_tenant, key) => void rows.set(key.id, key),
    list: async (tenant) => ofScope(rows, tenant).filter((row) => row.projectId === tenant.projectId),
    page: async (scope, projectIds, page) =>
      cut(
        ofScope(rows, scope).filter((row) => projectIds === undefined || projectIds.includes(row.projectId)),
        page,
      ),
    touch: async () => undefined,
  };
}

export function memoryManagementKeys(rows: Map<string, StoredManagementKey>): ManagementKeyStore {
  return {
    ...revised(rows),
    insert: async (key) => void rows.set(key.id, key),
    page: async (scope, owner, page) => {
      const found = cut(
        ofScope(rows, scope).filter((row) =>
          owner === undefined
            ? true
            : 'memberId' in owner
              ? row.memberId === owner.memberId
              : row.serviceAccountId === owner.serviceAccountId,
        ),
        page,
      );
      return found.map(({ hash: _hash, previousHash: _previous, ...key }) => key);
    },
    touch: async () => undefined,
  };
}

export function memoryProjects(projects: ReadonlyMap<string, Project>): ProjectReader {
  return {
    list: async (scope) => ofScope(projects, scope),
    get: async (scope, id) => ofScope(projects, scope).find((project) => project.id === id),
  };
}

export function memoryIdempotency(rows: Map<string, IdempotencyRecord & { expiresAt: number }>): IdempotencyStore {
  return {
    take: async (id, { fingerprint, now, expiresAt }) => {
      const found = rows.get(id);
      if (found !== undefined && found.expiresAt > now) return found;
      rows.set(id, { fingerprint, status: undefined, sealed: undefined, createdAt: now, expiresAt });
      return undefined;
    },
    finish: async (id, answer) => {
      const found = rows.get(id);
      if (found !== undefined) rows.set(id, { ...found, ...answer });
    },
    removeExpired: async (nowMs) => {
      for (const [id, { expiresAt }] of rows) if (expiresAt <= nowMs) rows.delete(id);
    },
  };
}

/** What counts revisions, as the real stores do. */
function revised<Row extends Owned>(rows: Map<string, Row>) {
  const find = (scope: OrganizationScope, id: string, ifRevision?: number): Row | undefined => {
    const row = rows.get(id);
    const isMeant = row?.organizationId === scope.organizationId && (ifRevision ?? row.revision) === row.revision;
    return isMeant ? row : undefined;
  };
  return {
    get: async (scope: OrganizationScope, id: string) => find(scope, id),
    update: async (scope: OrganizationScope, id: string, change: Partial<Row>, ifRevision?: number) => {
      const row = find(scope, id, ifRevision);
      if (row !== undefined) rows.set(id, { ...row, ...change, revision: row.revision + 1 });
      return row !== undefined;
    },
    remove: async (scope: OrganizationScope, id: string, ifRevision?: number) =>
      find(scope, id, ifRevision) !== undefined && rows.delete(id),
  };
}

function ofScope<Row extends { readonly organizationId: string }>(
  rows: ReadonlyMap<string, Row>,
  { organizationId }: OrganizationScope,
): readonly Row[] {
  return [...rows.values()].filter((row) => row.organizationId === organizationId);
}

function cut<Row extends Owned>(rows: readonly Row[], { limit, cursor }: KeyPage): readonly Row[] {
  const after = cursor === undefined ? -1 : rows.findIndex((row) => row.id === cursor);
  if (cursor !== undefined && after === -1) throw new GatewayError('request.invalid', { param: 'cursor' });
  return rows.slice(after + 1, after + 1 + limit);
}
