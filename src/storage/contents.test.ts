import { describe, expect, test } from 'vitest';
import type { ContentRow } from '../protocol/contents.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, openAt, TEST_ENGINES } from './testing/stores.ts';
import { addTenants, MEMBER_ID, OTHER_TENANT, SECOND_PROJECT } from './testing/tenants.ts';

const { organizationId } = DEFAULT_TENANT;
const ON = { stores: true, keepDays: 14, redacts: false, projectIds: undefined };

function content(id: string, fields: Partial<ContentRow> = {}): ContentRow {
  return { ...DEFAULT_TENANT, id, createdAt: 100, expiresAt: 1000, sealed: 'hv1:1:AA', ...fields };
}

describe.each(TEST_ENGINES)('in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('nothing is stored until an organization says so, and every word of it counts', async () => {
      const { contents, configuration } = await freshStore(engine);
      const off = { organizationId, stores: false, keepDays: 7, redacts: true, projectIds: undefined, revision: 1 };
      expect(await contents.policy(organizationId)).toEqual(off);
      expect((await configuration.load()).contentPolicies).toEqual([]);
      const first = { organizationId, ...ON, revision: 2 };
      expect(await contents.changePolicy(organizationId, ON, 1)).toEqual({ before: off, after: first });
      const narrow = { ...ON, keepDays: 1, projectIds: [DEFAULT_TENANT.projectId] };
      await contents.changePolicy(organizationId, narrow, undefined);
      expect(await contents.policy(organizationId)).toEqual({ organizationId, ...narrow, revision: 3 });
      expect((await configuration.load()).contentPolicies).toEqual([{ organizationId, ...narrow, revision: 3 }]);
    });

    test('a policy is changed from the revision that was read, and names projects of its organization', async () => {
      const location = await engine.migratedLocation();
      const { contents } = openAt(location);
      await addTenants(location);
      await contents.changePolicy(organizationId, { ...ON, projectIds: [SECOND_PROJECT.projectId] }, 1);
      const changed = { code: 'resource.changed' };
      await expect(contents.changePolicy(organizationId, ON, 1)).rejects.toMatchObject(changed);
      const others = { ...ON, projectIds: [OTHER_TENANT.projectId] };
      const invalid = { code: 'request.invalid', param: 'project_ids' };
      await expect(contents.changePolicy(organizationId, others, 2)).rejects.toMatchObject(invalid);
      expect(await contents.policy(organizationId)).toMatchObject({ projectIds: [SECOND_PROJECT.projectId] });
    });

    test('contents are their organization’s alone, and the first of an id stays', async () => {
      const { contents } = await freshStore(engine);
      const row = content('ur_1');
      await contents.insert([row, content('ur_2', { organizationId: OTHER_TENANT.organizationId })]);
      await contents.insert([content('ur_1', { sealed: 'hv1:1:BB' })]);
      await contents.insert([]);
      expect(await contents.get(DEFAULT_TENANT, 'ur_1')).toEqual(row);
      expect(await contents.expiryOf(DEFAULT_TENANT, 'ur_1')).toBe(1000);
      expect(await contents.get(OTHER_TENANT, 'ur_1')).toBeUndefined();
      expect(await contents.expiryOf(OTHER_TENANT, 'ur_1')).toBeUndefined();
      expect(await contents.remove(OTHER_TENANT, 'ur_1')).toBe(false);
      expect(await contents.remove(DEFAULT_TENANT, 'ur_1')).toBe(true);
      expect(await contents.get(DEFAULT_TENANT, 'ur_1')).toBeUndefined();
    });

    test('contents go when their time is over, a batch at a time, whosever they are', async () => {
      const { contents } = await freshStore(engine);
      await contents.insert([
        content('ur_1', { expiresAt: 10 }),
        content('ur_2', { expiresAt: 20, organizationId: OTHER_TENANT.organizationId }),
        content('ur_3', { expiresAt: 30 }),
        content('ur_4', { expiresAt: 31 }),
      ]);
      expect(await contents.removeExpired(30, 2)).toBe(2);
      expect(await contents.expiryOf(DEFAULT_TENANT, 'ur_3')).toBe(30);
      expect(await contents.removeExpired(30, 2)).toBe(1);
      expect(await contents.removeExpired(30, 2)).toBe(0);
      expect(await contents.expiryOf(DEFAULT_TENANT, 'ur_4')).toBe(31);
    });

    test('contents go with their records, with who made the request, and with their organization', async () => {
      const location = await engine.migratedLocation();
      const store = openAt(location);
      const { contents, records } = store;
      await addTenants(location);
      const [old, own, left] = [outcome(1), outcome(2, { memberId: MEMBER_ID }), outcome(3)];
      await records.commit([old, own, left]);
      await contents.insert([content(old.usage.id), content(own.usage.id), content(left.usage.id)]);
      const { organizationId: other } = OTHER_TENANT;
      await contents.insert([content('ur_other', OTHER_TENANT)]);
      await contents.changePolicy(other, ON, undefined);
      const isThere = async (id: string) => (await contents.expiryOf(DEFAULT_TENANT, id)) !== undefined;

      await store.recordRetention.remove(DEFAULT_TENANT, [old.usage.id]);
      expect([await isThere(old.usage.id), await isThere(own.usage.id)]).toEqual([false, true]);
      await store.accounts.erase('usr_1', 5);
      expect([await isThere(own.usage.id), await isThere(left.usage.id)]).toEqual([false, true]);
      await store.organizations.close(other, { at: 5, reason: 'gone' }, { check: () => undefined });
      expect(await contents.expiryOf(OTHER_TENANT, 'ur_other')).toBeUndefined();
      expect(await contents.policy(other)).toMatchObject({ stores: false });
      expect(await isThere(left.usage.id)).toBe(true);
    });

    test('a rotation of the master key reaches them, apart from the secrets', async () => {
      const { contents, vault } = await freshStore(engine);
      await contents.insert([content('ur_1'), content('ur_2', { sealed: 'hv1:2:AA' }), content('ur_3')]);
      const wanted = { belowVersion: 2, afterId: '', limit: 9 };
      expect(await vault.sealedBelow(wanted)).toEqual([]);
      const [row, ...more] = await vault.contentsBelow(wanted);
      if (row === undefined) throw new Error('ur_1 was not found');
      expect(row).toEqual({
        table: 'request_contents',
        organizationId,
        rowId: 'ur_1',
        field: 'content',
        baseUrl: '',
        sealed: 'hv1:1:AA',
      });
      expect(more).toMatchObject([{ rowId: 'ur_3' }]);
      expect(await vault.replaceSealed(row, 'hv1:2:BB')).toBe(true);
      expect(await vault.replaceSealed(row, 'hv1:2:CC')).toBe(false);
      expect(await contents.get(DEFAULT_TENANT, 'ur_1')).toMatchObject({ sealed: 'hv1:2:BB' });
      expect(await vault.contentsBelow({ ...wanted, afterId: 'ur_1' })).toMatchObject([{ rowId: 'ur_3' }]);
    });
  });
});
