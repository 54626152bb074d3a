import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { systemClock } from '../kernel/clock.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { latestVersion } from './migrations/migration.ts';
import { connection, credential, outcome } from './testing/rows.ts';
import { freshStore, openAt, TEST_ENGINES, temporaryDir } from './testing/stores.ts';

const MINUTE_MS = 60_000;

const addColumn: Migration = {
  version: latestVersion(MIGRATIONS) + 1,
  name: 'add a column',
  statements: () => [
    'ALTER TABLE jobs ADD COLUMN note TEXT',
    "INSERT INTO jobs (name, next_due_at, fence) VALUES ('m', 0, 0)",
  ],
};
const broken: Migration = {
  version: addColumn.version + 1,
  name: 'broken',
  statements: () => ['CREATE TABLE t (a TEXT', 'x'],
};
const PLUS_ONE = [...MIGRATIONS, addColumn];

describe.each(TEST_ENGINES)('a store in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('four that open an empty store at once: one migrates, all work', async () => {
      for (let round = 0; round < 3; round += 1) {
        const location = await engine.emptyLocation();
        const stores = Array.from({ length: 4 }, () => openAt(location, { migrations: PLUS_ONE }));
        const outcomes = await Promise.all(stores.map((store) => store.migrate()));
        const everything = PLUS_ONE.map((migration) => migration.version);
        expect(outcomes.map(({ applied }) => applied).filter((applied) => applied.length > 0)).toEqual([everything]);
        const versions = await Promise.all(stores.map((store) => store.schemaVersion()));
        expect(versions).toEqual(stores.map(() => latestVersion(PLUS_ONE)));
        expect(await stores[0]?.jobs.list()).toHaveLength(1);
      }
    });

    test('a store that is up to date is left alone, and an older one is brought up', async () => {
      const location = await engine.migratedLocation();
      expect(await openAt(location).migrate()).toEqual({ applied: [], version: latestVersion(MIGRATIONS) });
      expect((await openAt(location, { migrations: PLUS_ONE }).migrate()).applied).toEqual([addColumn.version]);
    });

    test('a store newer than the build is refused with what to do', async () => {
      const location = await engine.migratedLocation();
      await openAt(location, { migrations: PLUS_ONE }).migrate();
      await expect(openAt(location).migrate()).rejects.toMatchObject({
        name: 'StoreVersionError',
        reason: 'newer',
        message: expect.stringContaining('Start the newer build again'),
      });
    });

    test('a migration that is not the one that ran is refused', async () => {
      const location = await engine.emptyLocation();
      await openAt(location, { migrations: PLUS_ONE }).migrate();
      const edited = { ...addColumn, statements: () => ['ALTER TABLE jobs ADD COLUMN note2 TEXT'] };
      await expect(openAt(location, { migrations: [...MIGRATIONS, edited] }).migrate()).rejects.toMatchObject({
        name: 'StoreVersionError',
        reason: 'changed',
      });
    });

    test('a migration that fails leaves the store as it was, and the next one runs', async () => {
      const location = await engine.migratedLocation();
      await expect(openAt(location, { migrations: [...PLUS_ONE, broken] }).migrate()).rejects.toThrow();
      const store = openAt(location, { migrations: PLUS_ONE });
      expect(await store.schemaVersion()).toBe(latestVersion(MIGRATIONS));
      expect((await store.migrate()).applied).toEqual([addColumn.version]);
    });

    test('a sound store answers, and has no problems', async () => {
      const store = await freshStore(engine);
      await store.records.commit([outcome(1)]);
      await store.ping();
      expect(await store.integrityCheck()).toEqual({ problems: [] });
    });

    test('a closed store refuses', async () => {
      const location = await engine.migratedLocation();
      const store = openAt(location);
      const written = store.records.commit([outcome(1)]);
      await store.close();
      await written;
      await expect(store.records.commit([outcome(2)])).rejects.toMatchObject({ code: 'hub.store_unavailable' });
      await expect(store.configuration.version()).rejects.toMatchObject({ code: 'hub.store_unavailable' });
      expect(await openAt(location).records.list(DEFAULT_TENANT, {}, { limit: 9, cursor: undefined })).toHaveLength(1);
    });

    test('a job is claimed once, and only the newest fence may end it', async () => {
      const location = await engine.migratedLocation();
      const world = { now: 1_000_000 };
      const one = openAt(location, { clock: clockAt(() => world.now) }).jobs;
      const two = openAt(location, { clock: clockAt(() => world.now) }).jobs;
      await one.register('sweep');
      await two.register('sweep');
      const claims = await Promise.all(
        [one, two, one, two].map((jobs, index) =>
          jobs.claim({ name: 'sweep', holder: `h${index}`, leaseMs: MINUTE_MS }),
        ),
      );
      expect(claims.filter((claim) => claim !== undefined)).toEqual([{ fence: 1 }]);
      expect(await one.renew({ name: 'sweep', fence: 1, leaseMs: MINUTE_MS })).toBe(true);
      expect(await one.complete({ name: 'sweep', fence: 1, nextInMs: 0, error: 'no luck' })).toBe(true);
      expect(await one.complete({ name: 'sweep', fence: 1, nextInMs: 0, error: undefined })).toBe(false);
      expect(await one.renew({ name: 'sweep', fence: 1, leaseMs: MINUTE_MS })).toBe(false);
      expect(await one.list()).toMatchObject([{ name: 'sweep', lastError: 'no luck' }]);
      expect(await two.claim({ name: 'sweep', holder: 'two', leaseMs: MINUTE_MS })).toEqual({ fence: 2 });
      expect(await two.complete({ name: 'sweep', fence: 2, nextInMs: MINUTE_MS, error: undefined })).toBe(true);
      expect(await one.claim({ name: 'sweep', holder: 'one', leaseMs: MINUTE_MS })).toBeUndefined();
      expect(await one.claim({ name: 'unknown', holder: 'one', leaseMs: MINUTE_MS })).toBeUndefined();
    });

    test('a lease that ran out is taken over, and its old holder finds out', async () => {
      const store = await freshStore(engine);
      await store.jobs.register('sweep');
      const old = await store.jobs.claim({ name: 'sweep', holder: 'old', leaseMs: 0 });
      const heir = await store.jobs.claim({ name: 'sweep', holder: 'heir', leaseMs: MINUTE_MS });
      expect([old, heir]).toEqual([{ fence: 1 }, { fence: 2 }]);
      expect(await store.jobs.renew({ name: 'sweep', fence: 1, leaseMs: MINUTE_MS })).toBe(false);
      expect(await store.jobs.complete({ name: 'sweep', fence: 1, nextInMs: 0, error: undefined })).toBe(false);
      expect(await store.jobs.complete({ name: 'sweep', fence: 2, nextInMs: 0, error: undefined })).toBe(true);
    });

    test('what a dead instance holds is let go of, and that of others is not', async () => {
      const { jobs } = await freshStore(engine);
      for (const [name, holder] of [
        ['sweep', 'dead'],
        ['seal', 'alive'],
      ] as const) {
        await jobs.register(name);
        await jobs.claim({ name, holder, leaseMs: MINUTE_MS });
      }
      await jobs.releaseOf('dead');
      expect(await jobs.claim({ name: 'sweep', holder: 'heir', leaseMs: MINUTE_MS })).toEqual({ fence: 2 });
      expect(await jobs.renew({ name: 'sweep', fence: 1, leaseMs: MINUTE_MS })).toBe(false);
      expect(await jobs.claim({ name: 'seal', holder: 'heir', leaseMs: MINUTE_MS })).toBeUndefined();
      expect(await jobs.renew({ name: 'seal', fence: 1, leaseMs: MINUTE_MS })).toBe(true);
    });

    test('holders whose clocks differ by minutes never both end one run', async () => {
      const location = await engine.migratedLocation();
      const ahead = openAt(location, { clock: clockAt(() => Date.now() + 5 * MINUTE_MS) }).jobs;
      const right = openAt(location).jobs;
      await right.register('sweep');
      const first = await right.claim({ name: 'sweep', holder: 'right', leaseMs: MINUTE_MS });
      const second = await ahead.claim({ name: 'sweep', holder: 'ahead', leaseMs: MINUTE_MS });
      // PostgreSQL asks nobody's clock but its own, so the lease holds; on one machine's SQLite the fence still rules.
      expect(second).toEqual(engine.kind === 'postgres' ? undefined : { fence: 2 });
      const ends = [
        await right.complete({ name: 'sweep', fence: first?.fence ?? 0, nextInMs: MINUTE_MS, error: undefined }),
        await ahead.complete({ name: 'sweep', fence: second?.fence ?? 0, nextInMs: MINUTE_MS, error: undefined }),
      ];
      expect(ends.filter(Boolean)).toHaveLength(1);
    });

    test('the vault’s versions and fingerprints are kept; the first fingerprint of a name stays', async () => {
      const { vault } = await freshStore(engine);
      await vault.addVersion({ version: 1, fingerprint: 'aa', createdAt: 1 });
      await vault.addVersion({ version: 2, fingerprint: 'bb', createdAt: 2 });
      await expect(vault.addVersion({ version: 2, fingerprint: 'cc', createdAt: 3 })).rejects.toMatchObject({
        code: 'resource.conflict',
      });
      await vault.retireVersion(1, 9);
      expect(await vault.versions()).toEqual([
        { version: 1, fingerprint: 'aa', createdAt: 1, retiredAt: 9 },
        { version: 2, fingerprint: 'bb', createdAt: 2, retiredAt: undefined },
      ]);
      expect(await vault.fingerprint('pepper')).toBeUndefined();
      await vault.setFingerprint('pepper', 'one');
      await vault.setFingerprint('pepper', 'two');
      expect(await vault.fingerprint('pepper')).toBe('one');
    });

    test('a rotation walks through what is sealed under older keys, and replaces only what has not changed', async () => {
      const store = await freshStore(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('conn_a', { baseUrl: 'https://a.example' }));
      const sealed = { cred_1: 'hv1:1:AA', cred_2: 'hv1:12:AA', cred_3: 'hv1:2:AA', cred_4: '' };
      for (const [id, value] of Object.entries(sealed)) {
        await store.credentials.insert(DEFAULT_TENANT, credential(id, 'conn_a', { sealed: value }));
      }
      const below = (afterId: string, limit: number) => store.vault.sealedBelow({ belowVersion: 12, afterId, limit });
      expect((await below('', 9)).map((row) => row.rowId)).toEqual(['cred_1', 'cred_3']);
      expect((await below('', 1)).map((row) => row.rowId)).toEqual(['cred_1']);
      const [row] = await below('cred_1', 9);
      if (row === undefined) throw new Error('cred_3 was not found');
      expect(row).toEqual({
        table: 'credentials',
        organizationId: DEFAULT_TENANT.organizationId,
        rowId: 'cred_3',
        field: 'secret',
        baseUrl: 'https://a.example',
        sealed: 'hv1:2:AA',
      });
      const before = await store.configuration.version();
      expect(await store.vault.replaceSealed(row, 'hv1:12:BB')).toBe(true);
      expect(await store.configuration.version()).toBe(before + 1);
      expect(await store.vault.replaceSealed(row, 'hv1:12:CC')).toBe(false);
      expect((await store.credentials.get(DEFAULT_TENANT, 'cred_3'))?.sealed).toBe('hv1:12:BB');
      expect((await below('', 9)).map((each) => each.rowId)).toEqual(['cred_1']);
      await store.credentials.update(DEFAULT_TENANT, 'cred_2', { sealed: 'hv1:3:DD' });
      expect((await below('', 9)).map((each) => each.rowId)).toEqual(['cred_1', 'cred_2']);
    });
  });
});

describe('a store that cannot be reached', () => {
  test.each([
    ['a folder that does not exist', { kind: 'sqlite', path: '/nonexistent/hub.db' }],
    ['a server that does not listen', { kind: 'postgres', url: 'postgres://hub:secret@127.0.0.1:1/hub' }],
  ] as const)('%s: every call says so', async (_, location) => {
    const store = openAt(location);
    const unavailable = { name: 'GatewayError', code: 'hub.store_unavailable' };
    await expect(store.migrate()).rejects.toMatchObject(unavailable);
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    await expect(store.records.commit([outcome(1)])).rejects.toMatchObject(unavailable);
    await expect(store.configuration.load()).rejects.toMatchObject(unavailable);
  });

  test('a file that is no database is not touched', async () => {
    const path = join(temporaryDir(), 'hub.db');
    writeFileSync(
      path,
      'a letter to a friend, long enough to be read as a header of something else entirely'.repeat(9),
    );
    const before = readFileSync(path);
    await expect(openAt({ kind: 'sqlite', path }).migrate()).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('a SQLite writer that is killed', () => {
  test('keeps every batch that it acknowledged, no half of another, and a sound file', async () => {
    const path = join(temporaryDir(), 'hub.db');
    await openAt({ kind: 'sqlite', path }).migrate();
    let acknowledged = -1;
    for (let kills = 0; kills < 3; kills += 1) {
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL('./testing/endless-writer.ts', import.meta.url)), path],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(child, 'exit');
      let batches = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Math.max(acknowledged, Number(line));
        batches += 1;
        // The kill lands somewhere in the batch after this one; lines already on their way are still read.
        if (batches === 20 + kills * 7) child.kill('SIGKILL');
      }
      await ended;
    }
    const store = openAt({ kind: 'sqlite', path });
    const [line] = await store.records.totals(DEFAULT_TENANT, {}, undefined);
    expect(line?.requests).toBeGreaterThanOrEqual(acknowledged + 1);
    expect((line?.requests ?? 0) % 16).toBe(0);
    expect(await store.records.get(DEFAULT_TENANT, outcome(acknowledged).usage.requestId)).toEqual(
      outcome(acknowledged),
    );
    expect(await store.integrityCheck()).toEqual({ problems: [] });
    expect(existsSync(path)).toBe(true);
  });
});

function clockAt(now: () => number): Clock {
  return { now, monotonic: systemClock.monotonic };
}
