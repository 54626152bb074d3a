import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { createKeyService, type KeyService, type NewKey } from './keys.ts';
import type { VirtualKeyStore } from './ports.ts';
import { virtualKeyRow } from './testing/virtual-key-row.ts';
import { createKeyHasher } from './virtual-key.ts';

const TENANT: Tenant = { organizationId: 'org_1', projectId: 'proj_1' };
const STRANGER: Tenant = { organizationId: 'org_2', projectId: 'proj_2' };
const NOW_MS = 1_700_000_000_000;
const hashKey = createKeyHasher(randomBytes(32));

function memoryStore(rows: Map<string, VirtualKeyRow>): VirtualKeyStore {
  const mine = (tenant: Tenant, row: VirtualKeyRow | undefined) =>
    row?.organizationId === tenant.organizationId && row.projectId === tenant.projectId ? row : undefined;
  return {
    insert: async (_tenant, key) => void rows.set(key.id, key),
    list: async (tenant) => [...rows.values()].filter((row) => mine(tenant, row)),
    get: async (tenant, id) => mine(tenant, rows.get(id)),
    update: async (tenant, id, change) => {
      const row = mine(tenant, rows.get(id));
      if (row !== undefined) rows.set(id, { ...row, ...change });
      return row !== undefined;
    },
    remove: async (tenant, id) => mine(tenant, rows.get(id)) !== undefined && rows.delete(id),
    touch: async () => undefined,
  };
}

const wanted = (change: Partial<NewKey> = {}): NewKey => ({
  name: 'ci',
  allowedModels: undefined,
  refusesLosses: false,
  expiresAt: undefined,
  ...change,
});

describe('the key service', () => {
  let rows: Map<string, VirtualKeyRow>;
  let keys: KeyService;
  beforeEach(() => {
    rows = new Map();
    keys = createKeyService({
      store: memoryStore(rows),
      hashKey,
      newId: createIdMaker(() => NOW_MS),
      randomBytes,
      now: () => NOW_MS,
    });
  });

  it('shows the secret once and keeps only its hash', async () => {
    const { key, secret } = await keys.create(TENANT, wanted({ name: ' ci ', allowedModels: ['a', 'b*', 'a'] }));
    expect(key).toMatchObject({ name: 'ci', hash: hashKey(secret), allowedModels: ['a', 'b*'], enabled: true });
    expect(key.id).toMatch(/^vk_/);
    expect(await keys.get(TENANT, key.id)).toEqual(key);
    const stored = JSON.stringify(await keys.list(TENANT));
    expect(stored).toContain(key.masked);
    expect(stored).not.toContain(secret.slice(7, 19));
    expect(stored).not.toContain(secret.slice(-12));
  });

  it.each<[string, Partial<NewKey>, string]>([
    ['no name', { name: '  ' }, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name with a line end', { name: 'a\nb' }, 'name'],
    ['an expiry in the past', { expiresAt: NOW_MS - 1 }, 'expiresAt'],
    ['an expiry now', { expiresAt: NOW_MS }, 'expiresAt'],
    ['an expiry that is no time', { expiresAt: Number.NaN }, 'expiresAt'],
    ['an empty model', { allowedModels: ['a', ' '] }, 'allowedModels.1'],
    ['a model that is too long', { allowedModels: ['a'.repeat(201)] }, 'allowedModels.0'],
    ['too many models', { allowedModels: Array.from({ length: 501 }, (_, index) => `m${index}`) }, 'allowedModels'],
  ])('refuses %s', async (_what, change, param) => {
    await expect(keys.create(TENANT, wanted(change))).rejects.toMatchObject({ code: 'request.invalid', param });
    expect(rows.size).toBe(0);
  });

  it('gives a name once, until its key is revoked', async () => {
    const { key } = await keys.create(TENANT, wanted());
    await expect(keys.create(TENANT, wanted())).rejects.toMatchObject({ code: 'resource.conflict' });
    const { key: other } = await keys.create(TENANT, wanted({ name: 'other' }));
    await expect(keys.update(TENANT, other.id, { name: 'ci' })).rejects.toMatchObject({ code: 'resource.conflict' });
    await keys.update(TENANT, key.id, { name: 'ci' });
    await keys.create(STRANGER, wanted());
    await keys.revoke(TENANT, key.id);
    await keys.create(TENANT, wanted());
  });

  it('changes what is given, lifts a limit with null, and leaves the rest', async () => {
    const expiresAt = NOW_MS + 1000;
    const { key } = await keys.create(TENANT, wanted({ allowedModels: ['a'], expiresAt }));
    expect(await keys.update(TENANT, key.id, { enabled: false })).toEqual({ ...key, enabled: false });
    const changed = await keys.update(TENANT, key.id, { allowedModels: null, name: 'new', enabled: true });
    expect(changed).toEqual({ ...key, name: 'new', allowedModels: undefined });
    expect((await keys.update(TENANT, key.id, { expiresAt: null })).expiresAt).toBeUndefined();
    await expect(keys.update(TENANT, key.id, { expiresAt: 5 })).rejects.toMatchObject({ param: 'expiresAt' });
  });

  it('revokes for good and once', async () => {
    const { key } = await keys.create(TENANT, wanted());
    expect((await keys.revoke(TENANT, key.id)).revokedAt).toBe(NOW_MS);
    rows.set(key.id, { ...key, revokedAt: 5 });
    expect((await keys.revoke(TENANT, key.id)).revokedAt).toBe(5);
  });

  it('knows no key of another tenant', async () => {
    const { key } = await keys.create(TENANT, wanted());
    expect(await keys.list(STRANGER)).toEqual([]);
    expect(await keys.get(STRANGER, key.id)).toBeUndefined();
    for (const act of [keys.revoke, keys.remove, (tenant: Tenant, id: string) => keys.update(tenant, id, {})]) {
      await expect(act(STRANGER, key.id)).rejects.toMatchObject({ code: 'resource.not_found' });
    }
    await keys.remove(TENANT, key.id);
    expect(rows.size).toBe(0);
  });

  it.each(['file', 'env'] as const)('leaves keys declared in the %s alone', async (source) => {
    rows.set('vk_1', virtualKeyRow({ hash: 'h', source }));
    for (const act of [keys.revoke, keys.remove, (tenant: Tenant, id: string) => keys.update(tenant, id, {})]) {
      await expect(act(TENANT, 'vk_1')).rejects.toMatchObject({ code: 'resource.read_only' });
    }
  });
});
