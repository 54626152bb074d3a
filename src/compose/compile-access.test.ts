import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { NOTHING_SAID } from '../protocol/charging.ts';
import { type ConfigurationState, NO_CONFIGURATION, type VirtualKeyRow } from '../protocol/configuration.ts';
import { createCatalogue, loadBuiltInEntries } from '../providers/catalogue.ts';
import { loadVendors } from '../providers/vendors.ts';
import { listModels, resolveModel } from '../routing/resolve.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import {
  accessRule,
  connection,
  credential,
  model,
  organization,
  project,
  virtualKey,
} from '../storage/testing/rows.ts';
import { compileSnapshot } from './compile-snapshot.ts';

const catalogue = createCatalogue(loadBuiltInEntries());
const vendors = loadVendors();
const ACME = { organizationId: 'org_acme', projectId: 'proj_acme' };
const OTHER = { organizationId: 'org_other', projectId: 'proj_other' };
const key = virtualKey('vk_acme', ACME);

/** The operator's OpenAI with gpt-4o; Acme with a connection of its own that lists it too; another organization. */
const WORLD = {
  ...NO_CONFIGURATION,
  version: 1,
  organizations: [
    organization(DEFAULT_TENANT.organizationId),
    organization(ACME.organizationId, { name: 'Acme', ownCredentialsAllowed: true }),
    organization(OTHER.organizationId, { ownCredentialsAllowed: true }),
  ],
  projects: [
    project(DEFAULT_TENANT.projectId),
    project(ACME.projectId, { organizationId: ACME.organizationId, name: 'Search', teamId: 'team_a' }),
    project('proj_second', { organizationId: ACME.organizationId }),
    project(OTHER.projectId, { organizationId: OTHER.organizationId }),
  ],
  connections: [
    connection('shared', { name: 'openai', region: 'us' }),
    connection('own', { ...ACME, name: 'acme', region: 'eu', position: 50 }),
    connection('others', { ...OTHER, name: 'theirs' }),
  ],
  models: [
    model('m1', 'shared', { upstreamModel: 'gpt-4o' }),
    model('m2', 'own', { ...ACME, upstreamModel: 'gpt-4o' }),
    model('m3', 'own', { ...ACME, upstreamModel: 'acme-tune' }),
    model('m4', 'others', { ...OTHER, upstreamModel: 'others-tune' }),
  ],
  keys: [key],
} satisfies ConfigurationState;

function compile(change: Partial<ConfigurationState> = {}, simulated?: { mode: 'auto' | 'on' }) {
  return compileSnapshot({
    state: { ...WORLD, ...change },
    catalogue,
    vendors,
    contentDaysMax: 90,
    charging: NOTHING_SAID,
    simulated: simulated === undefined ? undefined : { origin: 'http://127.0.0.1:5', mode: simulated.mode },
  });
}

function acme(fields: Partial<(typeof WORLD.organizations)[number]>) {
  return WORLD.organizations.map((row) => (row.id === ACME.organizationId ? { ...row, ...fields } : row));
}

function route(change: Partial<ConfigurationState> = {}, name = 'gpt-4o', by: VirtualKeyRow = key): readonly string[] {
  return resolveModel(compile(change).accessOf(by).models, { model: name, operation: 'chat' }).map(({ id }) => id);
}

function refusal(change: Partial<ConfigurationState>, by: VirtualKeyRow = key): GatewayError {
  try {
    route(change, 'gpt-4o', by);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it was routed');
}

function listed(change: Partial<ConfigurationState> = {}, by: VirtualKeyRow = key): readonly string[] {
  return listModels(compile(change).accessOf(by).models).map(({ name }) => name);
}

describe('an organization’s own connections', () => {
  test('are tried first, and the operator’s after them', () => {
    expect(route()).toEqual(['acme/gpt-4o', 'openai/gpt-4o']);
  });

  test.each([
    ['allowed by the installation', { ownCredentialsAllowed: undefined }, true, ['acme/gpt-4o', 'openai/gpt-4o']],
    ['not allowed by the installation', { ownCredentialsAllowed: undefined }, false, ['openai/gpt-4o']],
    ['not allowed to this one', { ownCredentialsAllowed: false }, true, ['openai/gpt-4o']],
    ['the only ones', { ownCredentialsUse: 'only' as const }, false, ['acme/gpt-4o']],
  ])('%s', (_what, fields, ownCredentials, expected) => {
    const installation = { ...WORLD.installation, ownCredentials };
    expect(route({ organizations: acme(fields), installation })).toEqual(expected);
  });

  test('that are to be the only ones and may not be used leave nothing: the operator’s do not stand in', () => {
    const organizations = acme({ ownCredentialsAllowed: false, ownCredentialsUse: 'only' });
    expect(listed({ organizations })).toEqual([]);
    expect(refusal({ organizations }).code).toBe('model.not_found');
  });

  test('are nobody else’s, by any name', () => {
    const stranger = virtualKey('vk_other', OTHER);
    const operators = virtualKey('vk_default');
    expect(listed({}, key)).toEqual(['acme-tune', 'gpt-4o']);
    expect(listed({}, stranger)).toEqual(['gpt-4o', 'others-tune']);
    expect(listed({}, operators)).toEqual(['gpt-4o']);
    for (const name of ['acme-tune', 'acme/acme-tune', 'acme/gpt-4o', 'openai/acme-tune']) {
      for (const by of [stranger, operators]) expect(() => route({}, name, by)).toThrow(GatewayError);
    }
    expect([...compile().directory.byUpstream.keys()]).toEqual(['gpt-4o']);
  });

  test.each([
    ['a team', { scope: 'team' as const, teamId: 'team_a' }],
    ['a project', { scope: 'project' as const }],
  ])('of %s are its alone', (_what, scope) => {
    const connections = WORLD.connections.map((row) => (row.id === 'own' ? { ...row, ...scope } : row));
    expect(listed({ connections })).toContain('acme-tune');
    expect(listed({ connections }, virtualKey('vk_2', { ...ACME, projectId: 'proj_second' }))).toEqual(['gpt-4o']);
  });

  test('reach the public net alone, with nothing of the operator’s', () => {
    const connections = [
      ...WORLD.connections,
      connection('declared', { ...ACME, name: 'inside', source: 'file', baseUrl: 'http://10.0.0.1/v1' }),
    ];
    const credentials = [credential('c1', 'own', ACME), credential('c2', 'own'), credential('c3', 'shared')];
    const snapshot = compile({ connections, credentials });
    const own = snapshot.connections.find(({ id }) => id === 'own');
    expect(own).toMatchObject({ reach: 'public', ...ACME, credentials: [{ id: 'c1', ...ACME }] });
    expect(snapshot.connections.find(({ id }) => id === 'shared')?.reach).toBe('operator');
    expect(snapshot.declaredTargets).toEqual([]);
  });

  test('neither take the simulated provider’s place nor are simulated', () => {
    const simulated = connection('sim', { name: 'simulated', providerId: 'simulated', source: 'found' });
    const theirs = connection('sim2', { ...ACME, name: 'simulated', providerId: 'simulated' });
    const real = WORLD.connections.filter(({ id }) => id === 'own');
    const { connections } = compile({ connections: [simulated, theirs, ...real] }, { mode: 'auto' });
    expect(connections.map(({ id }) => id)).toEqual(['sim', 'own']);
  });

  test('of one that is suspended are not looked after', () => {
    expect(compile({ organizations: acme({ state: 'suspended' }) }).connections.map(({ id }) => id)).not.toContain(
      'own',
    );
  });
});

describe('names', () => {
  const alias = (tenant: typeof ACME, name: string, target: string) => ({
    ...tenant,
    id: `alias_${name}_${tenant.organizationId}`,
    name,
    target,
    source: 'store' as const,
  });
  const aliases = [
    alias(DEFAULT_TENANT, 'fast', 'gpt-4o'),
    alias(DEFAULT_TENANT, 'ours', 'gpt-4o'),
    alias(ACME, 'ours', 'acme-tune'),
    alias(ACME, 'private', 'gpt-4o'),
  ];

  test('of the operator’s hold for all, an organization’s own for it alone and before them', () => {
    expect(route({ aliases }, 'fast')).toEqual(['acme/gpt-4o', 'openai/gpt-4o']);
    expect(route({ aliases }, 'ours')).toEqual(['acme/acme-tune']);
    const stranger = virtualKey('vk_other', OTHER);
    expect(route({ aliases }, 'ours', stranger)).toEqual(['openai/gpt-4o']);
    expect(listed({ aliases }, stranger)).not.toContain('private');
  });

  test('are corrected for everybody by the operator alone', () => {
    const correction = { id: 'o', providerId: 'openai', upstreamModel: 'gpt-4o', canonicalModel: 'x', source: 'store' };
    const identityOverrides = [{ ...ACME, ...correction, source: 'store' as const }];
    expect(listed({ identityOverrides }, virtualKey('vk_default'))).toEqual(['gpt-4o']);
  });
});

describe('access rules', () => {
  const { organizationId, projectId } = ACME;
  const on = (scope: 'operator' | 'organization' | 'team' | 'project' | 'key', scopeId: string) => ({
    organizationId,
    scope,
    scopeId,
  });

  test.each([
    ['operator', on('operator', organizationId), 'operator'],
    ['organization', on('organization', organizationId), 'organization_admin'],
    ['team', on('team', 'team_a'), 'organization_admin'],
    ['project', on('project', projectId), 'organization_admin'],
    ['key', on('key', 'vk_acme'), 'organization_admin'],
  ])('of the scope %s refuse by name', (_scope, where, changedBy) => {
    const error = refusal({ accessRules: [accessRule(where, { deniedModels: ['gpt-*'] })] });
    expect(error.code).toBe('model.not_allowed');
    expect(error.details).toEqual({
      model: 'gpt-4o',
      rule: { scope: where.scope, id: where.scopeId, list: 'denied_models' },
      changed_by: changedBy,
    });
  });

  test('and a key’s own list meet', () => {
    const narrow = { ...key, allowedModels: ['acme-*'] };
    expect(refusal({}, narrow).details).toMatchObject({ rule: { scope: 'key', id: key.id, list: 'allowed_models' } });
    expect(listed({}, narrow)).toEqual(['acme-tune']);
  });

  test('leave the deployments that they do not refuse', () => {
    expect(route({ accessRules: [accessRule(on('project', projectId), { allowedRegions: ['eu*'] })] })).toEqual([
      'acme/gpt-4o',
    ]);
    expect(listed({ accessRules: [accessRule(on('project', projectId), { deniedRegions: ['us', 'eu'] })] })).toEqual(
      [],
    );
  });

  test('of another organization, project or team count for nothing here', () => {
    const accessRules = [
      accessRule({ ...on('project', projectId), organizationId: OTHER.organizationId }, { allowedModels: [] }),
      accessRule({ ...on('operator', organizationId), organizationId: OTHER.organizationId }, { allowedModels: [] }),
      accessRule(on('project', 'proj_second'), { allowedModels: [] }),
      accessRule(on('team', 'team_b'), { allowedModels: [] }),
    ];
    expect(route({ accessRules })).toHaveLength(2);
  });

  test('are compiled once for the keys of a project that have none of their own', () => {
    const snapshot = compile({ accessRules: [accessRule(on('project', projectId), { deniedModels: ['x'] })] });
    const one = snapshot.accessOf(key).models;
    const two = snapshot.accessOf(virtualKey('vk_2', ACME)).models;
    expect(one.denialOf).toBe(two.denialOf);
    expect(one.directory).toBe(two.directory);
    expect(snapshot.accessOf(key)).toBe(snapshot.accessOf(key));
  });
});

describe('a key stands on its organization, its project and its owner', () => {
  const archived = WORLD.projects.map((row) => (row.id === ACME.projectId ? { ...row, archivedAt: 5 } : row));
  test.each<[string, Partial<ConfigurationState>, Partial<VirtualKeyRow>, string]>([
    ['that all are active', {}, { memberId: 'mem_1' }, 'active'],
    ['an organization that is suspended', { organizations: acme({ state: 'suspended' }) }, {}, 'organization_inactive'],
    ['an organization that is closed', { organizations: acme({ state: 'closed' }) }, {}, 'organization_inactive'],
    ['an organization that is not there', { organizations: [] }, {}, 'organization_inactive'],
    ['a project that is archived', { projects: archived }, {}, 'project_archived'],
    ['a project of another organization', {}, { projectId: OTHER.projectId }, 'project_archived'],
    ['a member who is suspended', { inactiveOwners: new Set(['mem_1']) }, { memberId: 'mem_1' }, 'owner_inactive'],
    [
      'a service account that is off',
      { inactiveOwners: new Set(['svc_1']) },
      { serviceAccountId: 'svc_1' },
      'owner_inactive',
    ],
  ])('%s', (_what, change, fields, standing) => {
    expect(compile(change).accessOf({ ...key, ...fields }).standing).toBe(standing);
  });

  test('and is of its project’s team', () => {
    expect(compile().accessOf(key).teamId).toBe('team_a');
  });
});

describe('web origins', () => {
  const PAGE = 'https://app.test';
  const allows = (fields: Partial<VirtualKeyRow>, change: Partial<ConfigurationState> = {}, origin = PAGE): boolean =>
    compile({ ...change, keys: [{ ...key, ...fields }] }).allowsOrigin(origin, 1_000);

  test.each<[string, boolean, Partial<VirtualKeyRow>, Partial<ConfigurationState>]>([
    ['of no key', false, {}, {}],
    ['of a key', true, { allowedOrigins: [PAGE] }, {}],
    ['of a key for any page', true, { allowedOrigins: ['*'] }, {}],
    ['of a key for another page', false, { allowedOrigins: ['https://app.test:8443', 'http://app.test'] }, {}],
    ['of a key that is off', false, { allowedOrigins: [PAGE], enabled: false }, {}],
    ['of a key that was revoked', false, { allowedOrigins: [PAGE], revokedAt: 5 }, {}],
    ['of a key that has expired', false, { allowedOrigins: [PAGE], expiresAt: 1_000 }, {}],
    ['of a key that will', true, { allowedOrigins: [PAGE], expiresAt: 1_001 }, {}],
    [
      'of a key whose organization is suspended',
      false,
      { allowedOrigins: [PAGE] },
      { organizations: acme({ state: 'suspended' }) },
    ],
  ])('%s: %s', (_what, expected, fields, change) => {
    expect(allows(fields, change)).toBe(expected);
  });
});

test('ten thousand keys of five thousand organizations compile well within 300 ms', () => {
  const tenants = Array.from({ length: 5_000 }, (_, index) => ({
    organizationId: `org_${index}`,
    projectId: `proj_${index}`,
  }));
  const state: ConfigurationState = {
    ...WORLD,
    organizations: [...WORLD.organizations, ...tenants.map(({ organizationId }) => organization(organizationId))],
    projects: [
      ...WORLD.projects,
      ...tenants.map(({ organizationId, projectId }) => project(projectId, { organizationId })),
    ],
    accessRules: tenants.map(({ organizationId }) =>
      accessRule({ organizationId, scope: 'organization', scopeId: organizationId }, { deniedModels: ['x-*'] }),
    ),
    keys: tenants.flatMap((tenant, index) => [
      virtualKey(`vk_a_${index}`, tenant),
      virtualKey(`vk_b_${index}`, { ...tenant, allowedModels: ['gpt-*'], allowedOrigins: [`https://${index}.test`] }),
    ]),
  };
  const times = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    compile(state).accessOf(key);
    return performance.now() - startMs;
  });
  // Of several, the fastest: the others were held up by something else.
  expect(Math.min(...times)).toBeLessThan(300);
});
