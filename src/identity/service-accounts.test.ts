import { describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, openPeople } from '../storage/testing/people.ts';
import { virtualKey } from '../storage/testing/rows.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const OWNER = accessAs('owner');
const ADMIN = accessAs('admin');

describe.each(TEST_ENGINES)('service accounts in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('have a name of their own and no role above their maker’s', async () => {
      const { serviceAccounts } = await openPeople(engine);
      const made = await serviceAccounts.create(ADMIN, { name: ' ci ', role: 'admin' });
      expect(await serviceAccounts.list(organizationId, { limit: 10 })).toEqual([made]);
      expect(made).toMatchObject({ name: 'ci', role: 'admin', state: 'active' });
      expect(await codeOf(serviceAccounts.create(ADMIN, { name: 'ci', role: 'viewer' }))).toBe('resource.conflict');
      expect(await codeOf(serviceAccounts.create(ADMIN, { name: 'root', role: 'owner' }))).toBe('access.denied');
      expect(await codeOf(serviceAccounts.update(ADMIN, made.id, { role: 'owner' }))).toBe('access.denied');
      const root = await serviceAccounts.create(OWNER, { name: 'root', role: 'owner' });
      expect(await codeOf(serviceAccounts.update(ADMIN, root.id, { state: 'disabled' }))).toBe('access.denied');
      expect(await codeOf(serviceAccounts.remove(ADMIN, root.id))).toBe('access.denied');
    });

    test('change from the revision that the caller knows, and are gone with their keys', async () => {
      const { serviceAccounts, store, time } = await openPeople(engine);
      const made = await serviceAccounts.create(OWNER, { name: 'ci', role: 'developer' });
      const { before, after } = await serviceAccounts.update(OWNER, made.id, { name: 'cd', role: 'viewer' }, 1);
      expect([before, after]).toEqual([made, { ...made, name: 'cd', role: 'viewer', revision: 2 }]);
      expect(await codeOf(serviceAccounts.update(OWNER, made.id, { name: 'x' }, 1))).toBe('resource.changed');
      await serviceAccounts.update(OWNER, made.id, { state: 'disabled' });
      expect((await store.configuration.load()).inactiveOwners).toEqual(new Set([made.id]));
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_ci', { serviceAccountId: made.id }));
      expect(await codeOf(serviceAccounts.remove(OWNER, made.id, 2))).toBe('resource.changed');
      await serviceAccounts.remove(OWNER, made.id, 3);
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_ci')).toMatchObject({
        revokedAt: time.nowMs,
        serviceAccountId: undefined,
      });
      expect(await codeOf(serviceAccounts.remove(OWNER, made.id))).toBe('resource.not_found');
      const elsewhere = accessAs('owner', { tenant: { organizationId: 'org_other', projectId: 'x' } });
      expect(await codeOf(serviceAccounts.update(elsewhere, made.id, { name: 'x' }))).toBe('resource.not_found');
    });
  });
});
