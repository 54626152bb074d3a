import type { ClientBase } from 'pg';
import pg from 'pg';
import type { StoreNote } from './database.ts';

const POOL_SIZE_DEFAULT = 10;
const CONNECT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5000;

/** https://www.postgresql.org/docs/current/catalog-pg-type.html: int8, which `pg` gives as text unless told. */
const INT8_OID = 20;

export type PostgresLocation = {
  readonly url: string;
  readonly poolSize?: number | undefined;
  readonly applicationName?: string | undefined;
};

/** How many connections a pool has, and how long each thing may take on them. */
export type PoolLimits = {
  readonly connections: number;
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
  /** A little over the server's own limit: this one is for a server that no longer answers at all. */
  readonly silenceMs: number;
  /** How long the server waits for the rest of a transaction; `undefined`: for as long as the connection is there. */
  readonly idleInTransactionMs: number | undefined;
  /** Whether what is asked is sent without waiting for the answer to what was asked before. */
  readonly isPipelined?: boolean;
};

type PoolOptions = {
  readonly note: StoreNote;
  /** Those of work of any kind where they are missing. */
  readonly limits?: PoolLimits | undefined;
  /** Runs on each new connection before it is lent, after the settings that all have. */
  readonly prepare: (client: ClientBase) => Promise<unknown>;
};

/** A pool of connections with time-outs, which open when they are needed. */
export function createPool(location: PostgresLocation, { note, limits, prepare }: PoolOptions): pg.Pool {
  const { connections, connectMs, silenceMs, isPipelined = false, ...ofSession } = limits ?? limitsOf(location);
  const session = sessionOf(ofSession);
  const pool = new pg.Pool({
    ...connectionOf(location),
    connectionTimeoutMillis: connectMs,
    max: connections,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: silenceMs,
    pipeline: isPipelined,
    // `pg` waits for the promise that this gives before it lends the connection, though its types ask for nothing.
    onConnect: (client): unknown => client.query(session).then(() => prepare(client)),
  });
  // The pool listens to the connections that nobody uses. Without a listener, one that is lost while it is lent would end
  // the process; whatever is asked on it rejects with the same error.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (cause) => note({ message: 'an idle connection to PostgreSQL was lost', cause }));
  return pool;
}

function limitsOf({ poolSize = POOL_SIZE_DEFAULT }: PostgresLocation): PoolLimits {
  return {
    connections: poolSize,
    connectMs: CONNECT_TIMEOUT_MS,
    statementMs: STATEMENT_TIMEOUT_MS,
    lockMs: LOCK_TIMEOUT_MS,
    silenceMs: SILENCE_TIMEOUT_MS,
    idleInTransactionMs: undefined,
  };
}

/** Set by statement and not by start-up parameter, which connection poolers in between refuse. */
function sessionOf({
  statementMs,
  lockMs,
  idleInTransactionMs,
}: Pick<PoolLimits, 'statementMs' | 'lockMs' | 'idleInTransactionMs'>): string {
  const settings = [
    'synchronous_commit = on',
    `statement_timeout = ${statementMs}`,
    `lock_timeout = ${lockMs}`,
    ...(idleInTransactionMs === undefined ? [] : [`idle_in_transaction_session_timeout = ${idleInTransactionMs}`]),
  ];
  return settings.map((setting) => `SET ${setting}`).join('; ');
}

/** One connection outside any pool, not connected yet and without time-outs for statements. */
export function createClient(location: PostgresLocation): pg.Client {
  return new pg.Client(connectionOf(location));
}

/** Lends one connection outside any pool, and closes it. */
export async function withClient<T>(location: PostgresLocation, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = createClient(location);
  // Without a listener a lost connection would end the process; the query under way rejects with the same error.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
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

/** Times and counts fit a `number`; money is always read cast to text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === INT8_OID && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format);
}
