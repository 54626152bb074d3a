import type { Insertable, Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { KeyOwner, ManagementKeyStore, StoredManagementKey } from '../../identity/ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { ManagementKey } from '../../protocol/people.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { listOrNull, orNull, orUndefined, toJsonText } from '../engine.ts';
import type { ManagementKeyTable } from '../schema.ts';
import { toManagementKey } from './access.ts';
import { changedColumns } from './changes.ts';
import { touchKeys } from './identity.ts';
import { removeOwnRow } from './remove-row.ts';
import { ofRevision } from './revision.ts';
import { ofOrganization } from './tenant-scope.ts';

type KeyChange = Parameters<ManagementKeyStore['update']>[2];

/** Management keys in the store. */
export function createManagementKeyStore(database: StoreDatabase): ManagementKeyStore {
  return {
    insert: (key) =>
      database.within(key.organizationId).write(async (transaction) => {
        await transaction.insertInto('management_keys').values(toColumns(key)).execute();
      }),
    page: (scope, owner, page) => pageOf(database, scope, owner, page),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('management_keys')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toStored(row);
      }),
    update: (scope, id, change, ifRevision) =>
      database.within(scope.organizationId).write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('management_keys')
          .set((row) => ({ ...columnsOf(change), revision: row('revision', '+', 1) }))
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .where(ofRevision(ifRevision))
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    remove: (scope, id, ifRevision) => removeOwnRow(database, 'management_keys', { scope, id, ifRevision }),
    touch: (uses) => touchKeys(database, 'management_keys', uses),
  };
}

async function pageOf(
  database: StoreDatabase,
  scope: OrganizationScope,
  owner: KeyOwner | undefined,
  { limit, cursor }: Parameters<ManagementKeyStore['page']>[2],
): Promise<readonly ManagementKey[]> {
  return await database.within(scope.organizationId).readTogether(async (view) => {
    let query = view.selectFrom('management_keys').where(ofOrganization(scope));
    if (owner !== undefined) {
      query =
        'memberId' in owner
          ? query.where('member_id', '=', owner.memberId)
          : query.where('service_account_id', '=', owner.serviceAccountId);
    }
    if (cursor !== undefined) {
      const last = await query.select('created_at').where('id', '=', cursor).executeTakeFirst();
      if (last === undefined) throw new GatewayError('request.invalid', { param: 'cursor' });
      query = query.where(sql<boolean>`(created_at, id) > (${last.created_at}, ${cursor})`);
    }
    const rows = await query.selectAll().orderBy('created_at').orderBy('id').limit(limit).execute();
    return rows.map(toManagementKey);
  });
}

function columnsOf(change: KeyChange): Updateable<ManagementKeyTable> {
  return changedColumns<KeyChange, Updateable<ManagementKeyTable>>(change, {
    name: (name) => ({ name }),
    hash: (hash) => ({ hash }),
    masked: (masked) => ({ masked }),
    scopes: (scopes) => ({ scopes: scopes === undefined ? undefined : toJsonText(scopes) }),
    allowedAddresses: (addresses) => ({ allowed_addresses: listOrNull(addresses) }),
    expiresAt: (at) => ({ expires_at: orNull(at) }),
    revokedAt: (at) => ({ revoked_at: orNull(at) }),
    previousHash: (hash) => ({ previous_hash: orNull(hash) }),
    previousUntil: (at) => ({ previous_until: orNull(at) }),
  });
}

function toStored(row: Selectable<ManagementKeyTable>): StoredManagementKey {
  return { ...toManagementKey(row), hash: row.hash, previousHash: orUndefined(row.previous_hash) };
}

function toColumns(key: StoredManagementKey): Insertable<ManagementKeyTable> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    member_id: orNull(key.memberId),
    service_account_id: orNull(key.serviceAccountId),
    name: key.name,
    hash: key.hash,
    previous_hash: orNull(key.previousHash),
    previous_until: orNull(key.previousUntil),
    masked: key.masked,
    scopes: toJsonText(key.scopes),
    allowed_addresses: listOrNull(key.allowedAddresses),
    expires_at: orNull(key.expiresAt),
    revoked_at: orNull(key.revokedAt),
    created_at: key.createdAt,
    last_used_at: orNull(key.lastUsedAt),
    revision: key.revision,
  };
}
