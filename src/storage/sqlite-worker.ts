/**
 * The thread that owns one connection to the SQLite file, so that neither an fsync nor a long read holds up the event
 * loop that serves requests. Started by sqlite-thread.ts, which queues what must not mix.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { assertNever } from '../kernel/assert.ts';
import { type FoundRows, type ManyRows, wantedRows } from './many-rows.ts';
import type { ColumnKind } from './record-columns.ts';
import { columnsOf, insertInto, REQUEST_COLUMNS, USAGE_COLUMNS } from './record-columns.ts';
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
/** Combinations of columns with a value; in practice a few dozen occur. */
const SHAPES_MAX = 256;
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

  function run(request: SqliteRequest): Omit<Extract<SqliteReply, { ok: true }>, 'id' | 'ok'> {
    switch (request.kind) {
      case 'query':
        return query(prepared(database, statements, request.sql), request.parameters, request.exact);
      case 'script':
        if (request.first !== undefined) prepared(database, statements, request.first).run();
        return { rows: [], changes: 0, found: runAll(request.statements) };
      case 'commit':
        recordWrites().commit(request.packed);
        return { rows: [], changes: 0 };
      case 'finish':
        runAll(request.statements);
        recordWrites().insert(request.packed);
        prepared(database, statements, 'COMMIT').run();
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

  function runAll(list: readonly ManyRows[]): readonly FoundRows[] {
    const found: FoundRows[] = [];
    for (const statement of list) {
      const rows = wantedRows(statement, found);
      found.push(rows.length === 0 ? [] : forEach(prepared(database, statements, statement.sql), rows));
    }
    return found;
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

type InsertPacked = (packed: readonly SqliteValue[]) => void;
type RecordWrites = {
  /** Within the transaction under way. */
  readonly insert: InsertPacked;
  /** In a transaction of its own. */
  readonly commit: InsertPacked;
};

/** The hot write. The request record is keyed by the request; the usage record goes in where it was new. */
function prepareRecords(database: Database.Database): RecordWrites {
  const usageInserts = createInserts(database, 'usage_records', USAGE_COLUMNS);
  const requestInserts = createInserts(database, 'request_records', REQUEST_COLUMNS);
  const queue = database.prepare<[SqliteValue, SqliteValue, SqliteValue]>(
    'INSERT INTO usage_pending (organization_id, started_at, record_id) VALUES (?, ?, ?)',
  );
  const insert: InsertPacked = (packed) => {
    for (let index = 0; index < packed.length; ) {
      const usage = usageInserts(packed[index]);
      const usageEnd = index + 1 + usage.columns;
      const request = requestInserts(packed[usageEnd]);
      const requestEnd = usageEnd + 1 + request.columns;
      const { changes } = request.statement.run(packed.slice(usageEnd + 1, requestEnd));
      if (changes > 0) {
        const values = packed.slice(index + 1, usageEnd);
        const isNew = usage.statement.run(values).changes > 0;
        // The columns that are never NULL come first: every shape has these three in these places.
        const [id, , organizationId, , startedAt] = values;
        if (isNew) queue.run(organizationId ?? null, startedAt ?? null, id ?? null);
      }
      index = requestEnd;
    }
  };
  const alone = database.transaction(insert);
  return { insert, commit: (packed) => alone.immediate(packed) };
}

type Insert = { readonly statement: Database.Statement<[readonly SqliteValue[]]>; readonly columns: number };

/** The inserts into one table by shape, each prepared when it is first met. */
function createInserts(
  database: Database.Database,
  table: string,
  columns: readonly (readonly [string, ColumnKind])[],
): (shape: SqliteValue | undefined) => Insert {
  const inserts = new Map<number, Insert>();
  return (shape) => {
    if (typeof shape !== 'number') throw new Error(`a packed row of ${table} has no shape`);
    const known = inserts.get(shape);
    if (known !== undefined) return known;
    if (inserts.size >= SHAPES_MAX) inserts.clear();
    const present = columnsOf(shape, columns);
    const values = present.map(() => '?').join(', ');
    const sql = `${insertInto(table, present)} VALUES (${values}) ON CONFLICT DO NOTHING`;
    const insert = { statement: database.prepare<[readonly SqliteValue[]]>(sql), columns: present.length };
    inserts.set(shape, insert);
    return insert;
  };
}

function failure(id: number, thrown: unknown): SqliteReply {
  return { id, ok: false, code: codeOf(thrown), message: thrown instanceof Error ? thrown.message : String(thrown) };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Database.SqliteError ? thrown.code : '';
}
