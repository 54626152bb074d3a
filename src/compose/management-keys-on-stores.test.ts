import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessOfInstallation, createAccess } from '../identity/access.ts';
import { createManagementKeyService } from '../identity/management-keys.ts';
import { createKeyHasher } from '../identity/virtual-key.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { openAt, TEST_ENGINES, type TestEngine } from '../storage/testing/stores.ts';
import { addTenants, SERVICE_ACCOUNT_ID } from '../storage/testing/tenants.ts';
import { isWithinNetworks } from './client-address.ts';

const HOUR_MS = 3_600_000;
const INSTALLATION = accessOfInstallation(DEFAULT_TENANT);
const WANTED = {
  owner: { serviceAccountId: SERVICE_ACCOUNT_ID },
  name: 'deployment',
  scopes: ['keys.read', 'sso.write'],
  allowedAddresses: ['loopback', '10.0.0.0/8'],
  expiresAt: undefined,
};

/** The service of management keys, and the gate that they open, on one store and one clock. */
async function hub(engine: TestEngine) {
  const location = await engine.migratedLocation();
  await addTenants(location);
  const store = openAt(location);
  const clock = { nowMs: 1_800_000_000_000 };
  const now = () => clock.nowMs;
  const hashKey = createKeyHasher(randomBytes(32));
  const shared = { hashKey, newId: createIdMaker(now), randomBytes, now };
  const keys = createManagementKeyService({ store: store.managementKeys, owners: store.keyOwners, ...shared });
  const access = createAccess({
    store: store.access,
    adminTokens: { verify: async () => false },
    isControlToken: () => false,
    hashKey,
    isWithin: isWithinNetworks,
    defaultTenant: DEFAULT_TENANT,
    noteKeyUse: () => undefined,
    now,
  });
  const opens = async (secret: string) => (await access.ofBearer(secret, '127.0.0.1')) !== undefined;
  return { keys, access, opens, clock };
}

describe.each(TEST_ENGINES)('a management key on $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    it('opens what its scopes and its owner’s role both allow, from its addresses, in its organization', async () => {
      const { keys, access } = await hub(engine);
      const { secret } = await keys.create(INSTALLATION, WANTED);
      const actor = await access.ofBearer(secret, '::ffff:10.1.2.3');
      expect(actor).toMatchObject({ kind: 'management_key', role: 'developer' });
      await expect(access.ofBearer(secret, '192.0.2.1')).rejects.toMatchObject({ code: 'access.denied' });
      if (actor === undefined) return;
      const { permissions, serviceAccountId } = await access.within(actor, undefined);
      expect([[...permissions], serviceAccountId]).toEqual([['keys.read'], SERVICE_ACCOUNT_ID]);
      await expect(access.within(actor, 'org_two')).rejects.toMatchObject({ code: 'resource.not_found' });
    });

    it('has two secrets while they overlap, one afterwards, and none once it is revoked', async () => {
      const { keys, opens, clock } = await hub(engine);
      const { key, secret: first } = await keys.create(INSTALLATION, WANTED);
      const { secret: second } = await keys.rotate(INSTALLATION, key.id, HOUR_MS);
      expect([await opens(first), await opens(second)]).toEqual([true, true]);
      const { secret: third } = await keys.rotate(INSTALLATION, key.id, HOUR_MS);
      expect([await opens(first), await opens(second), await opens(third)]).toEqual([false, true, true]);
      clock.nowMs += HOUR_MS;
      expect([await opens(second), await opens(third)]).toEqual([false, true]);
      await keys.revoke(INSTALLATION, key.id);
      expect(await opens(third)).toBe(false);
    });

    it('ends with its time', async () => {
      const { keys, opens, clock } = await hub(engine);
      const { secret } = await keys.create(INSTALLATION, { ...WANTED, expiresAt: clock.nowMs + 1 });
      expect(await opens(secret)).toBe(true);
      clock.nowMs += 1;
      expect(await opens(secret)).toBe(false);
    });

    it('of two rotations of one revision one gives a secret that counts, and the other is refused', async () => {
      const { keys, opens } = await hub(engine);
      const { key, secret: first } = await keys.create(INSTALLATION, WANTED);
      const rotations = await Promise.allSettled([1, 2].map(() => keys.rotate(INSTALLATION, key.id, HOUR_MS, 1)));
      const made = rotations.flatMap((one) => (one.status === 'fulfilled' ? [one.value.secret] : []));
      const refused = rotations.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refused).toMatchObject([{ code: 'resource.changed' }]);
      expect(await Promise.all([first, ...made].map(opens))).toEqual([true, true]);
    });
  });
});
