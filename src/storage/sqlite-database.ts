import { Kysely } from 'kysely';
import type { ScopedDatabase, StoreDatabase } from './database.ts';
import { translated } from './errors.ts';
import type { MigrationSession } from './migrate.ts';
import type { Schema } from './schema.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { createHotWrites } from './sqlite-hot.ts';
import type { SqliteSession, SqliteThread } from './sqlite-thread.ts';
import { createSqliteThread } from './sqlite-thread.ts';
import type { Turns } from './turns.ts';
import { createTurns } from './turns.ts';

/** How long a process waits at its start while another migrates the same file. */
const MIGRATION_WAIT_MS = 120_000;
const BUSY_TIMEOUT_MS = 5000;

/**
 * The SQLite engine: one writer thread, and one reader thread that starts with the first read and sees every commit
 * that was acknowledged before the read began. Several processes may share the file.
 */
export function openSqlite(path: string): StoreDatabase {
  const writer = createSqliteThread({ path, role: 'writer' });
  const reader = createSqliteThread({ path, role: 'reader' });
  const writerTurns = createTurns();
  const writing = new Kysely<Schema>({
    dialect: createSqliteDialect({ thread: writer, turns: writerTurns, role: 'writer' }),
  });
  const reading = new Kysely<Schema>({
    dialect: createSqliteDialect({ thread: reader, turns: createTurns(), role: 'reader' }),
  });
  const hot = createHotWrites(writer, writerTurns);
  const shared: ScopedDatabase = {
    engine: 'sqlite',
    read: (work) => translated(() => work(reading)),
    readTogether: (work) => translated(() => reading.transaction().execute(work)),
    write: (work) => translated(() => writing.transaction().execute(work)),
  };
  return {
    ...shared,
    // SQLite has no roles: the condition that each query carries stands alone.
    within: () => shared,
    append: shared.write,
    rowSecurity: () => Promise.resolve({ state: 'absent' }),
    ensureRowSecurity: () => Promise.resolve({ state: 'absent' }),
    transactLedger: (operations) => translated(() => hot.transactLedger(operations)),
    commitRecords: (rows) => translated(() => hot.commitRecords(rows)),
    // Processes on one file learn of changes by polling the version; there is nobody to tell them sooner.
    onHint: () => () => undefined,
    signals: undefined,
    migrating: (work) => translated(() => migrating(writer, writerTurns, work)),
    ping: () => translated(() => ping(writer)),
    async close() {
      // The turn comes after every write that was asked for before.
      const endTurn = await writerTurns.take();
      // The writer goes last: only it can fold the log into the file when nobody else has it open.
      await reader.close();
      await writer.close();
      endTurn();
    },
  };
}

/** Asks outside the turns: a long transaction of this process is no sign that the store is gone. */
async function ping(writer: SqliteThread): Promise<void> {
  const session = await writer.session();
  await session.query('SELECT 1', []);
}

async function migrating<T>(
  writer: SqliteThread,
  turns: Turns,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const endTurn = await turns.take();
  try {
    const session = await writer.session();
    return await work({
      engine: 'sqlite',
      query: async (sql) => (await session.query(sql, [])).rows,
      locked: (locked) => exclusively(session, locked),
    });
  } finally {
    endTurn();
  }
}

async function exclusively<T>(session: SqliteSession, work: () => Promise<T>): Promise<T> {
  await session.query(`PRAGMA busy_timeout = ${MIGRATION_WAIT_MS}`, []);
  try {
    await session.query('BEGIN EXCLUSIVE', []);
    const result = await work();
    await session.query('COMMIT', []);
    return result;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  } finally {
    await session.query(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`, []);
  }
}
