import { describe, expect, onTestFinished, test } from 'vitest';
import type { UserIdentity } from '../protocol/sso.ts';
import type { StoreDatabase } from './database.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store, StoreLocation } from './open-store.ts';
import { openPostgres } from './postgres-database.ts';
import { openSqlite } from './sqlite-database.ts';
import { connection, credential, ssoConnection } from './testing/rows.ts';
import { openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';

const OURS = DEFAULT_TENANT.organizationId;
const CONFLICT = { code: 'resource.conflict' };

describe.each(TEST_ENGINES)('single sign-on in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('connections come back as they went in, the bare and the full one', async () => {
      const { store } = await sceneOn(engine);
      const bare = ssoConnection('sso_bare', { createdAt: 1 });
      const full = ssoConnection('sso_full', {
        createdAt: 2,
        kind: 'oauth2',
        preset: 'github',
        issuer: undefined,
        endpoints: {
          authorization: 'https://git.example.com/authorize',
          token: 'https://git.example.com/token',
          userInfo: 'https://api.git.example.com/user',
          jwks: undefined,
          endSession: undefined,
        },
        sealed: 'hv1:3:AAAA',
        claims: { ...bare.claims, emailVerified: { by: 'provider' }, groups: 'realm_access.roles' },
        domains: ['example.com', 'example.org'],
        groupRoles: { admins: 'admin' },
        defaultRole: 'viewer',
        joins: 'just_in_time',
        isEnforced: true,
      });
      await store.ssoConnections.insert(full);
      await store.ssoConnections.insert(bare);
      expect(await store.ssoConnections.list(OURS)).toEqual([bare, full]);
      expect(await store.ssoConnections.get(OURS, 'sso_full')).toEqual(full);
      expect(await store.ssoConnections.find('sso_full')).toEqual(full);
      expect(await store.ssoConnections.find('sso_none')).toBeUndefined();
    });

    test('what is an organization’s is nobody else’s, and the installation’s is no organization’s', async () => {
      const { store, addOrganization } = await sceneOn(engine);
      await addOrganization('org_other');
      const ours = ssoConnection('sso_ours');
      const theirs = ssoConnection('sso_theirs', { organizationId: 'org_other' });
      const everybodys = ssoConnection('sso_all', { organizationId: undefined, createdAt: 2_000 });
      for (const each of [ours, theirs, everybodys]) await store.ssoConnections.insert(each);
      expect(await store.ssoConnections.list(OURS)).toEqual([ours]);
      expect(await store.ssoConnections.list(undefined)).toEqual([everybodys]);
      for (const owner of [OURS, undefined]) {
        expect(await store.ssoConnections.get(owner, 'sso_theirs')).toBeUndefined();
        expect(await store.ssoConnections.update(owner, { id: 'sso_theirs', revision: 1 }, { name: 'x' })).toBe(false);
        expect(await store.ssoConnections.remove(owner, 'sso_theirs')).toBe(false);
      }
      expect(await store.ssoConnections.get(OURS, 'sso_all')).toBeUndefined();
      expect(await store.ssoConnections.listActive()).toEqual([ours, theirs, everybodys]);
    });

    test('a change takes the revision it was made from, and only that', async () => {
      const { store } = await sceneOn(engine);
      const first = ssoConnection('sso_a', { defaultRole: 'viewer', sealed: 'hv1:1:AA' });
      await store.ssoConnections.insert(first);
      const before = await store.configuration.version();
      const change = { name: 'new', defaultRole: undefined, sealed: undefined, isEnforced: true };
      expect(await store.ssoConnections.update(OURS, { id: 'sso_a', revision: 1 }, change)).toBe(true);
      expect(await store.ssoConnections.update(OURS, { id: 'sso_a', revision: 1 }, { name: 'late' })).toBe(false);
      expect(await store.ssoConnections.get(OURS, 'sso_a')).toEqual({ ...first, ...change, revision: 2 });
      expect(await store.configuration.version()).toBe(before);
      expect(await store.ssoConnections.remove(OURS, 'sso_a')).toBe(true);
      expect(await store.ssoConnections.remove(OURS, 'sso_a')).toBe(false);
    });

    test('a domain is one active connection’s, across all organizations', async () => {
      const { store, addOrganization } = await sceneOn(engine);
      await addOrganization('org_other');
      const { insert, update, findByDomain, get } = store.ssoConnections;
      await insert(ssoConnection('sso_a', { domains: ['a.example', 'b.example'] }));
      expect((await findByDomain('a.example'))?.id).toBe('sso_a');
      expect(await findByDomain('c.example')).toBeUndefined();
      const rival = ssoConnection('sso_b', { organizationId: 'org_other', domains: ['c.example', 'b.example'] });
      await expect(insert(rival)).rejects.toMatchObject({ ...CONFLICT, param: 'domains' });
      expect(await get('org_other', 'sso_b')).toBeUndefined();

      await insert({ ...rival, state: 'disabled' });
      await expect(update('org_other', { id: 'sso_b', revision: 1 }, { state: 'active' })).rejects.toMatchObject(
        CONFLICT,
      );
      expect(await get('org_other', 'sso_b')).toMatchObject({ state: 'disabled', revision: 1 });
      expect(await update(OURS, { id: 'sso_a', revision: 1 }, { domains: ['a.example'] })).toBe(true);
      expect(await update('org_other', { id: 'sso_b', revision: 1 }, { state: 'active' })).toBe(true);
      expect((await findByDomain('b.example'))?.id).toBe('sso_b');
      await store.ssoConnections.remove('org_other', 'sso_b');
      expect(await findByDomain('b.example')).toBeUndefined();
    });

    test('of two that claim a domain at once, one gets it', async () => {
      const { store } = await sceneOn(engine);
      const claims = ['sso_1', 'sso_2', 'sso_3'].map((id) =>
        store.ssoConnections.insert(ssoConnection(id, { domains: ['a.example'] })),
      );
      const outcomes = await Promise.allSettled(claims);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.ssoConnections.listActive()).toHaveLength(1);
    });

    test('a rotation of the master key reaches its secrets, each with the address it is sealed to', async () => {
      const { store } = await sceneOn(engine);
      await store.connections.insert(DEFAULT_TENANT, connection('conn_a', { baseUrl: 'https://a.example' }));
      await store.credentials.insert(DEFAULT_TENANT, credential('cred_a', 'conn_a', { sealed: 'hv1:1:AA' }));
      const endpoints = {
        authorization: 'https://hand.example/a',
        token: 'https://hand.example/t',
        userInfo: undefined,
        jwks: undefined,
        endSession: undefined,
      };
      await store.ssoConnections.insert(ssoConnection('sso_a', { sealed: 'hv1:1:BB', organizationId: undefined }));
      await store.ssoConnections.insert(ssoConnection('sso_b', { sealed: 'hv1:1:CC', endpoints }));
      await store.ssoConnections.insert(ssoConnection('sso_new', { sealed: 'hv1:2:DD' }));
      await store.ssoConnections.insert(ssoConnection('sso_none'));
      const below = (afterId: string, limit: number) => store.vault.sealedBelow({ belowVersion: 2, afterId, limit });
      expect((await below('', 2)).map(({ rowId }) => rowId)).toEqual(['cred_a', 'sso_a']);
      const rows = await below('cred_a', 9);
      const common = { table: 'sso_connections', field: 'secret' };
      expect(rows).toEqual([
        { ...common, rowId: 'sso_a', organizationId: '', baseUrl: 'https://login.example.com', sealed: 'hv1:1:BB' },
        { ...common, rowId: 'sso_b', organizationId: OURS, baseUrl: 'https://hand.example/t', sealed: 'hv1:1:CC' },
      ]);
      for (const row of rows) {
        expect(await store.vault.replaceSealed(row, 'hv1:2:EE')).toBe(true);
        expect(await store.vault.replaceSealed(row, 'hv1:2:FF')).toBe(false);
      }
      expect(await store.ssoConnections.find('sso_a')).toMatchObject({ sealed: 'hv1:2:EE', revision: 1 });
      expect((await below('', 9)).map(({ rowId }) => rowId)).toEqual(['cred_a']);
    });

    test('a connection that is moved to another provider forgets the people that it knew', async () => {
      const { store, addUser } = await sceneOn(engine);
      await addUser('usr_a');
      const first = ssoConnection('sso_a');
      await store.ssoConnections.insert(first);
      const moves = [
        { issuer: 'https://other.example.com' },
        { claims: { ...first.claims, subject: 'email' } },
        {
          endpoints: {
            authorization: 'https://a',
            token: 'https://t',
            userInfo: undefined,
            jwks: 'https://k',
            endSession: undefined,
          },
        },
      ];
      for (const [index, move] of moves.entries()) {
        await store.userIdentities.link(identity(`ident_${index}`, { subject: 'x' }));
        const at = { id: 'sso_a', revision: index * 2 + 1 };
        expect(await store.ssoConnections.update(OURS, at, { name: `name ${index}`, scopes: ['openid'] })).toBe(true);
        expect(await store.userIdentities.find('sso_a', 'x')).toBeDefined();
        expect(await store.ssoConnections.update(OURS, { ...at, revision: at.revision + 1 }, move)).toBe(true);
        expect(await store.userIdentities.find('sso_a', 'x')).toBeUndefined();
      }
    });

    test('a person is known by one subject of a connection, which is nobody else’s', async () => {
      const { store, addUser } = await sceneOn(engine);
      await addUser('usr_a');
      await addUser('usr_b');
      await store.ssoConnections.insert(ssoConnection('sso_a'));
      await store.ssoConnections.insert(ssoConnection('sso_b'));
      const { link, find, listOfUser, unlink, touch } = store.userIdentities;
      const first = identity('ident_1', { userId: 'usr_a', subject: 'x' });
      const other = identity('ident_2', { userId: 'usr_a', subject: 'x', ssoConnectionId: 'sso_b', createdAt: 2 });
      await link(other);
      await link(first);
      await expect(link(identity('ident_3', { userId: 'usr_b', subject: 'x' }))).rejects.toMatchObject(CONFLICT);
      expect(await find('sso_a', 'x')).toEqual(first);
      expect(await find('sso_a', 'X')).toBeUndefined();
      expect(await listOfUser('usr_a')).toEqual([first, other]);
      await touch('ident_1', 500);
      await touch('ident_1', 400);
      expect((await find('sso_a', 'x'))?.lastUsedAt).toBe(500);
      expect(await unlink('usr_b', 'ident_1')).toBe(false);
      expect(await unlink('usr_a', 'ident_1')).toBe(true);
      await store.ssoConnections.remove(OURS, 'sso_b');
      expect(await listOfUser('usr_a')).toEqual([]);
    });
  });
});

function identity(id: string, fields: Partial<UserIdentity>): UserIdentity {
  return {
    id,
    userId: 'usr_a',
    ssoConnectionId: 'sso_a',
    subject: 'subject',
    createdAt: 1,
    lastUsedAt: 1,
    ...fields,
  };
}

/** A store, and doors to the tables that it has no repository to fill by. */
async function sceneOn(engine: TestEngine): Promise<{
  readonly store: Store;
  readonly addOrganization: (id: string) => Promise<void>;
  readonly addUser: (id: string) => Promise<void>;
}> {
  const location = await engine.migratedLocation();
  const store = openAt(location);
  const within = async (work: (database: StoreDatabase) => Promise<void>): Promise<void> => {
    const database = open(location);
    onTestFinished(() => database.close());
    await work(database);
  };
  return {
    store,
    addOrganization: (id) =>
      within((database) =>
        database.write(async (transaction) => {
          await transaction.insertInto('organizations').values({ id, name: id, created_at: 1 }).execute();
        }),
      ),
    addUser: (id) =>
      within((database) =>
        database.write(async (transaction) => {
          await transaction.insertInto('users').values({ id, state: 'active', created_at: 1 }).execute();
        }),
      ),
  };
}

function open(location: StoreLocation): StoreDatabase {
  return location.kind === 'sqlite' ? openSqlite(location.path) : openPostgres(location, () => undefined);
}
