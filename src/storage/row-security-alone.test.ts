import { sql } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import type { UnchainedEntry } from '../audit/ports.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { HeldId } from '../protocol/held.ts';
import type { Invitation } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import {
  connection,
  credential,
  model,
  organization,
  outcome,
  project,
  ssoConnection,
  virtualKey,
} from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';

/** The mistake that row-level security is there for: every repository has forgotten whose rows it asks for. */
vi.mock('./repositories/tenant-scope.ts', () => ({
  ofTenant: () => sql<boolean>`TRUE`,
  ofOrganization: () => sql<boolean>`TRUE`,
}));

const STRANGER: Tenant = { organizationId: 'org_stranger', projectId: 'proj_stranger' };
const PAGE = { limit: 100, cursor: undefined };

const HELD: HeldId = {
  ...DEFAULT_TENANT,
  id: 'video_1',
  kind: 'video',
  connectionId: 'conn_1',
  credentialId: undefined,
  upstreamId: undefined,
  upstreamModel: 'm',
  createdAt: 1,
  expiresAt: 2 ** 40,
  video: undefined,
};
const ALIAS = { ...DEFAULT_TENANT, id: 'al_1', name: 'fast', target: 'm', source: 'store' } as const;
const OVERRIDE = {
  ...DEFAULT_TENANT,
  id: 'io_1',
  providerId: 'openai',
  upstreamModel: 'm',
  canonicalModel: 'c',
  source: 'store',
} as const;

const { organizationId } = DEFAULT_TENANT;
const INVITATION: Invitation = {
  id: 'inv_1',
  organizationId,
  email: 'ada@example.com',
  role: 'viewer',
  teamIds: [],
  invitedBy: undefined,
  createdAt: 1,
  expiresAt: 2 ** 40,
  acceptedAt: undefined,
  revokedAt: undefined,
};
const AUDITED: UnchainedEntry = {
  id: 'aud_1',
  actId: 'act_1',
  phase: 'begun',
  at: 1,
  organizationId,
  actorKind: 'installation',
  actorId: undefined,
  action: 'createKey',
  targetKind: undefined,
  targetId: undefined,
  outcome: undefined,
  errorCode: undefined,
  before: undefined,
  after: undefined,
  requestId: undefined,
  originDigest: undefined,
  address: undefined,
  userAgent: undefined,
};
const ANYTHING = { check: () => undefined };

async function fill(store: Store): Promise<void> {
  await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_1'));
  await store.connections.insert(DEFAULT_TENANT, connection('conn_1'));
  await store.credentials.insert(DEFAULT_TENANT, credential('cred_1', 'conn_1'));
  await store.models.insert(DEFAULT_TENANT, model('mod_1', 'conn_1'));
  await store.aliases.insert(DEFAULT_TENANT, ALIAS);
  await store.identityOverrides.insert(DEFAULT_TENANT, OVERRIDE);
  await store.heldIds.bind([HELD]);
  const stranger = { organization: organization(STRANGER.organizationId), owner: undefined };
  const place = project(STRANGER.projectId, { organizationId: STRANGER.organizationId });
  await store.organizations.insert({ ...stranger, project: place }, ANYTHING);
  await store.ssoConnections.insert(ssoConnection('sso_1'));
  await store.invitations.put(INVITATION, 'hash', ANYTHING);
  await store.audit.append(AUDITED, () => 'digest');
  await store.records.commit([outcome(1)]);
  await store.contents.insert([{ ...DEFAULT_TENANT, id: 'ur_1', createdAt: 1, expiresAt: 2, sealed: 'hv1:1:AA' }]);
}

/** Everything that a repository tells a tenant, as counts of what it found. */
const READS: Readonly<Record<string, (store: Store, tenant: Tenant) => Promise<number>>> = {
  'keys.list': async (store, tenant) => (await store.keys.list(tenant)).length,
  'keys.get': async (store, tenant) => found(await store.keys.get(tenant, 'vk_1')),
  'connections.list': async (store, tenant) => (await store.connections.list(tenant)).length,
  'connections.get': async (store, tenant) => found(await store.connections.get(tenant, 'conn_1')),
  'connections.findByName': async (store, tenant) =>
    found(await store.connections.findByName(tenant, connection('conn_1').name)),
  'credentials.list': async (store, tenant) => (await store.credentials.list(tenant, 'conn_1')).length,
  'credentials.get': async (store, tenant) => found(await store.credentials.get(tenant, 'cred_1')),
  'models.list': async (store, tenant) => (await store.models.list(tenant, 'conn_1')).length,
  'models.get': async (store, tenant) => found(await store.models.get(tenant, 'mod_1')),
  'aliases.list': async (store, tenant) => (await store.aliases.list(tenant)).length,
  'identityOverrides.list': async (store, tenant) => (await store.identityOverrides.list(tenant)).length,
  'heldIds.find': async (store, tenant) => (await store.heldIds.find(tenant, ['video_1'])).length,
  'heldIds.list': async (store, tenant) => (await store.heldIds.list(tenant, 'video', { limit: 9 })).length,
  'ssoConnections.list': async (store, tenant) => (await store.ssoConnections.list(tenant.organizationId)).length,
  'ssoConnections.get': async (store, tenant) => found(await store.ssoConnections.get(tenant.organizationId, 'sso_1')),
  'invitations.list': async (store, tenant) => (await store.invitations.list(tenant.organizationId, PAGE)).length,
  'invitations.get': async (store, tenant) => found(await store.invitations.get(tenant.organizationId, 'inv_1')),
  'audit.acts': async (store, tenant) =>
    (await store.audit.acts({ organizationId: tenant.organizationId }, PAGE)).length,
  'contents.get': async (store, tenant) => found(await store.contents.get(tenant, 'ur_1')),
  'contents.expiryOf': async (store, tenant) => found(await store.contents.expiryOf(tenant, 'ur_1')),
  'records.get': async (store, tenant) => found(await store.records.get(tenant, outcome(1).usage.requestId)),
  'records.list': async (store, tenant) => (await store.records.list(tenant, {}, PAGE)).length,
  'records.totals': async (store, tenant) => (await store.records.totals(tenant, {}, undefined))[0]?.requests ?? -1,
};

/** Everything that a repository changes for a tenant, and whether it did. */
const CHANGES: Readonly<Record<string, (store: Store, tenant: Tenant) => Promise<boolean>>> = {
  'keys.update': (store, tenant) => store.keys.update(tenant, 'vk_1', { name: 'taken' }),
  'keys.remove': (store, tenant) => store.keys.remove(tenant, 'vk_1'),
  'connections.update': (store, tenant) => store.connections.update(tenant, 'conn_1', { name: 'taken' }),
  'credentials.update': (store, tenant) => store.credentials.update(tenant, 'cred_1', { name: 'taken' }),
  'credentials.remove': (store, tenant) => store.credentials.remove(tenant, 'cred_1'),
  'models.update': (store, tenant) => store.models.update(tenant, 'mod_1', { state: 'hidden' }),
  'models.remove': (store, tenant) => store.models.remove(tenant, 'mod_1'),
  'aliases.remove': (store, tenant) => store.aliases.remove(tenant, 'al_1'),
  'identityOverrides.remove': (store, tenant) => store.identityOverrides.remove(tenant, 'io_1'),
  'heldIds.forget': async (store, tenant) => {
    await store.heldIds.forget(tenant, 'video_1');
    return (await store.heldIds.find(DEFAULT_TENANT, ['video_1'])).length === 0;
  },
  'ssoConnections.update': (store, tenant) =>
    store.ssoConnections.update(tenant.organizationId, { id: 'sso_1', revision: 1 }, { name: 'taken' }),
  'ssoConnections.remove': (store, tenant) => store.ssoConnections.remove(tenant.organizationId, 'sso_1'),
  'invitations.renew': (store, { organizationId: of }) =>
    wasFound(store.invitations.renew(of, { id: 'inv_1', hash: 'taken', expiresAt: 2 ** 40 }, ANYTHING)),
  'invitations.revoke': (store, { organizationId: of }) =>
    wasFound(store.invitations.revoke(of, { id: 'inv_1', at: 2 }, ANYTHING)),
  'contents.remove': (store, tenant) => store.contents.remove(tenant, 'ur_1'),
  'connections.remove': (store, tenant) => store.connections.remove(tenant, 'conn_1'),
};

function found(value: unknown): number {
  return value === undefined ? 0 : 1;
}

/** Whether there was anything to change. */
async function wasFound(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'resource.not_found') return false;
    throw error;
  }
}

async function outcomesOf<T>(
  calls: Readonly<Record<string, (store: Store, tenant: Tenant) => Promise<T>>>,
  store: Store,
): Promise<Readonly<Record<string, T>>> {
  const outcomes: Record<string, T> = {};
  for (const [name, call] of Object.entries(calls)) outcomes[name] = await call(store, STRANGER);
  return outcomes;
}

describe.each(TEST_ENGINES)('repositories in $kind that do not ask whose rows they want', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('show and change nothing of another organization where row-level security is on, and all where it is not', async () => {
      const store = openAt(await engine.migratedLocation());
      await fill(store);
      const isKept = (await store.rowSecurity()).state === 'on';
      expect(isKept).toBe(engine.kind === 'postgres');
      const [reads, changes] = [await outcomesOf(READS, store), await outcomesOf(CHANGES, store)];
      expect(new Set(Object.values(reads))).toEqual(new Set([isKept ? 0 : 1]));
      expect(new Set(Object.values(changes))).toEqual(new Set([!isKept]));
    });
  });
});

const postgres = TEST_ENGINES.find(({ kind }) => kind === 'postgres');

describe.skipIf(postgres?.skip !== undefined)('a listing for a connection of another organization', () => {
  test('finds no such connection, though nothing asks whose it is', async () => {
    const location = await postgres?.migratedLocation();
    if (location === undefined) throw new Error('no PostgreSQL engine in the table');
    const store = openAt(location);
    await fill(store);
    const before = await store.configuration.load();
    const listed = { connectionId: 'conn_1', found: [], state: 'enabled', origin: 'discovered', seenAt: 9 } as const;
    const reconciling = store.models.reconcile(STRANGER, { ...listed, newId: () => 'mod_2' });
    await expect(reconciling).rejects.toMatchObject({ code: 'resource.not_found' });
    expect(await store.configuration.load()).toEqual(before);
  });
});
