import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { postgresAvailable } from '../../test/support/postgres.ts';
import { nanoUsd } from '../kernel/money.ts';
import { backupStore } from './backup.ts';
import { copyStore } from './copy.ts';
import { DATA_TABLES } from './data-tables.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { latestVersion } from './migrations/migration.ts';
import type { Store, StoreLocation } from './open-store.ts';
import { restoreStore } from './restore.ts';
import { connection, credential, model, outcome, virtualKey } from './testing/rows.ts';
import { openAt, TEST_ENGINES, temporaryDir } from './testing/stores.ts';

const FINGERPRINT = 'f1ng3rpr1nt';
const ALL = { limit: 1000, cursor: undefined };

const postgres = postgresAvailable();
const environment = { PATH: postgres.available ? postgres.binDir : '' };

describe.each(TEST_ENGINES)('backup of $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    const backup = (location: StoreLocation, directory: string) =>
      backupStore({
        location,
        directory,
        createdAt: 1_700_000_000_000,
        masterKeyFingerprint: FINGERPRINT,
        environment,
      });
    const restore = (
      directory: string,
      target: StoreLocation,
      options: { fingerprint?: string; force?: boolean } = {},
    ) =>
      restoreStore({
        directory,
        target,
        masterKeyFingerprint: options.fingerprint ?? FINGERPRINT,
        force: options.force ?? false,
        now: 1_800_000_000_000,
        environment,
      });

    test('a copy made while the hub writes restores to what was there at one moment', async () => {
      const location = await engine.migratedLocation();
      const store = openAt(location);
      await fill(store);
      const directory = join(temporaryDir(), 'backup');
      let number = 100;
      let isDone = false;
      const writing = (async () => {
        for (; !isDone; number += 2) await store.records.commit([outcome(number), outcome(number + 1)]);
      })();
      const manifest = await backup(location, directory).finally(() => {
        isDone = true;
      });
      await writing;
      expect(manifest).toMatchObject({
        kind: engine.kind,
        schemaVersion: latestVersion(MIGRATIONS),
        createdAt: 1_700_000_000_000,
        masterKeyFingerprint: FINGERPRINT,
      });
      expect(readdirSync(directory).toSorted()).toEqual([manifest.file, 'manifest.json']);
      for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o077).toBe(0);

      const target = await engine.emptyLocation();
      await restore(directory, target);
      const restored = openAt(target);
      expect((await restored.migrate()).applied).toEqual([]);
      expect(await restored.configuration.load()).toEqual(await store.configuration.load());
      const records = await restored.records.list(DEFAULT_TENANT, { toMs: outcome(100).usage.startedAt }, ALL);
      expect(records).toEqual(await store.records.list(DEFAULT_TENANT, { toMs: outcome(100).usage.startedAt }, ALL));
      expect(await restored.integrityCheck()).toEqual({ problems: [] });
      const [line] = await restored.records.totals(DEFAULT_TENANT, { fromMs: outcome(100).usage.startedAt }, undefined);
      expect((line?.requests ?? 0) % 2).toBe(0);
    });

    test('what does not fit is refused before anything is touched', async () => {
      const location = await engine.migratedLocation();
      await fill(openAt(location));
      const directory = join(temporaryDir(), 'backup');
      const manifest = await backup(location, directory);
      const target = await engine.emptyLocation();
      await expect(restore(directory, target, { fingerprint: 'another' })).rejects.toThrow(/master key/);
      const edit = (fields: object) =>
        writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ ...manifest, ...fields }));
      edit({ schemaVersion: latestVersion(MIGRATIONS) + 1 });
      await expect(restore(directory, target)).rejects.toThrow(/schema version/);
      edit({ kind: engine.kind === 'sqlite' ? 'postgres' : 'sqlite' });
      await expect(restore(directory, target)).rejects.toThrow(/cannot go into/);
      edit({ sha256: '0'.repeat(64) });
      await expect(restore(directory, target)).rejects.toThrow(/checksum/);
      edit({ masterKeyFingerprint: undefined });
      await expect(restore(directory, target)).rejects.toThrow(/manifest/);
      if (target.kind === 'sqlite') expect(existsSync(target.path)).toBe(false);
      else expect(await openAt(target).schemaVersion()).toBe(0);
      await expect(backup(location, directory)).rejects.toThrow(/not empty/);
    });

    test('a store that is there is replaced only by force', async () => {
      const location = await engine.migratedLocation();
      const store = openAt(location);
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_backed_up'));
      const directory = join(temporaryDir(), 'backup');
      await backup(location, directory);
      const target = await engine.migratedLocation();
      const old = openAt(target);
      await old.keys.insert(DEFAULT_TENANT, virtualKey('vk_old'));
      await expect(restore(directory, target)).rejects.toThrow(/--force/);
      if (engine.kind === 'sqlite')
        await expect(restore(directory, target, { force: true })).rejects.toThrow(/running/);
      await old.close();
      const { setAside } = await restore(directory, target, { force: true });
      const keys = await openAt(target).keys.list(DEFAULT_TENANT);
      expect(keys.map((key) => key.id)).toEqual(['vk_backed_up']);
      if (setAside === undefined) return;
      const before = await openAt({ kind: 'sqlite', path: setAside }).keys.list(DEFAULT_TENANT);
      expect(before.map((key) => key.id)).toEqual(['vk_old']);
    });
  });
});

describe.skipIf(!postgres.available)('PostgreSQL without its client programs', () => {
  test('the operator is told what to run, without the password', async () => {
    const engine = TEST_ENGINES.find(({ kind }) => kind === 'postgres');
    const location = await engine?.migratedLocation();
    if (location?.kind !== 'postgres') throw new Error('no PostgreSQL engine in the table');
    const directory = join(temporaryDir(), 'backup');
    const refused = backupStore({
      location,
      directory,
      createdAt: 1,
      masterKeyFingerprint: FINGERPRINT,
      environment: { PATH: '/nonexistent' },
    });
    await expect(refused).rejects.toThrow(/pg_dump --format=custom .*--file=.*hub\.dump --dbname='postgres:/);
    await expect(refused).rejects.not.toThrow(new RegExp(new URL(location.url).password));
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe.skipIf(!postgres.available)('a copy from SQLite to PostgreSQL', () => {
  const [sqlite, pg] = TEST_ENGINES;

  test('carries over every row of every table exactly, and says how far it is', async () => {
    if (sqlite === undefined || pg === undefined) throw new Error('two engines are expected');
    const from = await sqlite.migratedLocation();
    const to = await pg.emptyLocation();
    if (from.kind !== 'sqlite' || to.kind !== 'postgres') throw new Error('the engines are in another order');
    const source = openAt(from);
    await fill(source);
    const many = Array.from({ length: 1203 }, (_, index) =>
      outcome(1000 + index, { endUser: index === 7 ? 'a\u0000' : 'e' }),
    );
    await source.records.commit(many);
    const progress: string[] = [];
    const { tables } = await copyStore({
      fromPath: from.path,
      to,
      onProgress: ({ table, copied, total }) => progress.push(`${table} ${copied}/${total}`),
    });
    expect(tables.map(({ table }) => table)).toEqual(DATA_TABLES.map(([table]) => table));
    expect(tables.find(({ table }) => table === 'usage_records')?.rows).toBe(1206);
    expect(progress.filter((line) => line.startsWith('usage_records'))).toEqual([
      'usage_records 500/1206',
      'usage_records 1000/1206',
      'usage_records 1206/1206',
    ]);
    const target = openAt(to);
    expect(await target.configuration.load()).toEqual(await source.configuration.load());
    expect(await target.records.totals(DEFAULT_TENANT, {}, undefined)).toEqual(
      await source.records.totals(DEFAULT_TENANT, {}, undefined),
    );
    expect(await target.vault.versions()).toEqual(await source.vault.versions());
    expect(await target.records.get(DEFAULT_TENANT, outcome(3).usage.requestId)).toEqual(
      await source.records.get(DEFAULT_TENANT, outcome(3).usage.requestId),
    );
    await expect(copyStore({ fromPath: from.path, to, onProgress: () => undefined })).rejects.toThrow(/not empty/);
    expect(await target.configuration.load()).toEqual(await source.configuration.load());
  });

  test('is refused from a file of another schema version', async () => {
    if (sqlite === undefined || pg === undefined) throw new Error('two engines are expected');
    const from = await sqlite.emptyLocation();
    const to = await pg.emptyLocation();
    if (from.kind !== 'sqlite' || to.kind !== 'postgres') throw new Error('the engines are in another order');
    writeFileSync(from.path, readFileSync('/dev/null'));
    await expect(copyStore({ fromPath: from.path, to, onProgress: () => undefined })).rejects.toThrow(
      /schema version 0/,
    );
  });
});

async function fill(store: Store): Promise<void> {
  await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_a', { allowedModels: ['*'] }));
  await store.connections.insert(DEFAULT_TENANT, connection('conn_a'));
  await store.credentials.insert(DEFAULT_TENANT, credential('cred_a', 'conn_a'));
  await store.models.insert(DEFAULT_TENANT, model('mdl_a', 'conn_a'));
  await store.jobs.register('sweep');
  await store.vault.addVersion({ version: 1, fingerprint: FINGERPRINT, createdAt: 1 });
  await store.records.commit([outcome(1), outcome(2), outcome(3, { costNano: nanoUsd(9_007_199_254_740_993n) })]);
}
