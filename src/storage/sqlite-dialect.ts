import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { ManyRows } from './many-rows.ts';
import type { SqliteRole, SqliteValue } from './sqlite-messages.ts';
import type { SqliteSession, SqliteThread } from './sqlite-thread.ts';
import type { Turns } from './turns.ts';

/**
 * Kysely on a SQLite worker. One connection serves everybody, so each takes its turn: a transaction holds the turn from
 * its BEGIN to its end, and record batches queue for the same turns. Writers begin with BEGIN IMMEDIATE, so that two
 * processes on one file wait for each other at the start instead of failing at the end.
 */
export function createSqliteDialect(input: {
  readonly thread: SqliteThread;
  readonly turns: Turns;
  readonly role: SqliteRole;
}): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createDriver: () => createDriver(input),
  };
}

function createDriver(input: {
  readonly thread: SqliteThread;
  readonly turns: Turns;
  readonly role: SqliteRole;
}): Driver {
  const endings = new WeakMap<DatabaseConnection, () => void>();
  const sessions = new WeakMap<DatabaseConnection, SqliteSession>();
  const begin = CompiledQuery.raw(input.role === 'writer' ? 'BEGIN IMMEDIATE' : 'BEGIN');
  const commit = CompiledQuery.raw('COMMIT');
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      const endTurn = await input.turns.take();
      try {
        const session = await input.thread.session();
        const connection = createConnection(session);
        endings.set(connection, endTurn);
        sessions.set(connection, session);
        return connection;
      } catch (thrown) {
        endTurn();
        throw thrown;
      }
    },
    async beginTransaction(connection) {
      await connection.executeQuery(begin);
    },
    async commitTransaction(connection) {
      await connection.executeQuery(commit);
    },
    async rollbackTransaction(connection) {
      await sessions.get(connection)?.rollback();
    },
    releaseConnection(connection) {
      endings.get(connection)?.();
      endings.delete(connection);
      return Promise.resolve();
    },
    destroy: () => Promise.resolve(),
  };
}

const manyRows = new WeakMap<CompiledQuery, ManyRows>();

/**
 * A statement that SQLite's thread is to do for each of many rows, whose text is the same however many there are: a text that
 * names every value would be built, sent and parsed anew for each number of rows. Finds nothing.
 */
export function forEachRow(sql: string, rows: ManyRows['rows']): CompiledQuery {
  const query = CompiledQuery.raw(sql);
  manyRows.set(query, { sql, width: rows[0]?.length ?? 0, rows });
  return query;
}

const asLists = new WeakSet<CompiledQuery>();

/** A query whose rows SQLite's thread gives as lists of values in the order of the columns. */
export function inLists(query: CompiledQuery): CompiledQuery {
  asLists.add(query);
  return query;
}

function createConnection(session: SqliteSession): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const many = manyRows.get(query);
      if (many !== undefined) {
        await session.script([many]);
        return { rows: [] };
      }
      // Repositories bind only what a SQLite column takes; Kysely's type for parameters is wider.
      const parameters = query.parameters as readonly SqliteValue[];
      if (asLists.has(query)) {
        const row = parameters as ManyRows['rows'][number];
        const [rows = []] = await session.script([{ sql: query.sql, width: row.length, rows: [row] }]);
        return { rows: rows as unknown as R[] };
      }
      const { rows, changes } = await session.query(query.sql, parameters);
      // The row type is what Kysely derived from the query; the worker gives rows of columns by name.
      return { rows: rows as unknown as R[], numAffectedRows: BigInt(changes) };
    },
    streamQuery() {
      throw new Error('queries are not streamed from SQLite');
    },
  };
}
