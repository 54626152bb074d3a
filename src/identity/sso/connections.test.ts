import { describe, expect, test } from 'vitest';
import type { SsoConnection, SsoEndpoints } from '../../protocol/sso.ts';
import type { SsoConnectionStore } from '../ports.ts';
import { createSsoConnectionService, type NewSsoConnection, type SsoConnectionChange } from './connections.ts';
import { ssoBinding } from './secret.ts';
import { openVault } from './testing/scene.ts';

const OIDC: NewSsoConnection = {
  name: ' Staff ',
  clientId: 'hub',
  clientSecret: 'secret-one',
  issuer: 'https://login.example.com/',
};
const ENDPOINTS: SsoEndpoints = {
  authorization: 'https://login.example.com/authorize',
  token: 'https://login.example.com/token',
  userInfo: 'https://login.example.com/me',
  jwks: 'https://login.example.com/keys',
  endSession: undefined,
};

describe('a connection to a sign-in provider', () => {
  test('is made from little, by the standard', async () => {
    const { service } = scene();
    const connection = await service.create('org_1', { ...OIDC, domains: ['B.example', ' a.example ', 'b.example'] });
    expect(connection).toMatchObject({
      id: 'sso_1',
      organizationId: 'org_1',
      name: 'Staff',
      kind: 'oidc',
      issuer: 'https://login.example.com/',
      scopes: ['openid', 'email', 'profile'],
      claims: { subject: 'sub', email: 'email', emailVerified: { by: 'claim', claim: 'email_verified' } },
      domains: ['a.example', 'b.example'],
      joins: 'none',
      isEnforced: false,
      state: 'active',
      revision: 1,
    });
    expect(openVault.open(connection.sealed ?? '', ssoBinding(connection))).toBe('secret-one');
    expect(await service.list('org_1')).toEqual([connection]);
    expect(await service.list(undefined)).toEqual([]);
  });

  test.each(['google', 'github', 'microsoft'] as const)(
    'is made of the preset %s, and is whole without it',
    async (preset) => {
      const { service } = scene();
      const connection = await service.create(undefined, { name: 'X', clientId: 'id', clientSecret: 's', preset });
      expect(connection.issuer ?? connection.endpoints?.token).toMatch(/^https:/);
      expect(connection).toMatchObject({ preset, kind: preset === 'github' ? 'oauth2' : 'oidc' });
    },
  );

  test('keeps its secret through changes that leave the address, and forgets it when told', async () => {
    const { service } = scene();
    const made = await service.create('org_1', OIDC);
    const renamed = await service.update('org_1', made, {
      name: 'New',
      groupRoles: { admins: 'admin' },
      domains: ['a.example'],
    });
    expect(renamed).toMatchObject({ name: 'New', groupRoles: { admins: 'admin' }, sealed: made.sealed, revision: 2 });
    const bare = await service.update('org_1', renamed, { clientSecret: null });
    expect(bare.sealed).toBeUndefined();
  });

  test.each<[string, SsoConnectionChange]>([
    ['issuer', { issuer: 'https://login.example.com/two' }],
    ['token endpoint', { endpoints: ENDPOINTS }],
  ])('asks for the secret again when the %s changes', async (_name, change) => {
    const { service } = scene();
    const made = await service.create('org_1', OIDC);
    await expect(service.update('org_1', made, change)).rejects.toMatchObject({
      code: 'request.invalid',
      param: 'client_secret',
    });
    expect(await service.get('org_1', made.id)).toEqual(made);
    const moved = await service.update('org_1', made, { ...change, clientSecret: 'secret-two' });
    expect(openVault.open(moved.sealed ?? '', ssoBinding(moved))).toBe('secret-two');
  });

  test('is changed only from the revision that it has, and by its owner', async () => {
    const { service } = scene();
    const made = await service.create('org_1', OIDC);
    await service.update('org_1', made, { name: 'New' });
    const late = service.update('org_1', made, { name: 'Late' });
    await expect(late).rejects.toMatchObject({ code: 'resource.conflict' });
    for (const owner of ['org_2', undefined]) {
      const missing = { code: 'resource.not_found' };
      await expect(service.get(owner, made.id)).rejects.toMatchObject(missing);
      await expect(service.update(owner, { id: made.id, revision: 2 }, { name: 'X' })).rejects.toMatchObject(missing);
      await expect(service.remove(owner, made.id)).rejects.toMatchObject(missing);
    }
    await service.remove('org_1', made.id);
    expect(await service.list('org_1')).toEqual([]);
  });

  test.each<[string, string, Partial<NewSsoConnection>]>([
    ['no name', 'name', { name: ' ' }],
    ['a secret of nothing', 'client_secret', { clientSecret: '' }],
    ['no address', 'issuer', { issuer: undefined }],
    ['http elsewhere', 'issuer', { issuer: 'http://login.example.com' }],
    ['a document as issuer', 'issuer', { issuer: 'https://a.example/.well-known/openid-configuration' }],
    ['a password in an address', 'issuer', { issuer: 'https://a:b@login.example.com' }],
    ['an endpoint that is none', 'endpoints.token', { endpoints: { ...ENDPOINTS, token: 'javascript:alert(1)' } }],
    ['no signing keys', 'endpoints.jwks', { endpoints: { ...ENDPOINTS, jwks: undefined } }],
    ['no user info', 'endpoints.user_info', { kind: 'oauth2', endpoints: { ...ENDPOINTS, userInfo: undefined } }],
    ['a scope of two words', 'scopes', { scopes: ['openid email'] }],
    ['a claim without a name', 'claims.email', { claims: { email: '' } }],
    ['a domain that is none', 'domains', { domains: ['*.example.com'] }],
    ['a domain of one label', 'domains', { domains: ['localhost'] }],
    ['a group without a name', 'group_roles', { groupRoles: { '': 'owner' } }],
    ['enforcement for nobody', 'is_enforced', { isEnforced: true }],
    ['another kind than the preset', 'kind', { preset: 'github', kind: 'oidc' }],
    [
      'trust in all addresses of a provider for anybody',
      'claims.email_verified',
      { issuer: 'https://login.microsoftonline.com/common/v2.0', claims: { emailVerified: { by: 'provider' } } },
    ],
  ])('is refused with %s', async (_name, param, input) => {
    const { service } = scene();
    await expect(service.create('org_1', { ...OIDC, ...input })).rejects.toMatchObject({
      code: 'request.invalid',
      param,
    });
    expect(await service.list('org_1')).toEqual([]);
  });
});

function scene() {
  const rows = new Map<string, SsoConnection>();
  const owned = (organizationId: string | undefined, id: string): SsoConnection | undefined => {
    const row = rows.get(id);
    return row?.organizationId === organizationId ? row : undefined;
  };
  const store: SsoConnectionStore = {
    insert: async (connection) => void rows.set(connection.id, connection),
    list: async (organizationId) => [...rows.values()].filter((row) => row.organizationId === organizationId),
    get: async (organizationId, id) => owned(organizationId, id),
    find: async (id) => rows.get(id),
    listActive: async () => [...rows.values()],
    findByDomain: async () => undefined,
    update: async (organizationId, { id, revision }, change) => {
      const row = owned(organizationId, id);
      if (row?.revision !== revision) return false;
      rows.set(id, { ...row, ...change, revision: revision + 1 });
      return true;
    },
    remove: async (organizationId, id) => owned(organizationId, id) !== undefined && rows.delete(id),
  };
  let count = 0;
  const newId = (prefix: string): string => {
    count += 1;
    return `${prefix}_${count}`;
  };
  return { service: createSsoConnectionService({ store, vault: openVault, newId, now: () => 1000 }) };
}
