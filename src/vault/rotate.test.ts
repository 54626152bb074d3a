import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkVault } from './check.ts';
import { loadKeyring } from './keyring.ts';
import type { Keyring } from './master-key.ts';
import type { SealedRow } from './ports.ts';
import { findUndecryptable, type RotationDeps, resumeRotation, rotate } from './rotate.ts';
import { createRotationService } from './rotation-service.ts';
import { createMemoryVaultStore, type MemoryVaultStore } from './testing/memory-store.ts';
import { temporaryDir } from './testing/temporary-dir.ts';
import { createVault } from './vault.ts';

type Hub = RotationDeps & { readonly store: MemoryVaultStore; readonly keyring: Keyring };

/** A process on the given store and key file, as after a start. */
async function startHub(store: MemoryVaultStore, path: string, more: Partial<RotationDeps> = {}): Promise<Hub> {
  const keyring = await loadKeyring({ kind: 'file', path, whenMissing: 'create' }, randomBytes);
  const now = more.now ?? (() => 1000);
  const check = await checkVault({ keyring, store, now });
  const vault = createVault({ keyring, randomBytes, ...check });
  return { vault, keyring, now, retireGraceMs: 0, refreshCopies: async () => undefined, ...more, store };
}

function bindingOf(rowId: string) {
  return {
    organizationId: 'org_1',
    table: 'credentials',
    rowId,
    field: 'secret',
    baseUrl: 'https://api.example.test',
  } as const;
}

function write(hub: Hub, rowId: string, secret = `secret of ${rowId}`): void {
  const binding = bindingOf(rowId);
  const row: SealedRow = { ...binding, sealed: hub.vault.seal(secret, binding) };
  hub.store.rows.set(rowId, row);
}

function fill(hub: Hub, count: number): void {
  for (let index = 0; index < count; index += 1) write(hub, `cred_${String(index).padStart(5, '0')}`);
}

/** Every row opens, and lies under the version. */
function expectAllAt(hub: Hub, version: number): void {
  for (const row of hub.store.rows.values()) {
    expect(hub.vault.keyVersionOf(row.sealed)).toBe(version);
    expect(hub.vault.open(row.sealed, row)).toBe(`secret of ${row.rowId}`);
  }
}

const usedOf = async (store: MemoryVaultStore) =>
  (await store.versions()).filter(({ retiredAt }) => retiredAt === undefined).map(({ version }) => version);

describe('a rotation', () => {
  it('seals anew under the next version at once, wraps the rest again, and retires the old version', async () => {
    const path = join(temporaryDir(), 'master.key');
    const progress: number[] = [];
    const hub = await startHub(createMemoryVaultStore(), path, {
      onProgress: ({ rewrapped }) => progress.push(rewrapped),
    });
    fill(hub, 450);
    const outcome = await rotate(hub);
    expect(outcome).toEqual({ activeVersion: 2, rewrapped: 450, undecryptable: [], retired: [1], remaining: [] });
    expectAllAt(hub, 2);
    expect(await usedOf(hub.store)).toEqual([2]);
    expect(hub.vault.minDecryptionVersion()).toBe(2);
    expect(progress.at(-1)).toBe(450);
    expect(progress.length).toBeGreaterThan(2);
    expect(await rotate(hub)).toMatchObject({ activeVersion: 3, rewrapped: 450, retired: [2] });
    expectAllAt(await startHub(hub.store, path), 3);
  });

  it('leaves an untouched vault alone when there is nothing to resume', async () => {
    const hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'));
    fill(hub, 3);
    expect(await resumeRotation(hub)).toMatchObject({ activeVersion: 1, rewrapped: 0, retired: [] });
    expect(hub.keyring.versions()).toEqual([1]);
  });

  it('brings the copies of this process up to date while the old version can still be opened', async () => {
    const copies: string[] = [];
    const hub: Hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'), {
      refreshCopies: async () => {
        expect(hub.vault.minDecryptionVersion()).toBe(1);
        copies.push(...[...hub.store.rows.values()].map((row) => row.sealed));
      },
    });
    fill(hub, 3);
    expect(await rotate(hub)).toMatchObject({ retired: [1] });
    expect(hub.vault.minDecryptionVersion()).toBe(2);
    expect(copies.map((sealed) => hub.vault.keyVersionOf(sealed))).toEqual([2, 2, 2]);
  });

  it('keeps the old version readable until every process has had time to learn of the new one', async () => {
    const path = join(temporaryDir(), 'master.key');
    const store = createMemoryVaultStore();
    let nowMs = 1000;
    const hub = await startHub(store, path, { now: () => nowMs, retireGraceMs: 500 });
    const other = await startHub(store, path);
    fill(hub, 3);
    expect(await rotate(hub)).toMatchObject({ retired: [], remaining: [1] });
    // A process that has not heard of it yet still seals under the old version.
    write(other, 'cred_late');
    nowMs = 1499;
    expect(await rotate(hub)).toMatchObject({ activeVersion: 2, rewrapped: 1, retired: [], remaining: [1] });
    nowMs = 1500;
    expect(await resumeRotation(hub)).toMatchObject({ retired: [1], remaining: [] });
    expectAllAt(other, 2);
  });

  it('misses nothing that others write meanwhile, and undoes nothing', async () => {
    const path = join(temporaryDir(), 'master.key');
    const store = createMemoryVaultStore();
    const hub = await startHub(store, path);
    const other = await startHub(store, path);
    fill(hub, 300);
    let writes = 0;
    store.beforeStep = (step) => {
      // Between reading a row and replacing it, another process changes that row or adds one before it.
      if (step !== 'replaceSealed' || writes >= 50) return;
      writes += 1;
      write(other, `cred_${String(writes * 5).padStart(5, '0')}`);
      write(other, `cred_${String(writes).padStart(5, '0')}-new`);
    };
    expect(await rotate(hub)).toMatchObject({ retired: [1] });
    expect(store.rows.size).toBe(350);
    expectAllAt(hub, 2);
  });

  it('does not stop at a value that cannot be opened, and does not retire the key it may need', async () => {
    const hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'));
    fill(hub, 5);
    const damaged = hub.store.rows.get('cred_00002');
    if (damaged === undefined) throw new Error('it was written');
    hub.store.rows.set('cred_00002', { ...damaged, baseUrl: 'https://moved.example.test' });
    expect(await rotate(hub)).toEqual({
      activeVersion: 2,
      rewrapped: 4,
      undecryptable: ['cred_00002'],
      retired: [],
      remaining: [1],
    });
    expect(await findUndecryptable(hub)).toEqual(['cred_00002']);
    hub.store.rows.delete('cred_00002');
    expect(await resumeRotation(hub)).toMatchObject({ retired: [1] });
  });

  it('asks the operator for the next key where the hub cannot write its own, and takes it when it is there', async () => {
    const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const store = createMemoryVaultStore();
    const start = async (value: string): Promise<Hub> => {
      const keyring = await loadKeyring({ kind: 'environment', value }, randomBytes);
      const check = await checkVault({ keyring, store, now: () => 0 });
      const vault = createVault({ keyring, randomBytes, ...check });
      return { vault, keyring, store, now: () => 0, retireGraceMs: 0, refreshCopies: async () => undefined };
    };
    const before = await start(one);
    fill(before, 2);
    await expect(rotate(before)).rejects.toThrow('add version 2 there');
    const after = await start(`1:${one},2:${two}`);
    write(after, 'cred_still_1');
    expect([...store.rows.values()].every((row) => before.vault.open(row.sealed, row) !== '')).toBe(true);
    expect(await rotate(after)).toMatchObject({ activeVersion: 2, rewrapped: 3, retired: [1] });
    expectAllAt(await start(`2:${two}`), 2);
  });
});

describe('a rotation that is killed', () => {
  const ROWS = 12;

  /** Runs one rotation that dies before its nth step; returns whether it got that far. */
  async function killAt(hub: Hub, step: number): Promise<boolean> {
    let steps = 0;
    hub.store.beforeStep = () => {
      steps += 1;
      if (steps === step) throw new Error('killed');
    };
    const died = await rotate(hub).then(
      () => false,
      () => true,
    );
    hub.store.beforeStep = () => undefined;
    return died;
  }

  it('at any step loses nothing, serves everything, and is finished by the next start', async () => {
    let step = 1;
    for (; ; step += 1) {
      const path = join(temporaryDir(), 'master.key');
      const hub = await startHub(createMemoryVaultStore(), path);
      fill(hub, ROWS);
      if (!(await killAt(hub, step))) break;
      const next = await startHub(hub.store, path);
      expect(await findUndecryptable(next)).toEqual([]);
      await rotate(next);
      expectAllAt(next, 2);
      expect(await usedOf(hub.store)).toEqual([2]);
      expect(next.keyring.versions()).toEqual([1, 2]);
    }
    // Steps were: reading and recording the version, two passes, every row, retiring.
    expect(step).toBeGreaterThan(ROWS + 5);
  });

  it('ten times over still ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 10, maxLength: 10 }), async (kills) => {
        const path = join(temporaryDir(), 'master.key');
        const store = createMemoryVaultStore();
        fill(await startHub(store, path), ROWS);
        for (const step of kills) await killAt(await startHub(store, path), step);
        const last = await startHub(store, path);
        await resumeRotation(last);
        expect(await usedOf(store)).toHaveLength(1);
        expectAllAt(last, last.vault.activeVersion());
      }),
      { numRuns: 20 },
    );
  });
});

describe('two processes', () => {
  it('that rotate at once agree on one new key', async () => {
    const path = join(temporaryDir(), 'master.key');
    const store = createMemoryVaultStore();
    const hubs = [await startHub(store, path), await startHub(store, path)] as const;
    fill(hubs[0], 20);
    await Promise.all(hubs.map((hub) => rotate(hub)));
    for (const hub of hubs) expectAllAt(hub, 2);
    expect(await usedOf(store)).toEqual([2]);
  });

  it('share the new key as soon as one of them meets it', async () => {
    const path = join(temporaryDir(), 'master.key');
    const store = createMemoryVaultStore();
    const [hub, other] = [await startHub(store, path), await startHub(store, path)];
    fill(hub, 2);
    await rotate(hub);
    expect(other.vault.activeVersion()).toBe(1);
    expectAllAt(other, 2);
    expect(other.vault.activeVersion()).toBe(2);
  });
});

describe('the rotation service', () => {
  it('runs in the background, one at a time, and tells how far it is', async () => {
    const hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'));
    fill(hub, 5);
    const errors: unknown[] = [];
    const service = createRotationService({ ...hub, onError: (error) => errors.push(error) });
    expect((await service.status()).rotation).toEqual({ state: 'idle', rewrapped: 0, remaining: 0, error: undefined });
    const gate = Promise.withResolvers<undefined>();
    hub.store.beforeStep = (step) => (step === 'replaceSealed' ? gate.promise : undefined);
    const during = await service.rotate();
    await service.rotate();
    expect(during.rotation.state).toBe('running');
    gate.resolve(undefined);
    await service.resume();
    const after = await service.status();
    expect(after).toMatchObject({ currentVersion: 2, undecryptable: 0, rotation: { state: 'idle', remaining: 0 } });
    expect(errors).toEqual([]);
  });

  it('tells why it failed, and goes on when asked again', async () => {
    const hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'));
    fill(hub, 5);
    const failed = Promise.withResolvers<unknown>();
    const service = createRotationService({ ...hub, onError: failed.resolve });
    hub.store.beforeStep = (step) => {
      if (step === 'replaceSealed') throw new Error('disk full');
    };
    await service.rotate();
    await failed.promise;
    const { rotation } = await service.status();
    expect(rotation).toMatchObject({ state: 'failed', remaining: 5, error: 'disk full' });
    hub.store.beforeStep = () => undefined;
    await service.resume();
    expect(await service.status()).toMatchObject({ currentVersion: 2, rotation: { state: 'idle', remaining: 0 } });
  });

  it('stops between two rows when the hub is closed', async () => {
    const hub = await startHub(createMemoryVaultStore(), join(temporaryDir(), 'master.key'));
    fill(hub, 5);
    const service = createRotationService({ ...hub, onError: () => undefined });
    const reached = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    hub.store.beforeStep = (step) => {
      if (step !== 'replaceSealed') return undefined;
      reached.resolve(undefined);
      return gate.promise;
    };
    await service.rotate();
    await reached.promise;
    const closing = service.close();
    gate.resolve(undefined);
    await closing;
    const versions = [...hub.store.rows.values()].map((row) => hub.vault.keyVersionOf(row.sealed));
    expect(versions.filter((version) => version === 2)).toHaveLength(1);
  });
});
