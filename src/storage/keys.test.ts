import { describe, expect, test } from 'vitest';
import type { StoredManagementKey } from '../identity/ports.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import { connection, credential, outcome, virtualKey } from './testing/rows.ts';
import { freshStore, openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';
import { addTenants, MEMBER_ID, OTHER_TENANT, SECOND_PROJECT, SERVICE_ACCOUNT_ID } from './testing/tenants.ts';

const ALL = { limit: 100, cursor: undefined };
const DAY_MS = 86_400_000;

/** A store with a second project, people and a second organization. */
async function peopledStore(engine: TestEngine): Promise<Store> {
  const location = await engine.migratedLocation();
  await addTenants(location);
  return openAt(location);
}

function managementKey(id: string, given: Partial<StoredManagementKey> = {}): StoredManagementKey {
  return {
    id,
    organizationId: DEFAULT_TENANT.organizationId,
    memberId: MEMBER_ID,
    serviceAccountId: undefined,
    name: `key ${id}`,
    hash: `hash-of-${id}`,
    previousHash: undefined,
    previousUntil: undefined,
    masked: 'sk-hub-mgmt-ab…wxyz',
    scopes: ['keys.read'],
    allowedAddresses: undefined,
    expiresAt: undefined,
    revokedAt: undefined,
    createdAt: 1_000,
    lastUsedAt: undefined,
    revision: 1,
    ...given,
  };
}

describe.each(TEST_ENGINES)('keys in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('a virtual key comes back with its owner, its places and its last secret', async () => {
      const store = await peopledStore(engine);
      const full = virtualKey('vk_full', {
        ...SECOND_PROJECT,
        memberId: MEMBER_ID,
        allowedAddresses: ['10.0.0.0/8', 'loopback'],
        allowedOrigins: ['https://app.example.com'],
        previousHash: 'hash-before',
        previousUntil: 2 ** 42,
        revision: 7,
      });
      await store.keys.insert(SECOND_PROJECT, full);
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_full')).toEqual(full);
      const change = { hash: 'new', masked: '…', previousHash: 'hash-of-vk_full', previousUntil: 5 };
      expect(await store.keys.update(DEFAULT_TENANT, 'vk_full', { ...change, allowedOrigins: undefined }, 7)).toBe(
        true,
      );
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_full')).toEqual({
        ...full,
        ...change,
        allowedOrigins: undefined,
        revision: 8,
      });
    });

    test('virtual keys are paged over projects, each once, whatever their times', async () => {
      const store = await peopledStore(engine);
      const ids = Array.from({ length: 9 }, (_, index) => `vk_${index}`);
      for (const [index, id] of ids.entries()) {
        const place = index % 3 === 0 ? SECOND_PROJECT : DEFAULT_TENANT;
        await store.keys.insert(place, virtualKey(id, { ...place, createdAt: 1_000 + Math.floor(index / 4) }));
      }
      await store.keys.insert(OTHER_TENANT, virtualKey('vk_foreign', OTHER_TENANT));
      const walk = async (projectIds: readonly string[] | undefined) => {
        const seen: string[] = [];
        for (;;) {
          const page = await store.keys.page(DEFAULT_TENANT, projectIds, { limit: 2, cursor: seen.at(-1) });
          seen.push(...page.map(({ id }) => id));
          if (page.length < 2) return seen;
        }
      };
      expect(await walk(undefined)).toEqual(ids);
      expect(await walk([SECOND_PROJECT.projectId])).toEqual(['vk_0', 'vk_3', 'vk_6']);
      expect(await walk([])).toEqual([]);
      for (const cursor of ['vk_none', 'vk_foreign']) {
        const paging = store.keys.page(DEFAULT_TENANT, undefined, { limit: 2, cursor });
        await expect(paging).rejects.toMatchObject({ code: 'request.invalid', param: 'cursor' });
      }
    });

    test('management keys come back as they went in, and change field by field without a new configuration', async () => {
      const store = await peopledStore(engine);
      const before = await store.configuration.version();
      const full = managementKey('mk_full', {
        memberId: undefined,
        serviceAccountId: SERVICE_ACCOUNT_ID,
        previousHash: 'hash-before',
        previousUntil: 2 ** 42,
        allowedAddresses: ['private'],
        expiresAt: 5,
        lastUsedAt: 6,
      });
      await store.managementKeys.insert(full);
      await store.managementKeys.insert(managementKey('mk_bare', { createdAt: 999 }));
      expect(await store.managementKeys.get(DEFAULT_TENANT, 'mk_full')).toEqual(full);
      const owned = async (owner: Parameters<Store['managementKeys']['page']>[1]) =>
        (await store.managementKeys.page(DEFAULT_TENANT, owner, ALL)).map(({ id }) => id);
      expect(await owned(undefined)).toEqual(['mk_bare', 'mk_full']);
      expect(await owned({ memberId: MEMBER_ID })).toEqual(['mk_bare']);
      expect(await owned({ serviceAccountId: SERVICE_ACCOUNT_ID })).toEqual(['mk_full']);
      const change = { name: 'new', scopes: ['keys.write'], allowedAddresses: undefined, expiresAt: undefined };
      expect(await store.managementKeys.update(DEFAULT_TENANT, 'mk_full', change)).toBe(true);
      expect(await store.managementKeys.get(DEFAULT_TENANT, 'mk_full')).toEqual({ ...full, ...change, revision: 2 });
      await store.managementKeys.touch([{ id: 'mk_full', usedAt: 50 }]);
      await store.managementKeys.touch([{ id: 'mk_full', usedAt: 40 }]);
      const touched = await store.managementKeys.get(DEFAULT_TENANT, 'mk_full');
      expect(touched).toMatchObject({ lastUsedAt: 50, revision: 2 });
      expect(await store.configuration.version()).toBe(before);
    });

    test('no call sees or changes another organization’s keys', async () => {
      const store = await peopledStore(engine);
      await store.managementKeys.insert(managementKey('mk_1'));
      expect(await store.managementKeys.get(OTHER_TENANT, 'mk_1')).toBeUndefined();
      expect(await store.managementKeys.page(OTHER_TENANT, undefined, ALL)).toEqual([]);
      expect(await store.managementKeys.update(OTHER_TENANT, 'mk_1', { name: 'x' })).toBe(false);
      expect(await store.managementKeys.remove(OTHER_TENANT, 'mk_1')).toBe(false);
      expect(await store.managementKeys.remove(DEFAULT_TENANT, 'mk_1')).toBe(true);
      expect((await store.projectReader.list(OTHER_TENANT)).map(({ id }) => id)).toEqual([OTHER_TENANT.projectId]);
      expect(await store.projectReader.get(OTHER_TENANT, SECOND_PROJECT.projectId)).toBeUndefined();
      expect(await store.projectReader.get(DEFAULT_TENANT, SECOND_PROJECT.projectId)).toMatchObject({
        name: 'Second',
        isDefault: false,
      });
      const owners = [{ memberId: MEMBER_ID }, { serviceAccountId: SERVICE_ACCOUNT_ID }];
      for (const owner of owners) {
        expect(await store.keyOwners.has(DEFAULT_TENANT, owner)).toBe(true);
        expect(await store.keyOwners.has(OTHER_TENANT, owner)).toBe(false);
      }
      expect(await store.keyOwners.has(DEFAULT_TENANT, { memberId: SERVICE_ACCOUNT_ID })).toBe(false);
    });

    test.each<
      [string, (store: Store, writer: number) => Promise<boolean>, (store: Store) => Promise<number | undefined>]
    >([
      [
        'virtual key',
        (store, writer) => store.keys.update(DEFAULT_TENANT, 'vk_1', { name: `by ${writer}` }, 1),
        async (store) => (await store.keys.get(DEFAULT_TENANT, 'vk_1'))?.revision,
      ],
      [
        'management key',
        (store, writer) => store.managementKeys.update(DEFAULT_TENANT, 'mk_1', { name: `by ${writer}` }, 1),
        async (store) => (await store.managementKeys.get(DEFAULT_TENANT, 'mk_1'))?.revision,
      ],
      [
        'connection',
        (store, writer) => store.connections.update(DEFAULT_TENANT, 'conn_1', { position: writer }, [], 1),
        async (store) => (await store.connections.get(DEFAULT_TENANT, 'conn_1'))?.revision,
      ],
      [
        'credential',
        (store, writer) => store.credentials.update(DEFAULT_TENANT, 'cred_1', { weight: writer }, 1),
        async (store) => (await store.credentials.get(DEFAULT_TENANT, 'cred_1'))?.revision,
      ],
    ])('of writers who all have read the same %s, one wins', async (_what, write, revision) => {
      const location = await engine.migratedLocation();
      await addTenants(location);
      const [one, two] = [openAt(location), openAt(location)];
      await one.keys.insert(DEFAULT_TENANT, virtualKey('vk_1'));
      await one.managementKeys.insert(managementKey('mk_1'));
      await one.connections.insert(DEFAULT_TENANT, connection('conn_1'));
      await one.credentials.insert(DEFAULT_TENANT, credential('cred_1', 'conn_1'));
      const written = await Promise.all(
        Array.from({ length: 10 }, (_, writer) => write(writer % 2 === 0 ? one : two, writer)),
      );
      expect(written.filter(Boolean)).toHaveLength(1);
      expect(await revision(two)).toBe(2);
      expect(await write(one, 11)).toBe(false);
    });

    test('a row of another revision is not removed, and a connection’s secrets stay with its address', async () => {
      const store = await peopledStore(engine);
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_1'));
      await store.managementKeys.insert(managementKey('mk_1'));
      await store.connections.insert(DEFAULT_TENANT, connection('conn_1'));
      await store.credentials.insert(DEFAULT_TENANT, credential('cred_1', 'conn_1', { sealed: 'old' }));
      const resealed = [{ id: 'cred_1', change: { sealed: 'new' } }];
      expect(await store.connections.update(DEFAULT_TENANT, 'conn_1', { baseUrl: 'https://b.test' }, resealed, 2)).toBe(
        false,
      );
      expect(await store.credentials.get(DEFAULT_TENANT, 'cred_1')).toMatchObject({ sealed: 'old', revision: 1 });
      for (const [revision, isRemoved] of [[2, false] as const, [1, true] as const]) {
        expect(await store.keys.remove(DEFAULT_TENANT, 'vk_1', revision)).toBe(isRemoved);
        expect(await store.managementKeys.remove(DEFAULT_TENANT, 'mk_1', revision)).toBe(isRemoved);
        expect(await store.credentials.remove(DEFAULT_TENANT, 'cred_1', revision)).toBe(isRemoved);
        expect(await store.connections.remove(DEFAULT_TENANT, 'conn_1', revision)).toBe(isRemoved);
      }
    });

    test('usage is an organization’s, limited to the projects that may be seen', async () => {
      const store = await peopledStore(engine);
      const [first, second, foreign] = [outcome(1), outcome(2, SECOND_PROJECT), outcome(3, OTHER_TENANT)];
      await store.records.commit([first, second, foreign]);
      const idsOf = async (projectIds?: readonly string[]) =>
        (await store.records.list(DEFAULT_TENANT, { projectIds }, ALL)).map(({ id }) => id);
      expect(await idsOf()).toEqual([second.usage.id, first.usage.id]);
      expect(await idsOf([SECOND_PROJECT.projectId, OTHER_TENANT.projectId])).toEqual([second.usage.id]);
      expect(await idsOf([])).toEqual([]);
      const counted = await store.records.totals(DEFAULT_TENANT, { projectIds: [DEFAULT_TENANT.projectId] }, undefined);
      expect(counted).toMatchObject([{ requests: 1 }]);
      const { requestId } = second.usage;
      expect(await store.records.get(DEFAULT_TENANT, requestId)).toEqual(second);
      expect(await store.records.get(DEFAULT_TENANT, requestId, [DEFAULT_TENANT.projectId])).toBeUndefined();
      expect(await store.records.get(OTHER_TENANT, requestId)).toBeUndefined();
      const hidden = { limit: 1, cursor: second.usage.id };
      await expect(
        store.records.list(DEFAULT_TENANT, { projectIds: [DEFAULT_TENANT.projectId] }, hidden),
      ).rejects.toMatchObject({ param: 'cursor' });
    });
  });
});

describe.each(TEST_ENGINES)('requests done once in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    const request = { fingerprint: 'f', now: 1000, expiresAt: 1000 + DAY_MS };

    test('of all who ask at once one takes the place, and the others find it', async () => {
      const location = await engine.migratedLocation();
      const [one, two] = [openAt(location), openAt(location)];
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).idempotency.take('id', request)),
      );
      expect(found.filter((record) => record === undefined)).toHaveLength(1);
      const running = { fingerprint: 'f', status: undefined, sealed: undefined, createdAt: 1000 };
      for (const record of found) if (record !== undefined) expect(record).toEqual(running);
    });

    test('an answer is found until its time is over, when the place is free again', async () => {
      const store = await freshStore(engine);
      await store.idempotency.take('id', request);
      await store.idempotency.finish('id', { status: 201, sealed: 'hv1:1:AAAA' });
      const later = { fingerprint: 'other', now: request.expiresAt - 1, expiresAt: request.expiresAt + DAY_MS };
      expect(await store.idempotency.take('id', later)).toEqual({
        fingerprint: 'f',
        status: 201,
        sealed: 'hv1:1:AAAA',
        createdAt: 1000,
      });
      expect(await store.idempotency.take('id', { ...later, now: request.expiresAt })).toBeUndefined();
      expect(await store.idempotency.take('id', later)).toMatchObject({ fingerprint: 'other', status: undefined });
      await store.idempotency.removeExpired(later.expiresAt - 1);
      expect(await store.idempotency.take('id', later)).toBeDefined();
      await store.idempotency.removeExpired(later.expiresAt);
      expect(await store.idempotency.take('id', later)).toBeUndefined();
    });
  });
});
