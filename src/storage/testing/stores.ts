import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { postgresAvailable, postgresDatabase } from '../../../test/support/postgres.ts';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import type { Migration } from '../migrations/migration.ts';
import type { Store, StoreLocation } from '../open-store.ts';
import { openStore } from '../open-store.ts';
import type { SearchBounds } from '../repositories/record-reach.ts';

/** One engine to run a storage test on. `skip` is the reason why this machine cannot. */
export type TestEngine = {
  readonly kind: 'sqlite' | 'postgres';
  readonly skip: string | undefined;
  /** A place for a store that was never opened; gone when the test is over. */
  readonly emptyLocation: () => Promise<StoreLocation>;
  /** A place for a store with the schema of this build. */
  readonly migratedLocation: () => Promise<StoreLocation>;
};

const postgres = postgresAvailable();

/** Every engine, for `describe.each`. */
export const TEST_ENGINES: readonly TestEngine[] = [
  { kind: 'sqlite', skip: undefined, emptyLocation: sqliteLocation, migratedLocation: migratedSqlite },
  {
    kind: 'postgres',
    skip: postgres.available ? undefined : postgres.reason,
    emptyLocation: async () => postgresLocation(await postgresDatabase()),
    migratedLocation: async () => postgresLocation(await postgresDatabase({ name: 'migrated', prepare: migrateAt })),
  },
];

/** Where a PostgreSQL store with the schema of this build lies, for tests of that engine alone. */
export async function migratedPostgres(): Promise<Extract<StoreLocation, { kind: 'postgres' }>> {
  const location = await TEST_ENGINES.find(({ kind }) => kind === 'postgres')?.migratedLocation();
  if (location?.kind !== 'postgres') throw new Error('this needs PostgreSQL');
  return location;
}

export type TestStoreOptions = {
  readonly usageValuesPerDayMax?: number | undefined;
  readonly usageListedMin?: number | undefined;
  readonly usageRecordsReadMax?: number | undefined;
  readonly recordSearchBounds?: SearchBounds | undefined;
  readonly clock?: Clock;
  readonly migrations?: readonly Migration[];
};

/** Opens the store at a location and closes it when the test is over. */
export function openAt(location: StoreLocation, options: TestStoreOptions = {}): Store {
  const store = openStore(location, {
    clock: options.clock ?? systemClock,
    note: () => undefined,
    migrations: options.migrations,
    usageValuesPerDayMax: options.usageValuesPerDayMax,
    usageListedMin: options.usageListedMin,
    usageRecordsReadMax: options.usageRecordsReadMax,
    recordSearchBounds: options.recordSearchBounds,
  });
  onTestFinished(() => store.close());
  return store;
}

/** A fresh migrated store, closed and removed when the test is over. */
export async function freshStore(engine: TestEngine, options: TestStoreOptions = {}): Promise<Store> {
  return openAt(await engine.migratedLocation(), options);
}

/** A folder that is gone when the test is over. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hub-store-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function sqliteLocation(): Promise<StoreLocation> {
  return Promise.resolve({ kind: 'sqlite', path: join(temporaryDir(), 'hub.db') });
}

async function migratedSqlite(): Promise<StoreLocation> {
  sqliteTemplate ??= readMigrated();
  const path = join(temporaryDir(), 'hub.db');
  writeFileSync(path, await sqliteTemplate);
  return { kind: 'sqlite', path };
}

/** The bytes of a migrated file, made once per process: closing the store folds its log into them. */
let sqliteTemplate: Promise<Buffer> | undefined;

async function readMigrated(): Promise<Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'hub-store-'));
  const path = join(dir, 'hub.db');
  await migrate({ kind: 'sqlite', path });
  const bytes = readFileSync(path);
  rmSync(dir, { recursive: true });
  return bytes;
}

function postgresLocation(database: { readonly url: string; readonly drop: () => Promise<void> }): StoreLocation {
  onTestFinished(() => database.drop());
  return { kind: 'postgres', url: database.url, poolSize: 4 };
}

function migrateAt(url: string): Promise<void> {
  return migrate({ kind: 'postgres', url });
}

async function migrate(location: StoreLocation): Promise<void> {
  const store = openStore(location, { clock: systemClock, note: () => undefined });
  await store.migrate();
  await store.close();
}
