import { describe, expect, test } from 'vitest';
import type { Role } from '../protocol/people.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, openPeople } from '../storage/testing/people.ts';
import { virtualKey } from '../storage/testing/rows.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { mayUseProject } from './projects.ts';
import { permissionsOfOperator } from './roles.ts';

const { organizationId } = DEFAULT_TENANT;
const OWNER = accessAs('owner');

describe('who may use a project', () => {
  const everybodys = { organizationId, teamId: undefined };
  const ofTeam = { organizationId, teamId: 'team_a' };

  test.each<[Role, boolean]>([
    ['owner', true],
    ['admin', true],
    ['billing', true],
    ['developer', false],
    ['viewer', false],
  ])('%s of no team: everybody’s, and a team’s own: %s', (role, expected) => {
    expect(mayUseProject(accessAs(role), everybodys)).toBe(true);
    expect(mayUseProject(accessAs(role), ofTeam)).toBe(expected);
    expect(mayUseProject(accessAs(role, { teamIds: ['team_b'] }), ofTeam)).toBe(expected);
    expect(mayUseProject(accessAs(role, { teamIds: ['team_a'] }), ofTeam)).toBe(true);
  });

  test('operators: all of the organization; nobody: another organization’s', () => {
    const operator = { permissions: permissionsOfOperator() };
    expect(mayUseProject(accessAs(undefined, operator), ofTeam)).toBe(true);
    expect(mayUseProject(accessAs('viewer', operator), ofTeam)).toBe(true);
    expect(mayUseProject(OWNER, { ...everybodys, organizationId: 'org_other' })).toBe(false);
  });
});

describe.each(TEST_ENGINES)('projects in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('are listed and shown to those who may use them', async () => {
      const { projects, teams } = await openPeople(engine);
      const team = await teams.create(organizationId, 'search');
      const own = await projects.create(OWNER, { name: 'crawler', teamId: team.id });
      const open = await projects.create(OWNER, { name: 'website', teamId: undefined });
      const names = async (access: typeof OWNER, page: object = {}) =>
        (await projects.list(access, { limit: 10, ...page })).map(({ name }) => name).toSorted();
      expect(await names(OWNER)).toEqual(['Default', 'crawler', 'website']);
      expect(await names(accessAs('viewer'))).toEqual(['Default', 'website']);
      expect(await names(accessAs('viewer', { teamIds: [team.id] }))).toEqual(['Default', 'crawler', 'website']);
      expect(await projects.get(accessAs('developer'), own.id)).toBeUndefined();
      expect(await projects.get(accessAs('developer', { teamIds: [team.id] }), own.id)).toEqual(own);
      await projects.archive(OWNER, open.id);
      expect(await names(OWNER, { isArchived: true })).toEqual(['website']);
      expect(await names(OWNER, { isArchived: false })).toEqual(['Default', 'crawler']);
    });

    test('come page by page in the order of their ids', async () => {
      const { projects, time } = await openPeople(engine);
      for (const name of ['a', 'b', 'c']) {
        time.nowMs += 1;
        await projects.create(OWNER, { name, teamId: undefined });
      }
      const [first, second] = await projects.list(OWNER, { limit: 2 });
      expect([first?.name, second?.name]).toEqual(['a', 'b']);
      expect(await projects.list(OWNER, { limit: 1, afterId: second?.id })).toMatchObject([{ name: 'c' }]);
    });

    test('have names of their own within the organization, and teams of the organization', async () => {
      const { projects, organizations, teams } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Other', kind: 'standard', ownerId: undefined });
      const foreign = await teams.create(organization.id, 'foreign');
      const other = accessAs('owner', { tenant: { organizationId: organization.id, projectId: 'x' } });
      const making = (access: typeof OWNER, name: string, teamId?: string) =>
        codeOf(projects.create(access, { name, teamId }));
      expect(await making(OWNER, 'website')).toBe('done');
      expect(await making(OWNER, ' website ')).toBe('resource.conflict');
      expect(await making(other, 'website')).toBe('done');
      expect(await making(OWNER, 'x', foreign.id)).toBe('request.invalid');
      expect(await making(OWNER, 'x', 'team_none')).toBe('request.invalid');
      await expect(projects.create(OWNER, { name: 'website', teamId: undefined })).rejects.toMatchObject({
        param: 'name',
      });
    });

    test('of one name that are made at once are one', async () => {
      const { projects } = await openPeople(engine);
      const codes = await Promise.all(
        Array.from({ length: 5 }, () => codeOf(projects.create(OWNER, { name: 'twin', teamId: undefined }))),
      );
      expect(codes.toSorted()).toEqual(['done', ...Array(4).fill('resource.conflict')]);
    });

    test('are renamed and given to teams, from the revision that the caller knows', async () => {
      const { projects, teams } = await openPeople(engine);
      const team = await teams.create(organizationId, 'search');
      const made = await projects.create(OWNER, { name: 'crawler', teamId: undefined });
      const given = await projects.update(OWNER, made.id, { teamId: team.id }, 1);
      expect(given).toEqual({ before: made, after: { ...made, teamId: team.id, revision: 2 } });
      expect(await codeOf(projects.update(OWNER, made.id, { name: 'late' }, 1))).toBe('resource.changed');
      expect((await projects.update(OWNER, made.id, { name: 'spider', teamId: null })).after).toMatchObject({
        name: 'spider',
        teamId: undefined,
      });
      expect(await codeOf(projects.update(OWNER, made.id, { name: 'Default' }))).toBe('resource.conflict');
      expect(await codeOf(projects.update(OWNER, made.id, { name: 'spider' }))).toBe('done');
      expect(await codeOf(projects.update(OWNER, DEFAULT_TENANT.projectId, { teamId: team.id }))).toBe(
        'resource.conflict',
      );
      const elsewhere = accessAs('owner', { tenant: { organizationId: 'org_other', projectId: 'x' } });
      expect(await codeOf(projects.update(elsewhere, made.id, { name: 'mine' }))).toBe('resource.not_found');
    });

    test('lose their keys when they are archived, and come back without them; the default one stays', async () => {
      const { projects, store, time } = await openPeople(engine);
      const made = await projects.create(OWNER, { name: 'old', teamId: undefined });
      const tenant = { organizationId, projectId: made.id };
      await store.keys.insert(tenant, virtualKey('vk_old'));
      await store.keys.insert(DEFAULT_TENANT, virtualKey('vk_other'));
      expect((await projects.archive(OWNER, made.id)).after.archivedAt).toBe(time.nowMs);
      expect((await store.keys.get(tenant, 'vk_old'))?.revokedAt).toBe(time.nowMs);
      expect((await store.keys.get(DEFAULT_TENANT, 'vk_other'))?.revokedAt).toBeUndefined();
      expect(await codeOf(projects.archive(OWNER, made.id))).toBe('resource.conflict');
      expect((await projects.unarchive(OWNER, made.id)).after.archivedAt).toBeUndefined();
      expect((await store.keys.get(tenant, 'vk_old'))?.revokedAt).toBe(time.nowMs);
      expect(await codeOf(projects.archive(OWNER, DEFAULT_TENANT.projectId))).toBe('resource.conflict');
    });
  });
});
