import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import { type AdminTokens, createAdminTokens } from './admin-token.ts';
import type { AdminTokenStore } from './ports.ts';
import { createKeyHasher } from './virtual-key.ts';

describe('admin tokens', () => {
  const hashKey = createKeyHasher(randomBytes(32));
  let rows: Map<string, string>;
  let tokens: AdminTokens;
  beforeEach(() => {
    rows = new Map();
    const store: AdminTokenStore = {
      insert: async ({ id, hash }) => void rows.set(id, hash),
      listHashes: async () => [...rows.values()],
      keepOnly: async (kept) => {
        for (const id of rows.keys()) if (id !== kept) rows.delete(id);
      },
    };
    tokens = createAdminTokens({ store, hashKey, newId: createIdMaker(() => 1), randomBytes, now: () => 1 });
  });

  it('are made once on first start', async () => {
    const secret = await tokens.ensureFirst();
    expect(secret).toMatch(/^hubadm_[0-9A-Za-z]{32}$/);
    expect(await tokens.ensureFirst()).toBeUndefined();
    expect(await tokens.verify(secret)).toBe(true);
  });

  it('end when a new one is made', async () => {
    const first = await tokens.ensureFirst();
    const second = await tokens.makeNew();
    expect([await tokens.verify(first), await tokens.verify(second)]).toEqual([false, true]);
    expect(rows.size).toBe(1);
  });

  it('are stored as a hash that is not the hash of a virtual key of the same text', async () => {
    const secret = await tokens.makeNew();
    expect([...rows.values()][0]).toMatch(/^[0-9a-f]{64}$/);
    expect([...rows.values()]).not.toContain(hashKey(secret));
  });

  it('are not guessed', async () => {
    const secret = await tokens.makeNew();
    const [hash = ''] = rows.values();
    rows.set('adm_damaged', 'not a hash');
    const guesses = [undefined, '', 'hubadm_', hash, secret.slice(0, -1), `${secret}x`, `${secret} `, 'x'.repeat(1e6)];
    for (const guess of guesses) expect(await tokens.verify(guess)).toBe(false);
    expect(await tokens.verify(secret)).toBe(true);
  });
});
