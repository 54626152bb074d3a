import type { ClientBase, Pool } from 'pg';
import { GatewayError } from '../kernel/errors.ts';
import { errorCode } from './errors.ts';
import { commitRecordsToPostgres } from './postgres-records.ts';
import type { PostgresRowSecurity, RowSecurityOn } from './postgres-row-security.ts';
import { assume, assumeForSession, isRoleRefused } from './postgres-row-security.ts';
import type { RecordRow } from './record-rows.ts';

type RecordWriterDeps = {
  readonly security: () => Promise<PostgresRowSecurity>;
  /** The owner's connections, for where row-level security is off. */
  readonly ownerPool: Pool;
  readonly createPool: (prepare: (client: ClientBase) => Promise<unknown>) => Pool;
};

export type RecordWriter = {
  readonly commit: (rows: readonly RecordRow[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * The hot write, on connections that take the data role once and keep it. A connection pooler in between may lend the
 * same session to others, who would find themselves in that role; there it is taken for each transaction instead, at two
 * more round trips a commit.
 */
export function createRecordWriter({ security, ownerPool, createPool }: RecordWriterDeps): RecordWriter {
  const inRole = new WeakSet<ClientBase>();
  const underWay = new Set<Promise<void>>();
  let pool: Pool | undefined;
  let closing: Promise<void> | undefined;

  function dataPool({ roles, schema }: RowSecurityOn): Pool {
    pool ??= createPool(async (client) => {
      if (!(await isDirect(client))) return;
      await client.query(assumeForSession(roles.data, schema));
      inRole.add(client);
    });
    return pool;
  }

  async function commit(rows: readonly RecordRow[]): Promise<void> {
    const current = await security();
    if (current.state === 'off') {
      await onConnection(ownerPool, (client) => commitRecordsToPostgres(client, rows, undefined));
      return;
    }
    const begin = `BEGIN; ${assume(current.roles.data, current.schema)}`;
    await onConnection(dataPool(current), (client) =>
      commitRecordsToPostgres(client, rows, inRole.has(client) ? undefined : begin),
    );
  }

  async function close(): Promise<void> {
    await Promise.allSettled(underWay);
    await pool?.end();
  }

  return {
    async commit(rows) {
      if (closing !== undefined) throw new GatewayError('hub.store_unavailable', { cause: new Error('it is closed') });
      const committing = commit(rows);
      underWay.add(committing);
      try {
        await committing;
      } catch (thrown) {
        // A privilege that was taken away can be given back: the records wait, and are not set aside as unfit.
        if (isRoleRefused(errorCode(thrown))) throw new GatewayError('hub.store_unavailable', { cause: thrown });
        throw thrown;
      } finally {
        underWay.delete(committing);
      }
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** After an error the connection is closed: nobody knows in which state it is. */
async function onConnection(pool: Pool, work: (client: ClientBase) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await work(client);
  } catch (thrown) {
    client.release(true);
    throw thrown;
  }
  client.release();
}

/**
 * Whether the session at the other end is this connection's own. Poolers give out process ids of their own making, since
 * the id is what a cancellation is sent to: https://www.postgresql.org/docs/current/protocol-flow.html
 */
async function isDirect(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  // Not in the types of `pg`. Where it is missing, the safe way is taken.
  return 'processID' in client && client.processID === rows[0]?.pid;
}
