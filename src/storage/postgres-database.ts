import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { ClientBase } from 'pg';
import type { RowSecurity } from '../protocol/row-security.ts';
import { HINT_CHANNEL, type ScopedDatabase, SIGNAL_CHANNEL, type StoreDatabase, type StoreNote } from './database.ts';
import { translated } from './errors.ts';
import type { MigrationSession } from './migrate.ts';
import { createClient, createPool, type PostgresLocation, withClient } from './postgres-connections.ts';
import { listenForHints } from './postgres-hints.ts';
import { createPostgresLedger, HOT_LIMITS } from './postgres-hot.ts';
import { createRecordWriter } from './postgres-record-writer.ts';
import { ensureRowSecurity, inspectRowSecurity, type PostgresRowSecurity } from './postgres-row-security.ts';
import { forAppending, withinOrganization } from './postgres-scope.ts';
import type { Schema } from './schema.ts';

/** Any number will do that no other user of advisory locks in the same database takes. */
const MIGRATION_LOCK = 4_716_283_905;

/**
 * The PostgreSQL engine: a pool whose connections see everything, from which work on one organization takes a role for
 * the length of a transaction; a pool for records; one for what is done for every call; and a connection of its own for
 * hints once somebody listens.
 */
export function openPostgres(location: PostgresLocation, note: StoreNote): StoreDatabase {
  const pool = createPool(location, { note, prepare: refuseFiltering });
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const security = createRowSecurity(location);
  const records = createRecordWriter({
    security: security.current,
    ownerPool: pool,
    createPool: (prepare) => createPool(location, { note, prepare }),
  });
  const hotPool = createPool(location, { note, limits: HOT_LIMITS, prepare: refuseFiltering });
  const transactLedger = createPostgresLedger(hotPool);
  const stops = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;
  const listen = (channel: string, heard: (text: string) => void): (() => void) => {
    const stop = listenForHints({ channel, heard, note, connect: () => createClient(location) });
    stops.add(stop);
    return () => {
      stops.delete(stop);
      stop().catch((cause: unknown) => note({ message: 'the hint listener did not end cleanly', cause }));
    };
  };
  return {
    engine: 'postgres',
    read: (work) => translated(() => work(database)),
    ...transactionsOf(async () => database),
    within: (organizationId) => {
      const scope = async (): Promise<Kysely<Schema>> => {
        const current = await security.current();
        return current.state === 'on' ? withinOrganization(pool, current, organizationId) : database;
      };
      return {
        engine: 'postgres',
        read: (work) => translated(async () => (await scope()).transaction().setAccessMode('read only').execute(work)),
        ...transactionsOf(scope),
      };
    },
    append: (work) =>
      translated(async () => {
        const current = await security.current();
        const appending = current.state === 'on' ? forAppending(pool, current) : database;
        return await appending.transaction().execute(work);
      }),
    transactLedger: (operations) => translated(() => transactLedger(operations)),
    commitRecords: (rows) => translated(() => records.commit(rows)),
    onHint: (changed) => listen(HINT_CHANNEL, changed),
    signals: {
      send: (text) =>
        translated(async () => void (await hotPool.query('SELECT pg_notify($1, $2)', [SIGNAL_CHANNEL, text]))),
      listen: (heard) => listen(SIGNAL_CHANNEL, (text) => text !== '' && heard(text)),
    },
    migrating: (work) => translated(() => withClient(location, (client) => work(migrationSession(client)))),
    rowSecurity: () => translated(async () => toldOf(await security.current())),
    ensureRowSecurity: () => translated(async () => toldOf(await security.ensure())),
    ping: () =>
      translated(async () => {
        // A hub that waits for a connection whose other end is gone does not see that the store is back.
        await hotPool.query('SELECT 1');
      }),
    close() {
      // Records that are still to be written may need the first pool.
      closing ??= Promise.all([records.close(), hotPool.end(), ...[...stops].map((stop) => stop())]).then(() =>
        pool.end(),
      );
      return closing;
    },
  };
}

/** `scope` gives the database whose transactions these are. */
function transactionsOf(scope: () => Promise<Kysely<Schema>>): Pick<ScopedDatabase, 'readTogether' | 'write'> {
  return {
    readTogether: (work) =>
      translated(async () => {
        const transaction = (await scope()).transaction();
        return await transaction.setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
      }),
    write: (work) => translated(async () => (await scope()).transaction().execute(work)),
  };
}

/**
 * Policies do not bind the owner of the tables. To any other login they would show an empty store, which a hub would
 * serve from; an error is better.
 */
async function refuseFiltering(client: ClientBase): Promise<void> {
  await client.query('SET row_security = off');
}

/** Looks once, and again at each start; a look that failed is no answer. */
function createRowSecurity(location: PostgresLocation) {
  let known: Promise<PostgresRowSecurity> | undefined;
  function remember(look: (client: pg.Client) => Promise<PostgresRowSecurity>): Promise<PostgresRowSecurity> {
    const looking = withClient(location, look);
    known = looking;
    looking.catch(() => {
      if (known === looking) known = undefined;
    });
    return looking;
  }
  return {
    current: () => known ?? remember(inspectRowSecurity),
    ensure: () => remember((client) => ensureRowSecurity(client, MIGRATION_LOCK)),
  };
}

/** How to take the roles concerns nobody outside. */
function toldOf(security: PostgresRowSecurity): RowSecurity {
  return security.state === 'on' ? { state: 'on' } : security;
}

function migrationSession(client: pg.Client): MigrationSession {
  return {
    engine: 'postgres',
    query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    locked: (locked) => underLock(client, locked),
  };
}

/** When the work throws, the connection is closed without a COMMIT, and the server undoes what was done. */
async function underLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  const result = await work();
  await client.query('COMMIT');
  return result;
}
