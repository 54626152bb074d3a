import { expect, it } from 'vitest';
import type { ManagementKey } from '../protocol/people.ts';
import { createAccess, hashOfManagementKey } from './access.ts';
import type { AccessStore } from './ports.ts';
import { createKeyHasher } from './virtual-key.ts';

const TENANT = { organizationId: 'org_1', projectId: 'proj_1' };
const TOKEN = 'sk-hub-mgmt-of-this-test';
const hashKey = createKeyHasher(Buffer.alloc(32, 7));
const KEY: ManagementKey = {
  id: 'mk_1',
  organizationId: TENANT.organizationId,
  memberId: 'mem_1',
  serviceAccountId: undefined,
  name: 'deployment',
  masked: 'sk-hub-mgmt-…',
  scopes: ['keys.read', 'sso.write'],
  allowedAddresses: ['10.0.0.0/8'],
  expiresAt: undefined,
  revokedAt: undefined,
  previousUntil: undefined,
  createdAt: 0,
  lastUsedAt: undefined,
  revision: 1,
};

it('a key’s use is noted at most once a minute, and only where it may be used', async () => {
  let nowMs = 1_000_000;
  let lastUsedAt: number | undefined;
  const noted: unknown[] = [];
  const missing = async () => undefined;
  const store: AccessStore = {
    organization: missing,
    membershipsOf: async () => [],
    sessionByHash: missing,
    noteSeen: missing,
    managementKeyByHash: async (hash) =>
      hash === hashOfManagementKey(hashKey, TOKEN)
        ? { key: { ...KEY, lastUsedAt }, role: 'developer', teamIds: [], tenant: TENANT, organizationState: 'active' }
        : undefined,
  };
  const access = createAccess({
    store,
    adminTokens: { verify: async () => false },
    isControlToken: () => false,
    hashKey,
    isWithin: (address) => address === '10.1.1.1',
    defaultTenant: TENANT,
    noteKeyUse: (keyId, usedAtMs) => {
      noted.push([keyId, usedAtMs]);
      lastUsedAt = usedAtMs;
    },
    now: () => nowMs,
  });
  await expect(access.ofBearer(TOKEN, '192.0.2.1')).rejects.toMatchObject({ code: 'access.denied' });
  expect(await access.ofBearer(`${TOKEN}x`, '10.1.1.1')).toBeUndefined();
  expect(noted).toEqual([]);
  const actor = await access.ofBearer(TOKEN, '10.1.1.1');
  nowMs += 59_999;
  await access.ofBearer(TOKEN, '10.1.1.1');
  nowMs += 1;
  await access.ofBearer(TOKEN, '10.1.1.1');
  expect(noted).toEqual([
    ['mk_1', 1_000_000],
    ['mk_1', 1_060_000],
  ]);
  // A scope that its owner's role has not is no permission.
  const within = actor && (await access.within(actor, undefined));
  expect([...(within?.permissions ?? [])]).toEqual(['keys.read']);
});
