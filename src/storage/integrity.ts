import { sql } from 'kysely';
import type { StoreDatabase } from './database.ts';
import { translated } from './errors.ts';
import type { SqliteRow } from './sqlite-messages.ts';
import { createSqliteThread } from './sqlite-thread.ts';

/** `problems` is empty for a sound store; each is a sentence for the operator. */
export type IntegrityReport = { readonly problems: readonly string[] };

const PROBLEMS_MAX = 100;

/** Records are written in pairs; one without the other means that a commit was torn. */
const TORN_RECORDS = `SELECT COUNT(*) AS torn FROM usage_records u
  WHERE NOT EXISTS (SELECT 1 FROM request_records r WHERE r.request_id = u.request_id AND r.id = u.id)`;

/** Reads every page of the file, on a thread of its own, so that neither requests nor other reads wait for it. */
export async function checkSqlite(path: string): Promise<IntegrityReport> {
  return await translated(async () => {
    const thread = createSqliteThread({ path, role: 'reader' });
    try {
      const session = await thread.session();
      const pages = await session.query(`PRAGMA integrity_check(${PROBLEMS_MAX})`, []);
      const links = await session.query('PRAGMA foreign_key_check', []);
      const torn = await session.query(TORN_RECORDS, []);
      return {
        problems: [
          ...pages.rows.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok'),
          ...links.rows.slice(0, PROBLEMS_MAX).map(danglingRow),
          ...tornRecords(Number(torn.rows[0]?.['torn'])),
        ],
      };
    } finally {
      await thread.close();
    }
  });
}

/** What can be seen from inside a database: broken indexes, unchecked constraints and torn pairs of records. */
export async function checkPostgres(database: StoreDatabase): Promise<IntegrityReport> {
  return await database.readTogether(async (view) => {
    const indexes = await sql<{ name: string }>`SELECT indexrelid::regclass::text AS name FROM pg_index
      WHERE NOT indisvalid OR NOT indisready`.execute(view);
    const constraints = await sql<{ name: string }>`SELECT conname AS name FROM pg_constraint
      WHERE NOT convalidated`.execute(view);
    const torn = await sql<{ torn: number }>`${sql.raw(TORN_RECORDS)}`.execute(view);
    return {
      problems: [
        ...indexes.rows.map(({ name }) => `The index ${name} is not valid: run REINDEX INDEX ${name}.`),
        ...constraints.rows.map(({ name }) => `The constraint ${name} was never validated.`),
        ...tornRecords(Number(torn.rows[0]?.torn)),
      ],
    };
  });
}

function danglingRow(row: SqliteRow): string {
  return `A row of ${String(row['table'])} refers to a row of ${String(row['parent'])} that is not there.`;
}

function tornRecords(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} usage records have no request record.`];
}
