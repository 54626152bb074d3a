import type { Selectable } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import { type ContentPolicy, type ContentRow, NO_CONTENT_POLICY } from '../../protocol/contents.ts';
import type { ContentPolicyChange, ContentStore } from '../../records/content-ports.ts';
import type { ContentPolicyTable, RequestContentTable } from '../content-schema.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { flag, isSet, listOrNull, stringList, wholeNumber } from '../engine.ts';
import { keyVersionOf } from './credentials.ts';
import { ofOrganization } from './tenant-scope.ts';
import { assertRevision, holdOrganization, type Reading, type Writing } from './within-organization.ts';

/** What organizations have stored of the content of their requests, and whether they do. */
export function createContentStore(database: StoreDatabase): ContentStore {
  return { ...policies(database), ...contents(database) };
}

function policies(database: StoreDatabase): Pick<ContentStore, 'policy' | 'changePolicy'> {
  return {
    policy: (organizationId) => database.within(organizationId).read((view) => readPolicy(view, organizationId)),
    changePolicy: (organizationId, change, ifRevision) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = await readPolicy(transaction, organizationId);
        assertRevision(before, ifRevision);
        await assertOwnProjects(transaction, organizationId, change.projectIds ?? []);
        const after = { organizationId, ...change, revision: before.revision + 1 };
        const columns = toColumns(after);
        await transaction
          .insertInto('content_policies')
          .values({ organization_id: organizationId, ...columns })
          .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(columns))
          .execute();
        return { before, after };
      }),
  };
}

async function readPolicy(view: Reading, organizationId: string): Promise<ContentPolicy> {
  const row = await view
    .selectFrom('content_policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row === undefined ? { organizationId, ...NO_CONTENT_POLICY } : toContentPolicy(row);
}

async function assertOwnProjects(
  transaction: Writing,
  organizationId: string,
  projectIds: readonly string[],
): Promise<void> {
  if (projectIds.length === 0) return;
  const { count } = await transaction
    .selectFrom('projects')
    .select((rows) => rows.fn.countAll().as('count'))
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...projectIds])
    .executeTakeFirstOrThrow();
  if (wholeNumber(count) === new Set(projectIds).size) return;
  throw new GatewayError('request.invalid', {
    message: 'The organization does not have all of these projects.',
    param: 'project_ids',
  });
}

function toColumns({ stores, keepDays, redacts, projectIds, revision }: ContentPolicyChange & { revision: number }) {
  return {
    stores: flag(stores),
    keep_days: keepDays,
    redacts: flag(redacts),
    project_ids: listOrNull(projectIds),
    revision,
  };
}

/** A stored row → policy. */
export function toContentPolicy(row: Selectable<ContentPolicyTable>): ContentPolicy {
  return {
    organizationId: row.organization_id,
    stores: isSet(row.stores),
    keepDays: row.keep_days,
    redacts: isSet(row.redacts),
    projectIds: stringList(row.project_ids),
    revision: row.revision,
  };
}

function contents(
  database: StoreDatabase,
): Pick<ContentStore, 'insert' | 'get' | 'expiryOf' | 'remove' | 'removeExpired'> {
  return {
    insert: async (rows) => {
      if (rows.length === 0) return;
      await database.append(async (transaction) => {
        await transaction
          .insertInto('request_contents')
          .values(
            rows.map((row) => ({
              id: row.id,
              organization_id: row.organizationId,
              project_id: row.projectId,
              created_at: row.createdAt,
              expires_at: row.expiresAt,
              sealed: row.sealed,
              key_version: keyVersionOf(row.sealed),
            })),
          )
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    },
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (view) => {
        const row = await view
          .selectFrom('request_contents')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row && toContentRow(row);
      }),
    expiryOf: (scope, id) =>
      database.within(scope.organizationId).read(async (view) => {
        const row = await view
          .selectFrom('request_contents')
          .select('expires_at')
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row?.expires_at;
      }),
    remove: (scope, id) =>
      database.within(scope.organizationId).write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('request_contents')
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        return numDeletedRows > 0n;
      }),
    removeExpired: (nowMs, limit) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('request_contents')
          .where('id', 'in', (query) =>
            query
              .selectFrom('request_contents')
              .select('id')
              .where('expires_at', '<=', nowMs)
              .orderBy('expires_at')
              .limit(limit),
          )
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}

function toContentRow(row: Selectable<RequestContentTable>): ContentRow {
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    sealed: row.sealed,
  };
}
