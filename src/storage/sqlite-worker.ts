/**
 * The thread that owns one connection to the SQLite file, so that neither an fsync nor a long read holds up the event
 * loop that serves requests. Started by sqlite-thread.ts, which queues what must not mix.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { assertNever } from '../kernel/assert.ts';
import type { Done, Operation } from '../ledger/ports.ts';
import { createCarryOut, readsOf } from '../ledger/transaction.ts';
import { createLedgerStatements } from './ledger-statements.ts';
import { type FoundRows, type ManyRows, wantedRows } from './many-rows.ts';
import type { SqliteReply, SqliteRequest, SqliteRow, SqliteValue, SqliteWorkerData } from './sqlite-messages.ts';
import { OPENED_ID } from './sqlite-messages.ts';
import { prepareRecords, type RecordWrites } from './sqlite-records.ts';

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
    const reply = failure(OPENED_ID, thrown);
    // A missing folder is refused before SQLite is asked, with an error of no code.
    port.postMessage(reply.ok || reply.code !== '' ? reply : { ...reply, code: 'STORE_CANNOT_OPEN' });
    port.close();
    return;
  }
  const signal = new Int32Array(data.signal);
  for (;;) {
    const seen = Atomics.load(signal, 0);
    for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
      // The one sender is sqlite-thread.ts, which types it.
      const request = received.message as SqliteRequest;
      port.postMessage(connection.answer(request));
      if (request.kind === 'close') {
        port.close();
        return;
      }
    }
    // Everything here is synchronous, so the thread may sleep without an event loop: waking it so costs a fraction of
    // the CPU. The signal rises after each request is sent; one that came since `seen` was read ends the wait at once.
    Atomics.wait(signal, 0, seen);
  }
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
  let records: RecordWrites | undefined;
  const recordWrites = (): RecordWrites => (records ??= prepareRecords(database));
  const ledger = createLedgerStatements('sqlite');
  const carryOut = createCarryOut();

  function run(request: SqliteRequest): Omit<Extract<SqliteReply, { ok: true }>, 'id' | 'ok'> {
    switch (request.kind) {
      case 'query':
        return query(prepared(database, statements, request.sql), request.parameters, request.exact);
      case 'script':
        return { rows: [], changes: 0, found: runAll(request.statements) };
      case 'commit':
        recordWrites().commit(request.packed);
        return { rows: [], changes: 0 };
      case 'ledger':
        return { rows: [], changes: 0, done: transactLedger(request.operations, request.packed) };
      case 'rollback':
        rollback();
        return { rows: [], changes: 0 };
      case 'close':
        database.close();
        return { rows: [], changes: 0 };
      default:
        return assertNever(request);
    }
  }

  function runAll(list: readonly ManyRows[]): readonly FoundRows[] {
    const found: FoundRows[] = [];
    for (const statement of list) {
      const rows = wantedRows(statement, found);
      found.push(rows.length === 0 ? [] : forEach(prepared(database, statements, statement.sql), rows));
    }
    return found;
  }

  function transactLedger(operations: readonly Operation[], packed: readonly SqliteValue[]): Done {
    prepared(database, statements, 'BEGIN IMMEDIATE').run();
    try {
      const rows = ledger.rows(runAll(ledger.reads(readsOf(operations))));
      const { changes, done } = carryOut(operations, rows);
      runAll(ledger.writes(changes));
      recordWrites().insert(packed);
      prepared(database, statements, 'COMMIT').run();
      return done;
    } finally {
      rollback();
    }
  }

  /** Ends a transaction that has not ended; SQLite has ended it by itself where the disk was full, say. */
  function rollback(): void {
    if (database.inTransaction) database.exec('ROLLBACK');
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
  if (statement.reader) return { rows: statement.raw(false).all(...parameters), changes: 0 };
  return { rows: [], changes: statement.run(...parameters).changes };
}

/** Runs a statement for each of the rows; what all have found together, as lists of values. */
function forEach(statement: Statement, rows: ManyRows['rows']): FoundRows {
  statement.safeIntegers(false);
  if (!statement.reader) {
    for (const row of rows) statement.run(...row);
    return [];
  }
  // In this mode a row is a list, whatever the statement's type says.
  const lists = statement.raw(true) as unknown as Database.Statement<SqliteValue[], unknown[]>;
  return rows.length === 1 ? lists.all(...(rows[0] ?? [])) : rows.flatMap((row) => lists.all(...row));
}

function failure(id: number, thrown: unknown): SqliteReply {
  return { id, ok: false, code: codeOf(thrown), message: thrown instanceof Error ? thrown.message : String(thrown) };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Database.SqliteError ? thrown.code : '';
}
