import type { Insertable, Selectable, Transaction, Updateable } from 'kysely';
import type { CredentialRow, Source } from '../../protocol/configuration.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import type { CredentialChange, CredentialStore, CredentialUse } from '../../providers/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import type { CredentialTable, Schema } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { removeRow } from './remove-row.ts';
import { ofRevision } from './revision.ts';
import { ofTenant } from './tenant-scope.ts';

/** Credentials in the store: sealed envelopes, and how each has fared. */
export function createCredentialStore(database: StoreDatabase): CredentialStore {
  return {
    insert: (tenant, credential) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction.insertInto('credentials').values(toColumns(tenant, credential)).execute();
      }),
    list: (tenant, connectionId) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('credentials')
          .selectAll()
          .where(ofTenant(tenant))
          .where('connection_id', '=', connectionId)
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toCredential);
      }),
    get: (tenant, id) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('credentials')
          .selectAll()
          .where(ofTenant(tenant))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toCredential(row);
      }),
    update: (tenant, id, change, ifRevision) =>
      changeConfiguration(
        database.within(tenant.organizationId),
        (transaction) => changeCredential(transaction, tenant, { id, change, ifRevision }),
        Boolean,
      ),
    remove: (tenant, id, ifRevision) => removeRow(database, 'credentials', { tenant, id, ifRevision }),
    noteUses: (uses) => noteUses(database, uses),
  };
}

/** Changes the fields given, within a change of the configuration. False when there is no such credential or revision. */
export async function changeCredential(
  transaction: Transaction<Schema>,
  tenant: Tenant,
  {
    id,
    change,
    ifRevision,
  }: { readonly id: string; readonly change: CredentialChange; readonly ifRevision?: number | undefined },
): Promise<boolean> {
  const columns = changedColumns<CredentialChange, Updateable<CredentialTable>>(change, {
    name: (name) => ({ name }),
    sealed: (sealed) => (sealed === undefined ? {} : { sealed, key_version: keyVersionOf(sealed) }),
    masked: (masked) => ({ masked }),
    weight: (weight) => ({ weight }),
    state: (state) => ({ state }),
    stateReason: (reason) => ({ state_reason: orNull(reason) }),
    stateChangedAt: (at) => ({ state_changed_at: orNull(at) }),
  });
  const { numUpdatedRows } = await transaction
    .updateTable('credentials')
    .set((row) => ({ ...columns, revision: row('revision', '+', 1) }))
    .where(ofTenant(tenant))
    .where('id', '=', id)
    .where(ofRevision(ifRevision))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Counts add up and the latest time wins, whatever the order in which processes note them. */
async function noteUses(database: StoreDatabase, uses: readonly CredentialUse[]): Promise<void> {
  if (uses.length === 0) return;
  await database.write(async (transaction) => {
    // In the order of their ids, so that two processes never wait for each other.
    for (const use of uses.toSorted((a, b) => (a.credentialId < b.credentialId ? -1 : 1))) {
      await transaction
        .updateTable('credentials')
        .set((row) => ({
          use_count: row('use_count', '+', use.uses),
          last_used_at: row
            .case()
            .when('last_used_at', '>', use.lastUsedAt)
            .then(row.ref('last_used_at'))
            .else(use.lastUsedAt)
            .end(),
        }))
        .where('id', '=', use.credentialId)
        .execute();
      const { lastError, lastErrorAt } = use;
      if (lastError === undefined || lastErrorAt === undefined) continue;
      await transaction
        .updateTable('credentials')
        .set({ last_error: lastError, last_error_at: lastErrorAt })
        .where('id', '=', use.credentialId)
        .where((row) => row.or([row('last_error_at', 'is', null), row('last_error_at', '<=', lastErrorAt)]))
        .execute();
    }
  });
}

/** A stored row → credential. */
export function toCredential(row: Selectable<CredentialTable>): CredentialRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    connectionId: row.connection_id,
    name: row.name,
    sealed: row.sealed,
    masked: row.masked,
    weight: row.weight,
    // Only a credential's state is ever written to this column.
    state: row.state as CredentialRow['state'],
    stateReason: orUndefined(row.state_reason),
    stateChangedAt: orUndefined(row.state_changed_at),
    useCount: row.use_count,
    lastUsedAt: orUndefined(row.last_used_at),
    lastError: orUndefined(row.last_error),
    lastErrorAt: orUndefined(row.last_error_at),
    // Only a Source is ever written to this column.
    source: row.source as Source,
    createdAt: row.created_at,
    revision: row.revision,
  };
}

function toColumns(tenant: Tenant, credential: CredentialRow): Insertable<CredentialTable> {
  return {
    organization_id: tenant.organizationId,
    project_id: tenant.projectId,
    id: credential.id,
    connection_id: credential.connectionId,
    name: credential.name,
    sealed: credential.sealed,
    key_version: keyVersionOf(credential.sealed),
    masked: credential.masked,
    weight: credential.weight,
    state: credential.state,
    state_reason: orNull(credential.stateReason),
    state_changed_at: orNull(credential.stateChangedAt),
    use_count: credential.useCount,
    last_used_at: orNull(credential.lastUsedAt),
    last_error: orNull(credential.lastError),
    last_error_at: orNull(credential.lastErrorAt),
    source: credential.source,
    created_at: credential.createdAt,
    revision: credential.revision,
  };
}

/**
 * The master-key version in the vault's text form (`format:version:bytes`), kept in a column of its own so that a
 * rotation finds what it has still to wrap. NULL for connections that need no secret and for what is no sealed value.
 */
export function keyVersionOf(sealed: string): number | null {
  const version = /^[a-z0-9]+:([1-9]\d{0,8}):/.exec(sealed)?.[1];
  return version === undefined ? null : Number(version);
}
