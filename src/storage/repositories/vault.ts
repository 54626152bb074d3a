import { sql, type Transaction } from 'kysely';
import { ssoSecretAddress } from '../../protocol/sso.ts';
import type { SealedRow, SealedTable, VaultStore } from '../../vault/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { orUndefined } from '../engine.ts';
import type { Schema } from '../schema.ts';
import { keyVersionOf } from './credentials.ts';
import { toSsoEndpoints } from './sso-connections.ts';

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

function sealedValues(database: StoreDatabase): Pick<VaultStore, 'sealedBelow' | 'contentsBelow' | 'replaceSealed'> {
  return {
    sealedBelow: ({ belowVersion, afterId, limit }) =>
      database.read(async (reading) => {
        const { rows } = await sql<SealedColumns>`
          SELECT credentials.id AS id, 'credentials' AS origin, credentials.organization_id AS organization_id,
            credentials.sealed AS sealed, connections.base_url AS address, CAST(NULL AS TEXT) AS endpoints
          FROM credentials INNER JOIN connections ON connections.id = credentials.connection_id
          WHERE credentials.key_version < ${belowVersion} AND credentials.id > ${afterId}
          UNION ALL
          SELECT id, 'sso_connections', organization_id, sealed, issuer, endpoints FROM sso_connections
          WHERE key_version < ${belowVersion} AND id > ${afterId}
          UNION ALL
          SELECT id, 'webhooks', organization_id, sealed, url, CAST(NULL AS TEXT) FROM webhooks
          WHERE key_version < ${belowVersion} AND id > ${afterId}
          UNION ALL
          SELECT id, 'guardrails', organization_id, sealed, address, CAST(NULL AS TEXT) FROM guardrails
          WHERE key_version < ${belowVersion} AND id > ${afterId}
          UNION ALL
          SELECT id, 'payment_accounts', CAST(NULL AS TEXT), sealed, address, CAST(NULL AS TEXT) FROM payment_accounts
          WHERE key_version < ${belowVersion} AND id > ${afterId}
          ORDER BY 1 LIMIT ${limit}`.execute(reading);
        return rows.map(toSealedRow);
      }),
    contentsBelow: ({ belowVersion, afterId, limit }) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('request_contents')
          .select(['id', 'organization_id', 'sealed'])
          .where('key_version', '<', belowVersion)
          .where('id', '>', afterId)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          table: 'request_contents',
          organizationId: row.organization_id,
          rowId: row.id,
          field: 'content',
          baseUrl: '',
          sealed: row.sealed,
        }));
      }),
    replaceSealed: (row, sealed) => {
      switch (row.table) {
        case 'credentials':
          return changeConfiguration(database, (transaction) => replaceCredential(transaction, row, sealed), Boolean);
        case 'sso_connections':
          return database.write((transaction) => replaceSecret(transaction, 'sso_connections', row, sealed));
        // What calls run on holds the sealed value, too.
        case 'guardrails':
          return changeConfiguration(
            database,
            (transaction) => replaceSecret(transaction, 'guardrails', row, sealed),
            Boolean,
          );
        case 'webhooks':
          return database.write((transaction) => replaceSecret(transaction, 'webhooks', row, sealed));
        case 'payment_accounts':
          return database.write((transaction) => replaceSecret(transaction, 'payment_accounts', row, sealed));
        case 'request_contents':
          return database.write((transaction) => replaceSecret(transaction, 'request_contents', row, sealed));
      }
    },
  };
}

type SealedColumns = {
  readonly id: string;
  readonly organization_id: string | null;
  readonly sealed: string | null;
  readonly address: string | null;
  readonly endpoints: string | null;
  readonly origin: SealedTable;
};

function toSealedRow(row: SealedColumns): SealedRow {
  const endpoints = row.endpoints === null ? undefined : toSsoEndpoints(row.endpoints);
  return {
    table: row.origin,
    organizationId: row.organization_id ?? '',
    rowId: row.id,
    field: 'secret',
    baseUrl: ssoSecretAddress({ issuer: orUndefined(row.address), endpoints }),
    sealed: row.sealed ?? '',
  };
}

async function replaceCredential(transaction: Transaction<Schema>, row: SealedRow, sealed: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('credentials')
    .set({ sealed, key_version: keyVersionOf(sealed) })
    .where('id', '=', row.rowId)
    .where('organization_id', '=', row.organizationId)
    .where('sealed', '=', row.sealed)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** It is the same secret to whoever changes the row meanwhile, so that the revision stays. */
async function replaceSecret(
  transaction: Transaction<Schema>,
  table: Exclude<SealedTable, 'credentials'>,
  row: SealedRow,
  sealed: string,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable(table)
    .set({ sealed, key_version: keyVersionOf(sealed) })
    .where('id', '=', row.rowId)
    .where('sealed', '=', row.sealed)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
