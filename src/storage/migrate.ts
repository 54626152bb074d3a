import type { Engine } from './engine.ts';
import { nowMsSql, wholeNumber } from './engine.ts';
import { isMissingTable, StoreVersionError } from './errors.ts';
import type { Migration } from './migrations/migration.ts';
import { checksumOf, latestVersion } from './migrations/migration.ts';

/** One connection on which migrations run, with the lock that keeps other processes' migrations away. */
export type MigrationSession = {
  readonly engine: Engine;
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /**
   * Runs the work in one transaction under a lock that every other migrating process waits for. All that is pending
   * runs in it: a process killed half-way leaves the store as it was.
   */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
};

export type MigrationOutcome = {
  /** Versions that this call ran; empty when there was nothing to do or another process did it. */
  readonly applied: readonly number[];
  readonly version: number;
};

type Recorded = { readonly version: number; readonly checksum: string };

const CREATE_RECORD_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
  )`;

/**
 * Brings the store up to `migrations`, forward only. One query when there is nothing to do.
 * @throws StoreVersionError when the store is newer than this build or a migration that ran is not the one known here.
 */
export async function migrate(session: MigrationSession, migrations: readonly Migration[]): Promise<MigrationOutcome> {
  const version = latestVersion(migrations);
  if (pendingOf(await readRecorded(session), migrations, session.engine).length === 0) return { applied: [], version };
  return await session.locked(async () => {
    await session.query(CREATE_RECORD_TABLE);
    // Another process may have migrated while this one waited for the lock.
    const pending = pendingOf(await readRecorded(session), migrations, session.engine);
    for (const migration of pending) await run(session, migration);
    return { applied: pending.map((migration) => migration.version), version };
  });
}

/** The newest migration that the store has seen; 0 for a store that was never migrated. */
export async function readSchemaVersion(session: Pick<MigrationSession, 'query'>): Promise<number> {
  return (await readRecorded(session)).at(-1)?.version ?? 0;
}

async function run(session: MigrationSession, migration: Migration): Promise<void> {
  for (const statement of migration.statements(session.engine)) await session.query(statement);
  const checksum = checksumOf(migration, session.engine);
  await session.query(
    `INSERT INTO schema_migrations (version, name, checksum, applied_at)
      VALUES (${migration.version}, '${migration.name.replaceAll("'", "''")}', '${checksum}', ${nowMsSql(session.engine)})`,
  );
}

async function readRecorded(session: Pick<MigrationSession, 'query'>): Promise<readonly Recorded[]> {
  try {
    const rows = await session.query('SELECT version, checksum FROM schema_migrations ORDER BY version');
    return rows.map((row) => ({ version: wholeNumber(Number(row['version'])), checksum: String(row['checksum']) }));
  } catch (thrown) {
    if (isMissingTable(thrown)) return [];
    throw thrown;
  }
}

function pendingOf(
  recorded: readonly Recorded[],
  migrations: readonly Migration[],
  engine: Engine,
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const each of recorded) {
    const migration = known.get(each.version);
    if (migration === undefined) throw newerStore(each.version, latestVersion(migrations));
    if (checksumOf(migration, engine) !== each.checksum) throw changedMigration(migration);
  }
  const done = new Set(recorded.map((each) => each.version));
  return migrations.filter((migration) => !done.has(migration.version));
}

function newerStore(version: number, known: number): StoreVersionError {
  return new StoreVersionError(
    'newer',
    `The store was written by a newer AIGNE Hub: its schema is version ${version}, this build knows up to ${known}. ` +
      'Start the newer build again, or restore a backup that was made before the upgrade.',
  );
}

function changedMigration(migration: Migration): StoreVersionError {
  return new StoreVersionError(
    'changed',
    `Migration ${migration.version} (${migration.name}) of this build is not the one that this store was made with. ` +
      'Start the build that made the store, or a later release of it; a modified build needs a store of its own.',
  );
}
