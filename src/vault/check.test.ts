import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSecret, checkVault, VaultKeyMismatch } from './check.ts';
import { loadKeyring } from './keyring.ts';
import { createMemoryVaultStore, type MemoryVaultStore } from './testing/memory-store.ts';

const key = () => randomBytes(32).toString('base64');
const [KEY_1, KEY_2, KEY_3] = [key(), key(), key()];

async function check(store: MemoryVaultStore, keys: string) {
  const keyring = await loadKeyring({ kind: 'environment', value: keys }, randomBytes);
  return checkVault({ keyring, store, now: () => 1000 });
}

describe('at the start', () => {
  it('the first hub records its keys, and the same keys are right ever after', async () => {
    const store = createMemoryVaultStore();
    expect(await check(store, KEY_1)).toEqual({
      isFirstStart: true,
      activeVersion: 1,
      minDecryptionVersion: 1,
      missing: [],
      waiting: [],
    });
    expect(await check(store, KEY_1)).toMatchObject({ isFirstStart: false, activeVersion: 1 });
    expect(JSON.stringify(await store.versions())).not.toContain(KEY_1.slice(0, 8));
  });

  it('a wrong key is refused with both fingerprints and what to do, and nothing is changed', async () => {
    const store = createMemoryVaultStore();
    await check(store, KEY_1);
    const before = await store.versions();
    const error = await check(store, KEY_2).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VaultKeyMismatch);
    expect(String(error)).toMatch(/version 1: .*fingerprint [0-9a-f]{16}, the one here has [0-9a-f]{16}.*Give the hub/);
    expect(String(error)).toContain(before[0]?.fingerprint);
    expect(await store.versions()).toEqual(before);
  });

  it('the key in use is refused when it is missing, whatever other keys are there', async () => {
    const store = createMemoryVaultStore();
    await check(store, `1:${KEY_1},2:${KEY_2}`);
    await expect(check(store, `1:${KEY_1}`)).rejects.toThrow('no such key here');
    await expect(check(store, `1:${KEY_1},3:${KEY_3}`)).rejects.toThrow(VaultKeyMismatch);
  });

  it('an older key that is missing is listed, unless it is retired', async () => {
    const store = createMemoryVaultStore();
    await check(store, `1:${KEY_1},2:${KEY_2}`);
    expect(await check(store, `2:${KEY_2}`)).toMatchObject({ missing: [1], minDecryptionVersion: 1 });
    await store.retireVersion(1, 5);
    expect(await check(store, `2:${KEY_2}`)).toMatchObject({ missing: [], minDecryptionVersion: 2 });
  });

  it('a newer key waits until a rotation takes it', async () => {
    const store = createMemoryVaultStore();
    await check(store, KEY_1);
    expect(await check(store, `1:${KEY_1},2:${KEY_2}`)).toMatchObject({ activeVersion: 1, waiting: [2] });
  });

  it('two first hubs agree when their key is the same, and one stops when it is not', async () => {
    for (const [other, ends] of [
      [KEY_1, 'fulfilled'],
      [KEY_2, 'rejected'],
    ] as const) {
      const store = createMemoryVaultStore();
      const results = await Promise.allSettled([check(store, KEY_1), check(store, other)]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', ends]);
      expect(await store.versions()).toHaveLength(1);
    }
  });

  it('a store that fails is heard', async () => {
    const store = createMemoryVaultStore();
    store.beforeStep = (step) => {
      if (step === 'addVersion') throw new Error('disk full');
    };
    await expect(check(store, KEY_1)).rejects.toThrow('disk full');
  });
});

describe('the pepper', () => {
  it('is recorded once and refused when it changes', async () => {
    const store = createMemoryVaultStore();
    const secret = randomBytes(32);
    await checkSecret({ store, name: 'pepper', secret });
    await checkSecret({ store, name: 'pepper', secret });
    await expect(checkSecret({ store, name: 'pepper', secret: randomBytes(32) })).rejects.toThrow(/pepper: the store/);
    await checkSecret({ store, name: 'session', secret: randomBytes(32) });
  });
});
