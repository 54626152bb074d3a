import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { syncPath } from '../kernel/sync-path.ts';
import { digestOf } from './backup-files.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { BackupError, readManifest } from './backup-manifest.ts';
import { errorCode } from './errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { latestVersion } from './migrations/migration.ts';
import type { StoreLocation } from './open-store.ts';
import { openPostgres } from './postgres-database.ts';
import { runPostgresTool, toolCommand } from './postgres-tools.ts';

const PRIVATE_FILE_MODE = 0o600;
/** Files that belong to a SQLite database beside the main one. */
const SQLITE_SUFFIXES = ['', '-wal', '-shm'];

export type RestoreInput = {
  readonly directory: string;
  readonly target: StoreLocation;
  /** Fingerprint of the master key that the restored hub will have. */
  readonly masterKeyFingerprint: string;
  /** Replaces a store that is there already. */
  readonly force: boolean;
  /** Milliseconds since the epoch; names what was set aside. */
  readonly now: number;
  /** Where `pg_restore` is found. */
  readonly environment: NodeJS.ProcessEnv;
};

export type RestoreOutcome = {
  readonly manifest: BackupManifest;
  /** Where the SQLite file that was there before lies now. */
  readonly setAside: string | undefined;
};

/**
 * Puts a backup in the place of a store that no hub is running on. Everything that can be refused is refused before
 * anything is touched: another master key, a newer schema, a damaged file, a store that is there already.
 * @throws BackupError
 */
export async function restoreStore(input: RestoreInput): Promise<RestoreOutcome> {
  const manifest = await readManifest(input.directory);
  const source = join(input.directory, manifest.file);
  refuseUnfit(manifest, input);
  const { sha256, bytes } = await digestOf(source);
  if (sha256 !== manifest.sha256 || bytes !== manifest.bytes) {
    throw new BackupError(`${source} is not the file that was backed up: its checksum differs. Use another backup.`);
  }
  const { target } = input;
  switch (target.kind) {
    case 'sqlite':
      return { manifest, setAside: await restoreSqlite(source, target.path, input) };
    case 'postgres':
      await restorePostgres(source, target.url, input);
      return { manifest, setAside: undefined };
  }
}

function refuseUnfit(manifest: BackupManifest, input: RestoreInput): void {
  if (manifest.kind !== input.target.kind) {
    throw new BackupError(
      `This is a backup of a ${manifest.kind} store and cannot go into a ${input.target.kind} one. ` +
        'Restore it to its own kind first; `aigne-hub store copy` then moves SQLite to PostgreSQL.',
    );
  }
  if (manifest.masterKeyFingerprint !== input.masterKeyFingerprint) {
    throw new BackupError(
      `The backup was made under master key ${manifest.masterKeyFingerprint}, this hub has ${input.masterKeyFingerprint}: ` +
        'its secrets could not be opened. Give the hub the master key of that time, then restore.',
    );
  }
  if (manifest.schemaVersion > latestVersion(MIGRATIONS)) {
    throw new BackupError(
      `The backup has schema version ${manifest.schemaVersion}, this build knows up to ${latestVersion(MIGRATIONS)}. ` +
        'Install the release that made it, or a later one.',
    );
  }
}

async function restoreSqlite(source: string, path: string, input: RestoreInput): Promise<string | undefined> {
  const isThere = existsSync(path);
  if (isThere && !input.force) {
    throw new BackupError(`${path} is there already. Add --force to set it aside and put the backup in its place.`);
  }
  if (isThere) refuseWhileInUse(path);
  const incoming = `${path}.restoring-${input.now}`;
  await copyFile(source, incoming, constants.COPYFILE_EXCL);
  await chmod(incoming, PRIVATE_FILE_MODE);
  await syncPath(incoming);
  const setAside = isThere ? `${path}.replaced-${input.now}` : undefined;
  // A log that is left beside a new file would be played into it, so it goes with the old one, and goes even alone.
  for (const suffix of SQLITE_SUFFIXES) {
    if (existsSync(path + suffix)) await rename(path + suffix, `${path}.replaced-${input.now}${suffix}`);
  }
  await rename(incoming, path);
  await syncPath(dirname(path));
  return setAside;
}

/** Only who is alone with a file in WAL mode gets it exclusively. A file too damaged to open is in nobody's use. */
function refuseWhileInUse(path: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      throw new BackupError(`A hub is running on ${path}. Stop it, then restore.`, { cause: thrown });
    }
    if (!code.startsWith('SQLITE_NOTADB') && !code.startsWith('SQLITE_CORRUPT')) throw thrown;
  } finally {
    database?.close();
  }
}

async function restorePostgres(source: string, url: string, input: RestoreInput): Promise<void> {
  if (!input.force && (await hasTables(url))) {
    throw new BackupError('The database is not empty. Name an empty one, or add --force to replace what is in it.');
  }
  const clean = input.force ? ['--clean', '--if-exists'] : [];
  const options = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', ...clean];
  const done = await runPostgresTool({
    tool: 'pg_restore',
    options: [...options, source],
    url,
    environment: input.environment,
  });
  switch (done.outcome) {
    case 'done':
      return;
    case 'not_installed':
      throw new BackupError(
        `pg_restore is not installed here. Install PostgreSQL's client programs, or run this where they are: ${toolCommand('pg_restore', [...options, source], url)}`,
      );
    case 'failed':
      throw new BackupError(`pg_restore failed and changed nothing: ${done.message}`);
  }
}

async function hasTables(url: string): Promise<boolean> {
  const database = openPostgres({ url, poolSize: 1 }, () => undefined);
  try {
    const { rows } = await database.read((reading) =>
      sql<{
        name: string;
      }>`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LIMIT 1`.execute(reading),
    );
    return rows.length > 0;
  } finally {
    await database.close();
  }
}
