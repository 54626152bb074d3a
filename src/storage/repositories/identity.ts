import type { Insertable, Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { AdminTokenStore, KeyUse, VirtualKeyStore } from '../../identity/ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Source, VirtualKeyRow } from '../../protocol/configuration.ts';
import type { OrganizationScope, Tenant } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, isSet, listOrNull, orNull, orUndefined, stringList } from '../engine.ts';
import type { VirtualKeyTable } from '../key-schema.ts';

import { changedColumns } from './changes.ts';
import { ofRevision } from './revision.ts';
import { ofOrganization, ofTenant } from './tenant-scope.ts';

type KeyChange = Parameters<VirtualKeyStore['update']>[2];

/** Virtual keys in the store. */
export function createVirtualKeyStore(database: StoreDatabase): VirtualKeyStore {
  return {
    insert: (tenant, key) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction.insertInto('virtual_keys').values(virtualKeyColumns(tenant, key)).execute();
      }),
    list: (tenant) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('virtual_keys')
          .selectAll()
          .where(ofTenant(tenant))
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toVirtualKey);
      }),
    page: (scope, projectIds, page) => pageOf(database, scope, projectIds, page),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('virtual_keys')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toVirtualKey(row);
      }),
    update: (scope, id, change, ifRevision) =>
      changeConfiguration(
        database.within(scope.organizationId),
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('virtual_keys')
            .set((row) => ({ ...columnsOf(change), revision: row('revision', '+', 1) }))
            .where(ofOrganization(scope))
            .where('id', '=', id)
            .where(ofRevision(ifRevision))
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (scope, id, ifRevision) =>
      changeConfiguration(
        database.within(scope.organizationId),
        async (transaction) => {
          const { numDeletedRows } = await transaction
            .deleteFrom('virtual_keys')
            .where(ofOrganization(scope))
            .where('id', '=', id)
            .where(ofRevision(ifRevision))
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n;
        },
        Boolean,
      ),
    touch: (uses) => touchKeys(database, 'virtual_keys', uses),
  };
}

function columnsOf(change: KeyChange): Updateable<VirtualKeyTable> {
  return changedColumns<KeyChange, Updateable<VirtualKeyTable>>(change, {
    name: (name) => ({ name }),
    hash: (hash) => ({ hash }),
    masked: (masked) => ({ masked }),
    allowedModels: (models) => ({ allowed_models: listOrNull(models) }),
    refusesLosses: (refuses) => ({ refuses_losses: refuses === undefined ? undefined : flag(refuses) }),
    enabled: (enabled) => ({ enabled: enabled === undefined ? undefined : flag(enabled) }),
    expiresAt: (at) => ({ expires_at: orNull(at) }),
    revokedAt: (at) => ({ revoked_at: orNull(at) }),
    allowedAddresses: (addresses) => ({ allowed_addresses: listOrNull(addresses) }),
    allowedOrigins: (origins) => ({ allowed_origins: listOrNull(origins) }),
    previousHash: (hash) => ({ previous_hash: orNull(hash) }),
    previousUntil: (at) => ({ previous_until: orNull(at) }),
    cacheSeconds: (seconds) => ({ cache_seconds: orNull(seconds) }),
  });
}

async function pageOf(
  database: StoreDatabase,
  scope: OrganizationScope,
  projectIds: readonly string[] | undefined,
  { limit, cursor }: Parameters<VirtualKeyStore['page']>[2],
): Promise<readonly VirtualKeyRow[]> {
  if (projectIds?.length === 0) return [];
  return await database.within(scope.organizationId).readTogether(async (view) => {
    let query = view.selectFrom('virtual_keys').where(ofOrganization(scope));
    if (projectIds !== undefined) query = query.where('project_id', 'in', projectIds);
    if (cursor !== undefined) {
      const last = await query.select('created_at').where('id', '=', cursor).executeTakeFirst();
      if (last === undefined) throw new GatewayError('request.invalid', { param: 'cursor' });
      query = query.where(sql<boolean>`(created_at, id) > (${last.created_at}, ${cursor})`);
    }
    const rows = await query.selectAll().orderBy('created_at').orderBy('id').limit(limit).execute();
    return rows.map(toVirtualKey);
  });
}

/** Later uses win whatever the order in which processes note them. Ids are sorted, so that two never deadlock. */
export async function touchKeys(
  database: StoreDatabase,
  table: 'virtual_keys' | 'management_keys',
  uses: readonly KeyUse[],
): Promise<void> {
  if (uses.length === 0) return;
  await database.write(async (transaction) => {
    for (const { id, usedAt } of uses.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await transaction
        .updateTable(table)
        .set({ last_used_at: usedAt })
        .where('id', '=', id)
        .where((row) => row.or([row('last_used_at', 'is', null), row('last_used_at', '<', usedAt)]))
        .execute();
    }
  });
}

/** Hashes of admin tokens in the store. */
export function createAdminTokenStore(database: StoreDatabase): AdminTokenStore {
  return {
    insert: ({ id, hash, createdAt }) =>
      database.write(async (transaction) => {
        await transaction.insertInto('admin_tokens').values({ id, hash, created_at: createdAt }).execute();
      }),
    listHashes: () =>
      database.read(async (reading) => {
        const rows = await reading.selectFrom('admin_tokens').select('hash').orderBy('created_at').execute();
        return rows.map((row) => row.hash);
      }),
    keepOnly: (id) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('admin_tokens').where('id', '!=', id).execute();
      }),
  };
}

/** A stored row → virtual key. */
export function toVirtualKey(row: Selectable<VirtualKeyTable>): VirtualKeyRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    name: row.name,
    hash: row.hash,
    masked: row.masked,
    allowedModels: stringList(row.allowed_models),
    refusesLosses: isSet(row.refuses_losses),
    enabled: isSet(row.enabled),
    expiresAt: orUndefined(row.expires_at),
    revokedAt: orUndefined(row.revoked_at),
    createdAt: row.created_at,
    lastUsedAt: orUndefined(row.last_used_at),
    // Only a Source is ever written to this column.
    source: row.source as Source,
    memberId: orUndefined(row.member_id),
    serviceAccountId: orUndefined(row.service_account_id),
    allowedAddresses: stringList(row.allowed_addresses),
    allowedOrigins: stringList(row.allowed_origins),
    previousHash: orUndefined(row.previous_hash),
    previousUntil: orUndefined(row.previous_until),
    cacheSeconds: orUndefined(row.cache_seconds),
    revision: row.revision,
  };
}

/** A virtual key → the columns of its row. */
export function virtualKeyColumns(tenant: Tenant, key: VirtualKeyRow): Insertable<VirtualKeyTable> {
  return {
    organization_id: tenant.organizationId,
    project_id: tenant.projectId,
    id: key.id,
    name: key.name,
    hash: key.hash,
    masked: key.masked,
    allowed_models: listOrNull(key.allowedModels),
    refuses_losses: flag(key.refusesLosses),
    enabled: flag(key.enabled),
    expires_at: orNull(key.expiresAt),
    revoked_at: orNull(key.revokedAt),
    created_at: key.createdAt,
    last_used_at: orNull(key.lastUsedAt),
    source: key.source,
    member_id: orNull(key.memberId),
    service_account_id: orNull(key.serviceAccountId),
    allowed_addresses: listOrNull(key.allowedAddresses),
    allowed_origins: listOrNull(key.allowedOrigins),
    previous_hash: orNull(key.previousHash),
    previous_until: orNull(key.previousUntil),
    cache_seconds: orNull(key.cacheSeconds),
    revision: key.revision,
  };
}
