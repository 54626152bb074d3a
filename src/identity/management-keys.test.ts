import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import type { Access, ManagementKey, Role } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { hashOfManagementKey } from './access.ts';
import {
  createManagementKeyService,
  MANAGEMENT_KEY_SCOPES,
  type ManagementKeyService,
  type NewManagementKey,
} from './management-keys.ts';
import type { StoredManagementKey } from './ports.ts';
import { permissionsOfOperator, permissionsOfRole } from './roles.ts';
import { accessOf } from './testing/access.ts';
import { memoryManagementKeys } from './testing/memory-stores.ts';
import { createKeyHasher } from './virtual-key.ts';

const TENANT: Tenant = { organizationId: 'org_1', projectId: 'proj_1' };
const NOW_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const PAGE = { limit: 100, cursor: undefined };
const hashKey = createKeyHasher(randomBytes(32));

const OWNER = accessOf('owner', TENANT, { memberId: 'mem_owner' });
const ADMIN = accessOf('admin', TENANT, { memberId: 'mem_admin' });
const DEVELOPER = accessOf('developer', TENANT, { memberId: 'mem_dev' });
const OTHER_DEVELOPER = accessOf('developer', TENANT, { memberId: 'mem_other' });
const STRANGER = accessOf('owner', { organizationId: 'org_2', projectId: 'proj_2' });
const OPERATOR: Access = {
  ...accessOf('viewer', TENANT),
  actor: { kind: 'person', userId: 'usr_op', sessionId: 'sess_1', isOperator: true, onlyOrganizationId: undefined },
  role: undefined,
  memberId: undefined,
  permissions: permissionsOfOperator(),
};

const wanted = (change: Partial<NewManagementKey> = {}): NewManagementKey => ({
  owner: undefined,
  name: 'deployment',
  scopes: ['keys.read'],
  allowedAddresses: undefined,
  expiresAt: undefined,
  ...change,
});

/** What a program with that key may do. */
function asKey(key: ManagementKey, role: Role): Access {
  const ofRole: ReadonlySet<string> = permissionsOfRole(role);
  return {
    ...accessOf(role, TENANT),
    actor: { kind: 'management_key', key, role, teamIds: [], tenant: TENANT, organizationState: 'active' },
    memberId: key.memberId,
    serviceAccountId: key.serviceAccountId,
    permissions: new Set(key.scopes.filter((scope) => ofRole.has(scope))),
  };
}

describe('management keys', () => {
  let rows: Map<string, StoredManagementKey>;
  let keys: ManagementKeyService;
  beforeEach(() => {
    rows = new Map();
    keys = createManagementKeyService({
      store: memoryManagementKeys(rows),
      owners: { has: async (_scope, owner) => 'serviceAccountId' in owner && owner.serviceAccountId === 'svc_1' },
      hashKey,
      newId: createIdMaker(() => NOW_MS),
      randomBytes,
      now: () => NOW_MS,
    });
  });

  it('are their maker’s own, and show their secret once', async () => {
    const { key, secret } = await keys.create(DEVELOPER, wanted({ name: ' deployment ' }));
    expect(key).toMatchObject({ name: 'deployment', memberId: 'mem_dev', serviceAccountId: undefined, revision: 1 });
    expect(key.id).toMatch(/^mk_/);
    expect(secret).toMatch(/^sk-hub-mgmt-[0-9A-Za-z]{38}$/);
    expect(key.masked).toBe(`sk-hub-mgmt-${secret.slice(12, 14)}…${secret.slice(-4)}`);
    expect(rows.get(key.id)?.hash).toBe(hashOfManagementKey(hashKey, secret));
    const shown = JSON.stringify([key, await keys.list(OWNER, PAGE), await keys.get(OWNER, key.id)]);
    expect(shown).not.toContain(secret.slice(14, 40));
    expect(shown).not.toContain(rows.get(key.id)?.hash);
  });

  it.each<[string, Partial<NewManagementKey>, string]>([
    ['no name', { name: ' ' }, 'name'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['a scope that is none', { scopes: ['keys.read', 'keys.eat'] }, 'scopes.1'],
    ['a scope of the installation', { scopes: ['installation.read'] }, 'scopes.0'],
    ['an expiry now', { expiresAt: NOW_MS }, 'expires_at'],
    ['an address that is none', { allowedAddresses: ['10.0.0.256'] }, 'allowed_addresses.0'],
  ])('are refused with %s', async (_what, change, param) => {
    await expect(keys.create(OWNER, wanted(change))).rejects.toMatchObject({ code: 'request.invalid', param });
    expect(rows.size).toBe(0);
  });

  it('may do nothing that their maker may not', async () => {
    for (const scope of MANAGEMENT_KEY_SCOPES) {
      const making = keys.create(DEVELOPER, wanted({ scopes: [scope] }));
      if (DEVELOPER.permissions.has(scope)) expect((await making).key.scopes).toEqual([scope]);
      else await expect(making, scope).rejects.toMatchObject({ code: 'access.denied', param: 'scopes' });
    }
  });

  it('are made for service accounts by who may change those, and for no other member', async () => {
    const machine = wanted({ owner: { serviceAccountId: 'svc_1' } });
    expect((await keys.create(ADMIN, machine)).key).toMatchObject({ memberId: undefined, serviceAccountId: 'svc_1' });
    await expect(keys.create(DEVELOPER, machine)).rejects.toMatchObject({ code: 'access.denied' });
    const unknown = wanted({ owner: { serviceAccountId: 'svc_2' } });
    await expect(keys.create(ADMIN, unknown)).rejects.toMatchObject({
      code: 'resource.not_found',
      param: 'service_account_id',
    });
    const colleague = wanted({ owner: { memberId: 'mem_dev' } });
    await expect(keys.create(OWNER, colleague)).rejects.toMatchObject({ code: 'access.denied' });
    const installation: Access = { ...OWNER, actor: { kind: 'installation' }, memberId: undefined };
    await expect(keys.create(installation, wanted())).rejects.toMatchObject({ code: 'request.invalid' });
    expect((await keys.create(installation, machine)).key.serviceAccountId).toBe('svc_1');
  });

  it('are seen and changed by their owner, owners and admins; operators see them, strangers and colleagues do not', async () => {
    const { key } = await keys.create(DEVELOPER, wanted());
    const seen = async (access: Access) => (await keys.list(access, PAGE)).length;
    expect(await Promise.all([OWNER, ADMIN, DEVELOPER, OPERATOR].map(seen))).toEqual([1, 1, 1, 1]);
    expect(await Promise.all([OTHER_DEVELOPER, STRANGER].map(seen))).toEqual([0, 0]);
    const acts = [
      (access: Access) => keys.update(access, key.id, { name: 'x' }),
      (access: Access) => keys.rotate(access, key.id, 0),
      (access: Access) => keys.revoke(access, key.id),
      (access: Access) => keys.remove(access, key.id),
    ];
    for (const act of acts) {
      await expect(act(OPERATOR)).rejects.toMatchObject({ code: 'access.denied' });
      await expect(act(OTHER_DEVELOPER)).rejects.toMatchObject({ code: 'resource.not_found' });
      await expect(act(STRANGER)).rejects.toMatchObject({ code: 'resource.not_found' });
    }
    expect(await keys.get(OTHER_DEVELOPER, key.id)).toBeUndefined();
    for (const act of acts) await act(ADMIN);
    expect(rows.size).toBe(0);
  });

  it('change field by field, and widen only to what the caller may do', async () => {
    const { key } = await keys.create(DEVELOPER, wanted({ expiresAt: NOW_MS + 5, allowedAddresses: ['10.0.0.0/8'] }));
    const changed = await keys.update(DEVELOPER, key.id, { scopes: ['keys.read', 'keys.write'], expiresAt: null });
    expect(changed).toEqual({ ...key, scopes: ['keys.read', 'keys.write'], expiresAt: undefined, revision: 2 });
    await expect(keys.update(DEVELOPER, key.id, { scopes: ['sso.write'] })).rejects.toMatchObject({ param: 'scopes' });
    const lifted = await keys.update(DEVELOPER, key.id, { allowedAddresses: null, name: 'new' });
    expect(lifted).toMatchObject({ name: 'new', allowedAddresses: undefined });
    await expect(keys.update(DEVELOPER, key.id, { name: 'x' }, 1)).rejects.toMatchObject({ code: 'resource.changed' });
  });

  it('get a new secret, beside which the last one counts until the overlap ends', async () => {
    const { key, secret: first } = await keys.create(DEVELOPER, wanted());
    const second = await keys.rotate(DEVELOPER, key.id, DAY_MS);
    expect(second.key).toMatchObject({ previousUntil: NOW_MS + DAY_MS, revision: 2 });
    expect(rows.get(key.id)).toMatchObject({
      hash: hashOfManagementKey(hashKey, second.secret),
      previousHash: hashOfManagementKey(hashKey, first),
    });
    await keys.rotate(DEVELOPER, key.id, 1000);
    expect(rows.get(key.id)?.previousHash).toBe(hashOfManagementKey(hashKey, second.secret));
    await expect(keys.rotate(DEVELOPER, key.id, 8 * DAY_MS)).rejects.toMatchObject({ param: 'overlap_seconds' });
    await keys.revoke(DEVELOPER, key.id);
    await expect(keys.rotate(DEVELOPER, key.id, 0)).rejects.toMatchObject({ code: 'resource.conflict' });
  });

  it('are rotated only by who may do all that their secret opens', async () => {
    const { key } = await keys.create(OWNER, wanted({ scopes: ['organization.close'] }));
    await expect(keys.rotate(ADMIN, key.id, 0)).rejects.toMatchObject({ code: 'access.denied' });
    expect((await keys.revoke(ADMIN, key.id)).revokedAt).toBe(NOW_MS);
  });

  it('make no key that outlasts them, works from more addresses or does more', async () => {
    const scopes = ['management_keys.write', 'keys.read'];
    const limits = { scopes, expiresAt: NOW_MS + DAY_MS, allowedAddresses: ['10.0.0.1', '10.0.0.2'] };
    const { key } = await keys.create(DEVELOPER, wanted(limits));
    const program = asKey(key, 'developer');
    for (const wider of [
      { ...limits, expiresAt: undefined },
      { ...limits, expiresAt: NOW_MS + DAY_MS + 1 },
      { ...limits, allowedAddresses: undefined },
      { ...limits, allowedAddresses: ['10.0.0.1', '10.0.0.3'] },
      { ...limits, scopes: ['keys.write'] },
    ]) {
      await expect(keys.create(program, wanted(wider))).rejects.toMatchObject({ code: 'access.denied' });
    }
    const { key: narrower } = await keys.create(program, wanted({ ...limits, allowedAddresses: ['10.0.0.1'] }));
    expect(narrower.memberId).toBe('mem_dev');
    // Nor does one loosen itself, or take the secret of one that is looser.
    await expect(keys.update(program, key.id, { expiresAt: null })).rejects.toMatchObject({ param: 'expires_at' });
    await expect(keys.update(program, key.id, { allowedAddresses: null })).rejects.toMatchObject({
      param: 'allowed_addresses',
    });
    const { key: loose } = await keys.create(DEVELOPER, wanted());
    await expect(keys.rotate(program, loose.id, 0)).rejects.toMatchObject({ code: 'access.denied' });
    expect((await keys.rotate(program, key.id, 0)).key.revision).toBe(2);
  });
});
