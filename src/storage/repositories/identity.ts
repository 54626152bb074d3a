import type { Insertable, Selectable, Updateable } from 'kysely';
import type { AdminTokenStore, VirtualKeyStore } from '../../identity/ports.ts';
import type { Source, VirtualKeyRow } from '../../protocol/configuration.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, isSet, orNull, orUndefined, stringList, toJsonText } from '../engine.ts';
import type { VirtualKeyTable } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { removeRow } from './remove-row.ts';
import { ofTenant } from './tenant-scope.ts';

type KeyChange = Parameters<VirtualKeyStore['update']>[2];

/** Virtual keys in the store. */
export function createVirtualKeyStore(database: StoreDatabase): VirtualKeyStore {
  return {
    insert: (tenant, key) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction.insertInto('virtual_keys').values(toColumns(tenant, key)).execute();
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
    get: (tenant, id) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('virtual_keys')
          .selectAll()
          .where(ofTenant(tenant))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toVirtualKey(row);
      }),
    update: (tenant, id, change) =>
      changeConfiguration(
        database.within(tenant.organizationId),
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('virtual_keys')
            .set({
              // Never an empty SET, whatever was given.
              id,
              ...changedColumns<KeyChange, Updateable<VirtualKeyTable>>(change, {
                name: (name) => ({ name }),
                allowedModels: (models) => ({ allowed_models: models === undefined ? null : toJsonText(models) }),
                refusesLosses: (refuses) => ({ refuses_losses: refuses === undefined ? undefined : flag(refuses) }),
                enabled: (enabled) => ({ enabled: enabled === undefined ? undefined : flag(enabled) }),
                expiresAt: (at) => ({ expires_at: orNull(at) }),
                revokedAt: (at) => ({ revoked_at: orNull(at) }),
              }),
            })
            .where(ofTenant(tenant))
            .where('id', '=', id)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (tenant, id) => removeRow(database, 'virtual_keys', { tenant, id }),
    touch: (uses) => touchKeys(database, uses),
  };
}

/** Later uses win whatever the order in which processes note them. Ids are sorted, so that two never deadlock. */
async function touchKeys(
  database: StoreDatabase,
  uses: readonly { readonly id: string; readonly usedAt: number }[],
): Promise<void> {
  if (uses.length === 0) return;
  await database.write(async (transaction) => {
    for (const { id, usedAt } of uses.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await transaction
        .updateTable('virtual_keys')
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
    revision: row.revision,
  };
}

function toColumns(tenant: Tenant, key: VirtualKeyRow): Insertable<VirtualKeyTable> {
  return {
    organization_id: tenant.organizationId,
    project_id: tenant.projectId,
    id: key.id,
    name: key.name,
    hash: key.hash,
    masked: key.masked,
    allowed_models: key.allowedModels === undefined ? null : toJsonText(key.allowedModels),
    refuses_losses: flag(key.refusesLosses),
    enabled: flag(key.enabled),
    expires_at: orNull(key.expiresAt),
    revoked_at: orNull(key.revokedAt),
    created_at: key.createdAt,
    last_used_at: orNull(key.lastUsedAt),
    source: key.source,
    member_id: orNull(key.memberId),
    service_account_id: orNull(key.serviceAccountId),
    allowed_addresses: key.allowedAddresses === undefined ? null : toJsonText(key.allowedAddresses),
    allowed_origins: key.allowedOrigins === undefined ? null : toJsonText(key.allowedOrigins),
    previous_hash: orNull(key.previousHash),
    previous_until: orNull(key.previousUntil),
    revision: key.revision,
  };
}
