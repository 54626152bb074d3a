import { Kysely, PostgresDialect } from 'kysely';
import type { ClientBase } from 'pg';
import pg from 'pg';
import { HINT_CHANNEL, type StoreDatabase, type StoreNote } from './database.ts';
import { translated } from './errors.ts';
import type { MigrationSession } from './migrate.ts';
import { listenForHints } from './postgres-hints.ts';
import { commitRecordsToPostgres } from './postgres-records.ts';
import type { Schema } from './schema.ts';

const POOL_SIZE_DEFAULT = 10;
const CONNECT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 10_000;
/** A little over the server's own limit: this one is for a server that no longer answers at all. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5000;

/** Any number will do that no other user of advisory locks in the same database takes. */
const MIGRATION_LOCK = 4_716_283_905;

/** https://www.postgresql.org/docs/current/catalog-pg-type.html: int8, which `pg` gives as text unless told. */
const INT8_OID = 20;

export type PostgresLocation = {
  readonly url: string;
  readonly poolSize?: number | undefined;
  readonly applicationName?: string | undefined;
};

/** The PostgreSQL engine: a pool, and a connection of its own for hints once somebody listens. */
export function openPostgres(location: PostgresLocation, note: StoreNote): StoreDatabase {
  const pool = createPool(location);
  pool.on('error', (cause) => note({ message: 'an idle connection to PostgreSQL was lost', cause }));
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const stops = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;
  return {
    engine: 'postgres',
    read: (work) => translated(() => work(database)),
    readTogether: (work) =>
      translated(() =>
        database.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
      ),
    write: (work) => translated(() => database.transaction().execute(work)),
    commitRecords: (rows) => translated(() => commitRecordsToPostgres(pool, rows)),
    onHint(changed) {
      const stop = listenForHints({ channel: HINT_CHANNEL, changed, note, connect: () => createClient(location) });
      stops.add(stop);
      return () => {
        stops.delete(stop);
        stop().catch((cause: unknown) => note({ message: 'the hint listener did not end cleanly', cause }));
      };
    },
    migrating: (work) => translated(() => migrating(location, work)),
    ping: () =>
      translated(async () => {
        await pool.query('SELECT 1');
      }),
    close() {
      closing ??= Promise.all([...stops].map((stop) => stop())).then(() => pool.end());
      return closing;
    },
  };
}

function createPool(location: PostgresLocation): pg.Pool {
  return new pg.Pool({
    ...connectionOf(location),
    max: location.poolSize ?? POOL_SIZE_DEFAULT,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: SILENCE_TIMEOUT_MS,
    onConnect: prepareSession,
  });
}

function createClient(location: PostgresLocation): pg.Client {
  return new pg.Client(connectionOf(location));
}

function connectionOf(location: PostgresLocation): pg.ClientConfig {
  return {
    connectionString: location.url,
    application_name: location.applicationName ?? 'aigne-hub',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

/**
 * Set by statement and not by start-up parameter, which connection poolers in between refuse. `pg` waits for the promise
 * that this gives before it lends the connection, though its types ask for nothing.
 */
function prepareSession(client: ClientBase): unknown {
  return client.query(
    `SET synchronous_commit = on; SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
  );
}

/** Times and counts fit a `number`; money is always read cast to text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === INT8_OID && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format);
}

async function migrating<T>(location: PostgresLocation, work: (session: MigrationSession) => Promise<T>): Promise<T> {
  const client = createClient(location);
  // Without a listener a lost connection would end the process; the query under way rejects with the same error.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work({
      engine: 'postgres',
      query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
      locked: (locked) => underLock(client, locked),
    });
  } finally {
    await client.end();
  }
}

/** When the work throws, the connection is closed without a COMMIT, and the server undoes what was done. */
async function underLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  const result = await work();
  await client.query('COMMIT');
  return result;
}
