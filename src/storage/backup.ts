import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../kernel/sync-path.ts';
import { digestOf } from './backup-files.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { BackupError, manifestPath } from './backup-manifest.ts';
import { translated } from './errors.ts';
import { readSchemaVersion } from './migrate.ts';
import type { StoreLocation } from './open-store.ts';
import { openPostgres } from './postgres-database.ts';
import { runPostgresTool, toolCommand } from './postgres-tools.ts';
import { createSqliteThread } from './sqlite-thread.ts';

const PRIVATE_DIR_MODE = 0o700;
const PRIVATE_FILE_MODE = 0o600;

export type BackupInput = {
  readonly location: StoreLocation;
  /** A folder that does not exist yet or is empty. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly masterKeyFingerprint: string;
  /** Where `pg_dump` is found. */
  readonly environment: NodeJS.ProcessEnv;
};

/**
 * Copies a store, as it is at one moment, into a folder while the hub runs on. Secrets are in it as they are in the
 * store: sealed, and the key is not with them.
 * @throws BackupError when the folder is in use, or `pg_dump` is not installed or fails; the folder is left as it was
 */
export async function backupStore(input: BackupInput): Promise<BackupManifest> {
  await mkdir(input.directory, { recursive: true, mode: PRIVATE_DIR_MODE });
  if ((await readdir(input.directory)).length > 0) {
    throw new BackupError(`${input.directory} is not empty. Name a folder of its own for each backup.`);
  }
  const file = input.location.kind === 'sqlite' ? 'hub.db' : 'hub.dump';
  const target = join(input.directory, file);
  try {
    const schemaVersion = await translated(() => copyTo(input, target));
    await chmod(target, PRIVATE_FILE_MODE);
    await syncPath(target);
    const manifest: BackupManifest = {
      format: 'aigne-hub-backup',
      formatVersion: 1,
      kind: input.location.kind,
      schemaVersion,
      createdAt: input.createdAt,
      masterKeyFingerprint: input.masterKeyFingerprint,
      file,
      ...(await digestOf(target)),
    };
    await writeFile(manifestPath(input.directory), `${JSON.stringify(manifest, undefined, 2)}\n`, {
      mode: PRIVATE_FILE_MODE,
      flush: true,
    });
    await syncPath(input.directory);
    return manifest;
  } catch (thrown) {
    await rm(target, { force: true });
    throw thrown;
  }
}

/** Gives the schema version of what was copied. */
async function copyTo(input: BackupInput, target: string): Promise<number> {
  const { location } = input;
  switch (location.kind) {
    case 'sqlite':
      return await copySqlite(location.path, target);
    case 'postgres':
      return await dumpPostgres(input, location.url, target);
  }
}

/** On a thread and a connection of its own: writers go on in the log beside the pages that are being read. */
async function copySqlite(path: string, target: string): Promise<number> {
  await onReader(path, (query) => query('VACUUM INTO ?', [target]));
  return await onReader(target, (query) => readSchemaVersion({ query: (sql) => query(sql, []) }));
}

async function onReader<T>(
  path: string,
  work: (
    query: (sql: string, parameters: readonly string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>,
  ) => Promise<T>,
): Promise<T> {
  const thread = createSqliteThread({ path, role: 'reader' });
  try {
    const session = await thread.session();
    return await work(async (sql, parameters) => (await session.query(sql, parameters)).rows);
  } finally {
    await thread.close();
  }
}

async function dumpPostgres(input: BackupInput, url: string, target: string): Promise<number> {
  const database = openPostgres({ url, poolSize: 1 }, () => undefined);
  let version: number;
  try {
    version = await database.migrating(readSchemaVersion);
  } finally {
    await database.close();
  }
  const options = ['--format=custom', '--no-owner', '--no-privileges', `--file=${target}`];
  const done = await runPostgresTool({ tool: 'pg_dump', options, url, environment: input.environment });
  switch (done.outcome) {
    case 'done':
      return version;
    case 'not_installed':
      throw new BackupError(
        `pg_dump is not installed here. Install PostgreSQL's client programs, or run this where they are: ${toolCommand('pg_dump', options, url)}`,
      );
    case 'failed':
      throw new BackupError(`pg_dump failed: ${done.message}`);
  }
}
