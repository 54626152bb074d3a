import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { Access } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { createKeyService, type KeyService, type NewKey } from './keys.ts';
import { accessOf, project } from './testing/access.ts';
import { memoryProjects, memoryVirtualKeys } from './testing/memory-stores.ts';
import { virtualKeyRow } from './testing/virtual-key-row.ts';
import { createKeyHasher } from './virtual-key.ts';
import { createVisibleProjects } from './visible-projects.ts';

const TENANT: Tenant = { organizationId: 'org_1', projectId: 'proj_1' };
const NOW_MS = 1_700_000_000_000;
const hashKey = createKeyHasher(randomBytes(32));

const PROJECTS = [
  project('proj_1', 'org_1'),
  project('proj_team', 'org_1', { teamId: 'team_1' }),
  project('proj_others', 'org_1', { teamId: 'team_2' }),
  project('proj_old', 'org_1', { archivedAt: 1 }),
];
const PAGE = { limit: 100, cursor: undefined };

const OWNER = accessOf('owner', TENANT, { memberId: 'mem_owner' });
const DEVELOPER = accessOf('developer', TENANT, { memberId: 'mem_dev', teamIds: ['team_1'] });
const VIEWER = accessOf('viewer', TENANT);
const STRANGER = accessOf('owner', { organizationId: 'org_2', projectId: 'proj_2' });

const wanted = (change: Partial<NewKey> = {}): NewKey => ({
  projectId: undefined,
  owner: undefined,
  name: 'ci',
  allowedModels: undefined,
  refusesLosses: false,
  cacheSeconds: undefined,
  expiresAt: undefined,
  allowedAddresses: undefined,
  allowedOrigins: undefined,
  ...change,
});

describe('the key service', () => {
  let rows: Map<string, VirtualKeyRow>;
  let keys: KeyService;
  beforeEach(() => {
    rows = new Map();
    const projects = [...PROJECTS, project('proj_2', 'org_2')].map((each) => [each.id, each] as const);
    keys = createKeyService({
      store: memoryVirtualKeys(rows),
      projects: createVisibleProjects(memoryProjects(new Map(projects))),
      owners: { has: async (_scope, owner) => 'memberId' in owner && owner.memberId === 'mem_dev' },
      hashKey,
      newId: createIdMaker(() => NOW_MS),
      randomBytes,
      now: () => NOW_MS,
    });
  });

  it('shows the secret once and keeps only its hash', async () => {
    const { key, secret } = await keys.create(OWNER, wanted({ name: ' ci ', allowedModels: ['a', 'b*', 'a'] }));
    expect(key).toMatchObject({ name: 'ci', hash: hashKey(secret), allowedModels: ['a', 'b*'], enabled: true });
    expect(key.id).toMatch(/^vk_/);
    expect(await keys.get(OWNER, key.id)).toEqual(key);
    const stored = JSON.stringify(await keys.list(OWNER, undefined, PAGE));
    expect(stored).toContain(key.masked);
    expect(stored).not.toContain(secret.slice(7, 19));
    expect(stored).not.toContain(secret.slice(-12));
  });

  it.each<[string, Partial<NewKey>, string]>([
    ['no name', { name: '  ' }, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name with a line end', { name: 'a\nb' }, 'name'],
    ['an expiry in the past', { expiresAt: NOW_MS - 1 }, 'expires_at'],
    ['an expiry now', { expiresAt: NOW_MS }, 'expires_at'],
    ['an expiry that is no time', { expiresAt: Number.NaN }, 'expires_at'],
    ['an empty model', { allowedModels: ['a', ' '] }, 'allowed_models.1'],
    ['a model that is too long', { allowedModels: ['a'.repeat(201)] }, 'allowed_models.0'],
    ['too many models', { allowedModels: Array.from({ length: 501 }, (_, index) => `m${index}`) }, 'allowed_models'],
    ['an address that is a name', { allowedAddresses: ['10.0.0.1', 'example.com'] }, 'allowed_addresses.1'],
    ['a network that is too narrow', { allowedAddresses: ['10.0.0.0/33'] }, 'allowed_addresses.0'],
    ['an IPv4 address written as IPv6', { allowedAddresses: ['::ffff:10.0.0.1'] }, 'allowed_addresses.0'],
    ['no address at all', { allowedAddresses: [] }, 'allowed_addresses'],
    ['an origin without TLS', { allowedOrigins: ['http://example.com'] }, 'allowed_origins.0'],
    ['an origin with a path', { allowedOrigins: ['https://example.com/a'] }, 'allowed_origins.0'],
    ['an origin with a wildcard in it', { allowedOrigins: ['https://*.example.com'] }, 'allowed_origins.0'],
  ])('refuses %s', async (_what, change, param) => {
    await expect(keys.create(OWNER, wanted(change))).rejects.toMatchObject({ code: 'request.invalid', param });
    expect(rows.size).toBe(0);
  });

  it('gives a name once, until its key is revoked', async () => {
    const { key } = await keys.create(OWNER, wanted());
    await expect(keys.create(OWNER, wanted())).rejects.toMatchObject({ code: 'resource.conflict' });
    const { key: other } = await keys.create(OWNER, wanted({ name: 'other' }));
    await expect(keys.update(OWNER, other.id, { name: 'ci' })).rejects.toMatchObject({ code: 'resource.conflict' });
    await keys.update(OWNER, key.id, { name: 'ci' });
    await keys.create(STRANGER, wanted());
    await keys.revoke(OWNER, key.id);
    await keys.create(OWNER, wanted());
  });

  it('changes what is given, lifts a limit with null, and leaves the rest', async () => {
    const expiresAt = NOW_MS + 1000;
    const { key } = await keys.create(OWNER, wanted({ allowedModels: ['a'], expiresAt }));
    expect(await keys.update(OWNER, key.id, { enabled: false })).toEqual({ ...key, enabled: false, revision: 2 });
    const changed = await keys.update(OWNER, key.id, { allowedModels: null, name: 'new', enabled: true });
    expect(changed).toEqual({ ...key, name: 'new', allowedModels: undefined, revision: 3 });
    expect((await keys.update(OWNER, key.id, { expiresAt: null })).expiresAt).toBeUndefined();
    await expect(keys.update(OWNER, key.id, { expiresAt: 5 })).rejects.toMatchObject({ param: 'expires_at' });
  });

  it('revokes for good and once', async () => {
    const { key } = await keys.create(OWNER, wanted());
    expect((await keys.revoke(OWNER, key.id)).revokedAt).toBe(NOW_MS);
    rows.set(key.id, { ...key, revokedAt: 5 });
    expect((await keys.revoke(OWNER, key.id)).revokedAt).toBe(5);
  });

  it('knows no key of another tenant', async () => {
    const { key } = await keys.create(OWNER, wanted());
    expect(await keys.list(STRANGER, undefined, PAGE)).toEqual([]);
    expect(await keys.get(STRANGER, key.id)).toBeUndefined();
    for (const act of [keys.revoke, keys.remove, (access: Access, id: string) => keys.update(access, id, {})]) {
      await expect(act(STRANGER, key.id)).rejects.toMatchObject({ code: 'resource.not_found' });
    }
    await keys.remove(OWNER, key.id);
    expect(rows.size).toBe(0);
  });

  it.each(['file', 'env'] as const)('leaves keys declared in the %s alone', async (source) => {
    rows.set('vk_1', virtualKeyRow({ hash: 'h', source }));
    for (const act of [keys.revoke, keys.remove, (access: Access, id: string) => keys.update(access, id, {})]) {
      await expect(act(OWNER, 'vk_1')).rejects.toMatchObject({ code: 'resource.read_only' });
    }
  });

  it('keeps addresses and origins in the form in which callers are compared with them', async () => {
    const { key } = await keys.create(
      OWNER,
      wanted({
        allowedAddresses: ['loopback', '2001:DB8::/32', '10.0.0.1', '10.0.0.1'],
        allowedOrigins: ['https://App.example.com:443', 'http://localhost:3000', '*'],
      }),
    );
    expect(key.allowedAddresses).toEqual(['loopback', '2001:db8::/32', '10.0.0.1']);
    expect(key.allowedOrigins).toEqual(['https://app.example.com', 'http://localhost:3000', '*']);
    const lifted = await keys.update(OWNER, key.id, { allowedAddresses: null, allowedOrigins: null });
    expect(lifted).toMatchObject({ allowedAddresses: undefined, allowedOrigins: undefined });
  });

  it('makes keys in projects that the caller may use, and in no archived one', async () => {
    const inTeam = await keys.create(DEVELOPER, wanted({ projectId: 'proj_team' }));
    expect(inTeam.key).toMatchObject({ projectId: 'proj_team', organizationId: 'org_1', memberId: undefined });
    for (const projectId of ['proj_others', 'proj_2', 'proj_none']) {
      await expect(keys.create(DEVELOPER, wanted({ projectId }))).rejects.toMatchObject({
        code: 'resource.not_found',
        param: 'project_id',
      });
    }
    await expect(keys.create(OWNER, wanted({ projectId: 'proj_old' }))).rejects.toMatchObject({ param: 'project_id' });
    // A name is taken in its project alone.
    expect((await keys.create(OWNER, wanted({ projectId: 'proj_others' }))).key.name).toBe('ci');
  });

  it('makes keys for oneself, and for others only as an owner or an admin', async () => {
    const own = await keys.create(DEVELOPER, wanted({ owner: { memberId: 'mem_dev' } }));
    expect(own.key.memberId).toBe('mem_dev');
    const foreign = { owner: { memberId: 'mem_owner' } };
    await expect(keys.create(DEVELOPER, wanted(foreign))).rejects.toMatchObject({ code: 'access.denied' });
    const given = await keys.create(OWNER, wanted({ name: 'given', owner: { memberId: 'mem_dev' } }));
    expect(given.key.memberId).toBe('mem_dev');
    const unknown = wanted({ name: 'x', owner: { serviceAccountId: 'svc_none' } });
    await expect(keys.create(OWNER, unknown)).rejects.toMatchObject({
      code: 'resource.not_found',
      param: 'service_account_id',
    });
  });

  it('shows a project’s keys to who may use it, and changes nobody’s or one’s own', async () => {
    const { key: shared } = await keys.create(OWNER, wanted({ name: 'shared' }));
    const { key: owned } = await keys.create(OWNER, wanted({ name: 'owned', owner: { memberId: 'mem_owner' } }));
    const { key: mine } = await keys.create(DEVELOPER, wanted({ name: 'mine', owner: { memberId: 'mem_dev' } }));
    const { key: hidden } = await keys.create(OWNER, wanted({ name: 'hidden', projectId: 'proj_others' }));
    const namesFor = async (access: Access, projectId?: string) =>
      (await keys.list(access, projectId, PAGE)).map(({ name }) => name);
    expect(await namesFor(OWNER)).toEqual(['shared', 'owned', 'mine', 'hidden']);
    expect(await namesFor(OWNER, 'proj_others')).toEqual(['hidden']);
    expect(await namesFor(DEVELOPER)).toEqual(['shared', 'owned', 'mine']);
    expect(await namesFor(VIEWER)).toEqual(['shared', 'owned', 'mine']);
    await expect(namesFor(DEVELOPER, 'proj_others')).rejects.toMatchObject({ code: 'resource.not_found' });
    expect(await keys.get(DEVELOPER, hidden.id)).toBeUndefined();
    for (const act of [keys.revoke, keys.remove, (access: Access, id: string) => keys.rotate(access, id, 0)]) {
      await expect(act(DEVELOPER, owned.id)).rejects.toMatchObject({ code: 'access.denied' });
      await expect(act(DEVELOPER, hidden.id)).rejects.toMatchObject({ code: 'resource.not_found' });
    }
    expect((await keys.revoke(DEVELOPER, shared.id)).revokedAt).toBe(NOW_MS);
    expect((await keys.revoke(DEVELOPER, mine.id)).revokedAt).toBe(NOW_MS);
    expect((await keys.revoke(OWNER, owned.id)).revokedAt).toBe(NOW_MS);
  });

  it('gives a new secret, beside which the last one counts until the overlap ends', async () => {
    const { key, secret: first } = await keys.create(OWNER, wanted());
    const second = await keys.rotate(OWNER, key.id, 60_000);
    expect(second.key).toMatchObject({
      hash: hashKey(second.secret),
      previousHash: hashKey(first),
      previousUntil: NOW_MS + 60_000,
      revision: 2,
    });
    expect(second.key.masked).not.toBe(key.masked);
    // Of three secrets the first is over, whatever was promised of it.
    const third = await keys.rotate(OWNER, key.id, 1000);
    expect(third.key).toMatchObject({ previousHash: hashKey(second.secret), previousUntil: NOW_MS + 1000 });
    const fourth = await keys.rotate(OWNER, key.id, 0);
    expect(fourth.key).toMatchObject({ previousHash: undefined, previousUntil: undefined });
    for (const overlap of [-1, 0.5, 7 * 86_400_000 + 1]) {
      await expect(keys.rotate(OWNER, key.id, overlap)).rejects.toMatchObject({ param: 'overlap_seconds' });
    }
    await keys.revoke(OWNER, key.id);
    await expect(keys.rotate(OWNER, key.id, 0)).rejects.toMatchObject({ code: 'resource.conflict' });
  });

  it('makes a change only of the revision that was read', async () => {
    const { key } = await keys.create(OWNER, wanted());
    const { revision } = await keys.update(OWNER, key.id, { enabled: false }, 1);
    expect(revision).toBe(2);
    for (const act of [
      () => keys.update(OWNER, key.id, { enabled: true }, 1),
      () => keys.rotate(OWNER, key.id, 0, 1),
      () => keys.revoke(OWNER, key.id, 1),
      () => keys.remove(OWNER, key.id, 1),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'resource.changed' });
    }
    await keys.remove(OWNER, key.id, 2);
    expect(rows.size).toBe(0);
  });
});
