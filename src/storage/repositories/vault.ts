import type { VaultStore } from '../../vault/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { orUndefined } from '../engine.ts';
import { keyVersionOf } from './credentials.ts';

/** What the vault remembers about master keys, and the sealed values that a rotation walks through. */
export function createVaultStore(database: StoreDatabase): VaultStore {
  return { ...keyMemory(database), ...sealedValues(database) };
}

function keyMemory(
  database: StoreDatabase,
): Pick<VaultStore, 'versions' | 'addVersion' | 'retireVersion' | 'fingerprint' | 'setFingerprint'> {
  return {
    versions: () =>
      database.read(async (reading) => {
        const rows = await reading.selectFrom('vault_versions').selectAll().orderBy('version').execute();
        return rows.map((row) => ({
          version: row.version,
          fingerprint: row.fingerprint,
          createdAt: row.created_at,
          retiredAt: orUndefined(row.retired_at),
        }));
      }),
    addVersion: ({ version, fingerprint, createdAt }) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('vault_versions')
          .values({ version, fingerprint, created_at: createdAt })
          .execute();
      }),
    retireVersion: (version, retiredAt) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('vault_versions')
          .set({ retired_at: retiredAt })
          .where('version', '=', version)
          .where('retired_at', 'is', null)
          .execute();
      }),
    fingerprint: (name) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('secret_fingerprints')
          .select('fingerprint')
          .where('name', '=', name)
          .executeTakeFirst();
        return row?.fingerprint;
      }),
    // The first one stays; who comes second reads it back and finds out whether it is the same.
    setFingerprint: (name, fingerprint) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('secret_fingerprints')
          .values({ name, fingerprint })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .execute();
      }),
  };
}

function sealedValues(database: StoreDatabase): Pick<VaultStore, 'sealedBelow' | 'replaceSealed'> {
  return {
    sealedBelow: ({ belowVersion, afterId, limit }) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('credentials')
          .innerJoin('connections', 'connections.id', 'credentials.connection_id')
          .select(['credentials.id', 'credentials.organization_id', 'credentials.sealed', 'connections.base_url'])
          .where('credentials.key_version', '<', belowVersion)
          .where('credentials.id', '>', afterId)
          .orderBy('credentials.id')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          table: 'credentials',
          organizationId: row.organization_id,
          rowId: row.id,
          field: 'secret',
          baseUrl: row.base_url,
          sealed: row.sealed,
        }));
      }),
    replaceSealed: (row, sealed) =>
      changeConfiguration(
        database,
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('credentials')
            .set({ sealed, key_version: keyVersionOf(sealed) })
            .where('id', '=', row.rowId)
            .where('organization_id', '=', row.organizationId)
            .where('sealed', '=', row.sealed)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
  };
}
