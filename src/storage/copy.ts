import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { DATA_TABLES } from './data-tables.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { postgresText } from './engine.ts';
import { StoreCopyError, translated } from './errors.ts';
import { migrate, readSchemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { latestVersion } from './migrations/migration.ts';
import type { PostgresLocation } from './postgres-connections.ts';
import { openPostgres } from './postgres-database.ts';
import type { Schema } from './schema.ts';
import type { SqliteRow, SqliteValue } from './sqlite-messages.ts';
import type { SqliteSession } from './sqlite-thread.ts';
import { createSqliteThread } from './sqlite-thread.ts';

/** PostgreSQL takes at most 65,535 parameters in a statement, and the widest table has some fifty columns. */
const ROWS_PER_BATCH = 500;

/** Rows that a fresh schema brings with it. */
const SEEDED: Readonly<Record<string, number>> = {
  organizations: 1,
  projects: 1,
  config_version: 1,
  installation: 1,
  audit_head: 1,
  usage_rollup_state: 1,
  customer_usage_told: 1,
};

export type CopyProgress = { readonly table: string; readonly copied: number; readonly total: number };

export type CopyOutcome = { readonly tables: readonly { readonly table: string; readonly rows: number }[] };

/**
 * Copies a SQLite store into an empty PostgreSQL database: one consistent view of the one, one transaction on the
 * other, row counts compared before it commits. What the source takes in meanwhile is not in the copy, so the hub is
 * to be stopped first.
 * @throws StoreCopyError when the source is of another schema version, the target not empty, or the counts differ
 */
export async function copyStore(input: {
  readonly fromPath: string;
  readonly to: PostgresLocation;
  readonly onProgress: (progress: CopyProgress) => void;
}): Promise<CopyOutcome> {
  const source = createSqliteThread({ path: input.fromPath, role: 'reader' });
  const target = openPostgres({ ...input.to, poolSize: 1 }, () => undefined);
  try {
    return await translated(async () => {
      const session = await source.session();
      await refuseOtherVersion(session);
      await target.migrating((migrating) => migrate(migrating, MIGRATIONS));
      await session.query('BEGIN', []);
      return await target.write((transaction) => copyAll(session, transaction, input.onProgress));
    });
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function refuseOtherVersion(session: SqliteSession): Promise<void> {
  const version = await readSchemaVersion({ query: async (statement) => (await session.query(statement, [])).rows });
  if (version === latestVersion(MIGRATIONS)) return;
  throw new StoreCopyError(
    `The SQLite store has schema version ${version}, this build has ${latestVersion(MIGRATIONS)}. Start this build on it once, then copy.`,
  );
}

async function copyAll(
  session: SqliteSession,
  transaction: Transaction<Schema>,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyOutcome> {
  // The server's limit on one statement is for serving; a lock keeps a hub from starting on a half-filled store.
  await sql`SET LOCAL statement_timeout = 0`.execute(transaction);
  for (const [table] of DATA_TABLES) await sql`LOCK TABLE ${sql.table(table)} IN EXCLUSIVE MODE`.execute(transaction);
  await refuseNonEmpty(transaction);
  for (const [table] of DATA_TABLES.toReversed()) await sql`DELETE FROM ${sql.table(table)}`.execute(transaction);
  const tables: { table: string; rows: number }[] = [];
  for (const [table, key] of DATA_TABLES) {
    const total = await countSource(session, table);
    await copyTable({ session, transaction, table, key, total, onProgress });
    const copied = await countTarget(transaction, table);
    if (copied !== total) {
      throw new StoreCopyError(`${table} has ${total} rows in SQLite and ${copied} in PostgreSQL: nothing was copied.`);
    }
    tables.push({ table, rows: total });
  }
  return { tables };
}

async function refuseNonEmpty(transaction: Transaction<Schema>): Promise<void> {
  for (const [table] of DATA_TABLES) {
    if ((await countTarget(transaction, table)) > (SEEDED[table] ?? 0)) {
      throw new StoreCopyError(`The PostgreSQL database is not empty: ${table} has rows. Name an empty database.`);
    }
  }
  const { rows } = await sql<{ id: string }>`SELECT id FROM organizations`.execute(transaction);
  if (rows.some(({ id }) => id !== DEFAULT_TENANT.organizationId)) {
    throw new StoreCopyError('The PostgreSQL database is not empty: it has organizations. Name an empty database.');
  }
}

async function copyTable(input: {
  readonly session: SqliteSession;
  readonly transaction: Transaction<Schema>;
  readonly table: string;
  readonly key: string;
  readonly total: number;
  readonly onProgress: (progress: CopyProgress) => void;
}): Promise<void> {
  const { session, transaction, table, key } = input;
  const columns = key.split(', ');
  let after: readonly SqliteValue[] | undefined;
  for (let copied = 0; ; ) {
    const condition = after === undefined ? '' : `WHERE (${key}) > (${columns.map(() => '?').join(', ')})`;
    const { rows } = await session.queryExactly(
      `SELECT * FROM ${table} ${condition} ORDER BY ${key} LIMIT ${ROWS_PER_BATCH}`,
      after ?? [],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    await insertRows(transaction, table, rows);
    after = columns.map((column) => last[column] ?? null);
    copied += rows.length;
    input.onProgress({ table, copied, total: input.total });
  }
}

async function insertRows(transaction: Transaction<Schema>, table: string, rows: readonly SqliteRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => sql`(${sql.join(columns.map((column) => toPostgres(row[column])))})`);
  await sql`INSERT INTO ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) VALUES ${sql.join(lines)}`.execute(
    transaction,
  );
}

/** Whole numbers arrive as bigint and leave as text, which PostgreSQL reads as the column's type. */
function toPostgres(value: SqliteValue | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? postgresText(value) : value;
}

async function countSource(session: SqliteSession, table: string): Promise<number> {
  const { rows } = await session.query(`SELECT COUNT(*) AS count FROM ${table}`, []);
  return Number(rows[0]?.['count']);
}

async function countTarget(transaction: Transaction<Schema>, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT COUNT(*) AS count FROM ${sql.table(table)}`.execute(transaction);
  return Number(rows[0]?.count);
}
