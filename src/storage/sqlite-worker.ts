/**
 * The thread that owns one connection to the SQLite file, so that neither an fsync nor a long read holds up the event
 * loop that serves requests. Started by sqlite-thread.ts, which queues what must not mix.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { assertNever } from '../kernel/assert.ts';
import { insertInto, REQUEST_COLUMNS, USAGE_COLUMNS } from './record-columns.ts';
import type { SqliteReply, SqliteRequest, SqliteRow, SqliteValue, SqliteWorkerData } from './sqlite-messages.ts';
import { OPENED_ID } from './sqlite-messages.ts';

const BUSY_TIMEOUT_MS = 5000;
/** Pages (of 4 KiB) that the log may hold before it is folded into the file: fewer, larger fold-ins cost less CPU. */
const WAL_AUTOCHECKPOINT_PAGES = 4000;
/** A log that grew past this is cut back after a checkpoint. */
const JOURNAL_SIZE_LIMIT_BYTES = 32 * 1024 * 1024;
/** Negative: kibibytes of page cache. */
const CACHE_SIZE_KIB = -8192;
const STATEMENTS_MAX = 200;
/** Switching to WAL can meet another opener and is refused at once then, whatever the busy time-out is. */
const WAL_TRIES_MAX = 100;
const WAL_RETRY_MS = 50;

type Statement = Database.Statement<SqliteValue[], SqliteRow>;

if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  // The one sender of this data is sqlite-thread.ts, which types it.
  const data = workerData as SqliteWorkerData;
  let connection: Connection;
  try {
    connection = openConnection(data);
    port.postMessage({ id: OPENED_ID, ok: true, rows: [], changes: 0 } satisfies SqliteReply);
  } catch (thrown) {
    port.postMessage(failure(OPENED_ID, thrown));
    port.close();
    return;
  }
  port.on('message', (request: SqliteRequest) => {
    port.postMessage(connection.answer(request));
    if (request.kind === 'close') port.close();
  });
}

type Connection = { readonly answer: (request: SqliteRequest) => SqliteReply };

function openConnection(data: SqliteWorkerData): Connection {
  const database = new Database(data.path, { readonly: data.role === 'reader', timeout: BUSY_TIMEOUT_MS });
  if (data.role === 'writer') {
    useWriteAheadLog(database);
    database.pragma('synchronous = FULL');
    database.pragma(`wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`);
    database.pragma(`journal_size_limit = ${JOURNAL_SIZE_LIMIT_BYTES}`);
  }
  database.pragma('foreign_keys = ON');
  database.pragma(`cache_size = ${CACHE_SIZE_KIB}`);
  const statements = new Map<string, Statement>();
  let commit: ((rows: readonly (readonly SqliteValue[])[]) => void) | undefined;

  function run(request: SqliteRequest): { rows: readonly SqliteRow[]; changes: number } {
    switch (request.kind) {
      case 'query':
        return query(prepared(database, statements, request.sql), request.parameters, request.exact);
      case 'commit':
        commit ??= prepareCommit(database);
        commit(request.rows);
        return { rows: [], changes: 0 };
      case 'rollback':
        if (database.inTransaction) database.exec('ROLLBACK');
        return { rows: [], changes: 0 };
      case 'close':
        database.close();
        return { rows: [], changes: 0 };
      default:
        return assertNever(request);
    }
  }

  return {
    answer(request) {
      try {
        return { id: request.id, ok: true, ...run(request) };
      } catch (thrown) {
        return failure(request.id, thrown);
      }
    },
  };
}

function useWriteAheadLog(database: Database.Database): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 1; ; tries += 1) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (thrown) {
      if (tries >= WAL_TRIES_MAX || !codeOf(thrown).startsWith('SQLITE_BUSY')) throw thrown;
      Atomics.wait(sleeper, 0, 0, WAL_RETRY_MS);
    }
  }
}

/** Finds or prepares a statement; the oldest goes when there are too many. */
function prepared(database: Database.Database, statements: Map<string, Statement>, sql: string): Statement {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = database.prepare<SqliteValue[], SqliteRow>(sql);
  const oldest = statements.size >= STATEMENTS_MAX ? statements.keys().next().value : undefined;
  if (oldest !== undefined) statements.delete(oldest);
  statements.set(sql, statement);
  return statement;
}

function query(statement: Statement, parameters: readonly SqliteValue[], exact: boolean) {
  statement.safeIntegers(exact);
  if (statement.reader) return { rows: statement.all(...parameters), changes: 0 };
  return { rows: [], changes: statement.run(...parameters).changes };
}

/** The hot write: prepared once, one transaction per batch, the request record only where the usage record was new. */
function prepareCommit(database: Database.Database): (rows: readonly (readonly SqliteValue[])[]) => void {
  const values = (count: number) => `VALUES (${Array.from({ length: count }, () => '?').join(', ')})`;
  const usageSql = `${insertInto('usage_records', USAGE_COLUMNS)}${values(USAGE_COLUMNS.length)} ON CONFLICT DO NOTHING`;
  const requestSql = `${insertInto('request_records', REQUEST_COLUMNS)}${values(REQUEST_COLUMNS.length)} ON CONFLICT DO NOTHING`;
  const insertUsage = database.prepare<[readonly SqliteValue[]]>(usageSql);
  const insertRequest = database.prepare<[readonly SqliteValue[]]>(requestSql);
  const insertAll = database.transaction((rows: readonly (readonly SqliteValue[])[]) => {
    for (let index = 0; index + 1 < rows.length; index += 2) {
      const usage = rows[index];
      const request = rows[index + 1];
      if (usage === undefined || request === undefined)
        throw new Error('a usage record came without its request record');
      if (insertUsage.run(usage).changes > 0) insertRequest.run(request);
    }
  });
  return (rows) => {
    insertAll.immediate(rows);
  };
}

function failure(id: number, thrown: unknown): SqliteReply {
  return { id, ok: false, code: codeOf(thrown), message: thrown instanceof Error ? thrown.message : String(thrown) };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Database.SqliteError ? thrown.code : '';
}
