import { describe, expect, test } from 'vitest';
import type { Role } from '../protocol/people.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, openPeople } from '../storage/testing/people.ts';
import { virtualKey } from '../storage/testing/rows.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';

const ORGANIZATION = DEFAULT_TENANT.organizationId;
const OWNER = accessAs('owner');
const ADMIN = accessAs('admin');

describe.each(TEST_ENGINES)('members in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('are shown with who they are, page by page, found by a part of name or address, and by team', async () => {
      const { members, teams, addMember } = await openPeople(engine);
      const ada = await addMember(ORGANIZATION, 'owner', 'ada@example.com');
      const bob = await addMember(ORGANIZATION, 'viewer', '100%bob_@example.com');
      const team = await teams.create(ORGANIZATION, 'search');
      await teams.addMember(ORGANIZATION, { teamId: team.id, memberId: bob });
      expect(await members.get(ORGANIZATION, bob)).toMatchObject({
        role: 'viewer',
        state: 'active',
        teamIds: [team.id],
        person: { email: '100%bob_@example.com', state: 'active' },
      });
      const ids = async (page: object) =>
        (await members.list(ORGANIZATION, { limit: 10, ...page })).map((member) => member.id);
      const [first, second] = [ada, bob].toSorted();
      expect(await ids({ limit: 1 })).toEqual([first]);
      expect(await ids({ afterId: first })).toEqual([second]);
      expect(await ids({ search: 'ADA@' })).toEqual([ada]);
      expect(await ids({ search: '%b' })).toEqual([bob]);
      expect(await ids({ search: 'a%a' })).toEqual([]);
      expect(await ids({ teamId: team.id })).toEqual([bob]);
    });

    test('of another organization are as good as not there', async () => {
      const { members, organizations, addMember } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Other', kind: 'standard', ownerId: undefined });
      const stranger = await addMember(organization.id, 'viewer');
      for (const id of [stranger, 'mem_none']) {
        expect(await members.get(ORGANIZATION, id)).toBeUndefined();
        expect(await codeOf(members.setRole(OWNER, id, 'admin'))).toBe('resource.not_found');
        expect(await codeOf(members.suspend(OWNER, id))).toBe('resource.not_found');
        expect(await codeOf(members.remove(OWNER, id))).toBe('resource.not_found');
      }
    });

    test('get no role above the caller’s own, and lose none', async () => {
      const { members, addMember } = await openPeople(engine);
      await addMember(ORGANIZATION, 'owner');
      const cases: readonly (readonly [own: Role, from: Role, to: Role, outcome: string])[] = [
        ['owner', 'viewer', 'owner', 'done'],
        ['owner', 'owner', 'viewer', 'done'],
        ['admin', 'viewer', 'admin', 'done'],
        ['admin', 'admin', 'billing', 'done'],
        ['admin', 'viewer', 'owner', 'access.denied'],
        ['admin', 'owner', 'viewer', 'access.denied'],
        ['developer', 'viewer', 'developer', 'done'],
        ['developer', 'viewer', 'admin', 'access.denied'],
        ['billing', 'admin', 'viewer', 'access.denied'],
      ];
      for (const [own, from, to, outcome] of cases) {
        const id = await addMember(ORGANIZATION, from);
        const done = await codeOf(members.setRole(accessAs(own), id, to));
        expect([own, from, to, done]).toEqual([own, from, to, outcome]);
        expect((await members.get(ORGANIZATION, id))?.role).toBe(outcome === 'done' ? to : from);
      }
    });

    test('who are owners are suspended and removed by owners alone', async () => {
      const { members, addMember } = await openPeople(engine);
      await addMember(ORGANIZATION, 'owner');
      const id = await addMember(ORGANIZATION, 'owner');
      for (const work of [members.suspend, members.reactivate, members.remove]) {
        expect(await codeOf(work(ADMIN, id))).toBe('access.denied');
        expect(await codeOf(work(accessAs(undefined), id))).toBe('access.denied');
        expect(await codeOf(work(OWNER, id))).toBe('done');
      }
    });

    test('never lose their last owner who can act: not by leaving, removal, suspension or another role', async () => {
      const { members, addMember, database } = await openPeople(engine);
      const last = await addMember(ORGANIZATION, 'owner');
      const barred = await addMember(ORGANIZATION, 'owner', 'barred@example.com');
      await database.write(async (transaction) => {
        await transaction
          .updateTable('users')
          .set({ state: 'suspended' })
          .where('email', '=', 'barred@example.com')
          .execute();
      });
      const attempts = [
        members.leave(accessAs('owner', { memberId: last })),
        members.remove(OWNER, last),
        members.suspend(OWNER, last),
        members.setRole(OWNER, last, 'admin'),
      ];
      expect(await Promise.all(attempts.map(codeOf))).toEqual(Array(4).fill('resource.conflict'));
      expect(await codeOf(members.remove(OWNER, barred))).toBe('done');
      const next = await addMember(ORGANIZATION, 'owner');
      expect(await codeOf(members.leave(accessAs('owner', { memberId: last })))).toBe('done');
      expect(await members.list(ORGANIZATION, { limit: 10 })).toMatchObject([{ id: next }]);
    });

    test('keep an owner when all of them go at once', async () => {
      const { members, addMember } = await openPeople(engine);
      const owners = await Promise.all(Array.from({ length: 6 }, () => addMember(ORGANIZATION, 'owner')));
      const ways = [
        (id: string) => members.leave(accessAs('owner', { memberId: id })),
        (id: string) => members.remove(OWNER, id),
        (id: string) => members.suspend(OWNER, id),
        (id: string) => members.setRole(OWNER, id, 'viewer'),
      ];
      const codes = await Promise.all(
        owners.map((id, index) => codeOf(ways[index % ways.length]?.(id) ?? Promise.reject())),
      );
      expect(codes.toSorted()).toEqual([...Array(5).fill('done'), 'resource.conflict']);
      const left = await members.list(ORGANIZATION, { limit: 10 });
      expect(left.filter(({ role, state }) => role === 'owner' && state === 'active')).toHaveLength(1);
    });

    test('change only from the revision that the caller knows', async () => {
      const { members, addMember } = await openPeople(engine);
      await addMember(ORGANIZATION, 'owner');
      const id = await addMember(ORGANIZATION, 'viewer');
      const { before, after } = await members.setRole(OWNER, id, 'developer', 1);
      expect([before.revision, after.revision]).toEqual([1, 2]);
      expect(await codeOf(members.setRole(OWNER, id, 'viewer', 1))).toBe('resource.changed');
      expect(await codeOf(members.suspend(OWNER, id, 1))).toBe('resource.changed');
      expect(await codeOf(members.remove(OWNER, id, 1))).toBe('resource.changed');
      expect(await codeOf(members.remove(OWNER, id, 2))).toBe('done');
    });

    test('of whom several change one revision at once: one does', async () => {
      const { members, addMember } = await openPeople(engine);
      await addMember(ORGANIZATION, 'owner');
      const id = await addMember(ORGANIZATION, 'viewer');
      const roles: readonly Role[] = ['admin', 'billing', 'developer', 'viewer'];
      const codes = await Promise.all(roles.map((role) => codeOf(members.setRole(OWNER, id, role, 1))));
      expect(codes.toSorted()).toEqual(['done', ...Array(3).fill('resource.changed')]);
    });

    test('who are removed lose their keys in the same commit; the data plane hears of it', async () => {
      const { members, addMember, store, database, time } = await openPeople(engine);
      await addMember(ORGANIZATION, 'owner');
      const id = await addMember(ORGANIZATION, 'developer');
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_theirs', { memberId: id }));
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_shared'));
      await database.write(async (transaction) => {
        await transaction
          .insertInto('management_keys')
          .values({
            id: 'mk_1',
            organization_id: ORGANIZATION,
            member_id: id,
            name: 'k',
            hash: 'mk-hash',
            masked: 'm',
            scopes: '[]',
            created_at: 1,
          })
          .execute();
      });
      const version = await store.configuration.version();
      await members.remove(ADMIN, id);
      expect(await store.configuration.version()).toBe(version + 1);
      expect(await store.keys.get(DEFAULT_TENANT, 'vk_theirs')).toMatchObject({
        revokedAt: time.nowMs,
        memberId: undefined,
      });
      expect((await store.keys.get(DEFAULT_TENANT, 'vk_shared'))?.revokedAt).toBeUndefined();
      expect(await store.access.managementKeyByHash('mk-hash', time.nowMs)).toBeUndefined();
    });

    test('who are suspended are no owners of keys for the data plane, until they are back', async () => {
      const { members, addMember, store } = await openPeople(engine);
      const id = await addMember(ORGANIZATION, 'developer');
      await members.suspend(ADMIN, id);
      expect((await store.configuration.load()).inactiveOwners).toEqual(new Set([id]));
      await members.reactivate(ADMIN, id);
      expect((await store.configuration.load()).inactiveOwners).toEqual(new Set());
    });
  });
});
