import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { RunningHub } from '../cli/deps.ts';
import { ensurePrivateDir, replacePrivateFile } from '../kernel/private-file.ts';
import { refusedPath, spillPath } from '../records/spill-file.ts';

const RUN_FILE = 'hub.json';

/** Where things lie in the data directory. */
export type DataPaths = {
  readonly secrets: string;
  readonly journal: string;
  readonly media: string;
  readonly spillOf: (instanceId: string) => string;
  readonly refusedOf: (instanceId: string) => string;
  readonly runFile: string;
  readonly lockFile: string;
};

/** Makes the data directory and its folders, for their owner alone. @throws PrivateFileError */
export function prepareDataDir(dataDir: string): DataPaths {
  ensurePrivateDir(dataDir);
  const folders = ['secrets', 'journal', 'run'];
  for (const folder of folders) mkdirSync(join(dataDir, folder), { recursive: true, mode: 0o700 });
  return {
    secrets: join(dataDir, 'secrets'),
    journal: join(dataDir, 'journal'),
    media: join(dataDir, 'media'),
    spillOf: (instanceId) => spillPath(join(dataDir, 'journal'), instanceId),
    refusedOf: (instanceId) => refusedPath(join(dataDir, 'journal'), instanceId),
    runFile: join(dataDir, 'run', RUN_FILE),
    lockFile: join(dataDir, 'run', 'lock'),
  };
}

/** Another hub holds this data directory. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse';
}

/**
 * Takes the data directory for this process: the operating system lets go of it when the process dies, however it does.
 * The lock is SQLite's own on a file of its own, since Node has no other that does so.
 * @throws DataDirInUse
 */
export function lockDataDir(dataDir: string, paths: DataPaths): { readonly release: () => void } {
  const lock = new Database(paths.lockFile, { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new DataDirInUse(`Another hub is running on ${dataDir}.`, { cause });
  }
  return { release: () => lock.close() };
}

/** Tells the command line on this machine how to speak to this hub. */
export function writeRunFile(paths: DataPaths, run: RunningHub): void {
  replacePrivateFile(paths.runFile, `${JSON.stringify(run)}\n`);
}

export function removeRunFile(paths: DataPaths): void {
  rmSync(paths.runFile, { force: true });
}
