import { describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { accessAs, codeOf, openPeople } from '../storage/testing/people.ts';
import { connection, credential } from '../storage/testing/rows.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const OWNER = accessAs('owner');

describe.each(TEST_ENGINES)('teams in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('are made, renamed and removed; a name is one team’s', async () => {
      const { teams, time } = await openPeople(engine);
      const first = await teams.create(organizationId, 'search');
      time.nowMs += 1;
      const second = await teams.create(organizationId, 'mail');
      expect(await teams.list(organizationId, { limit: 10 })).toEqual([first, second]);
      expect(await teams.list(organizationId, { limit: 10, afterId: first.id })).toEqual([second]);
      expect(await codeOf(teams.create(organizationId, 'mail'))).toBe('resource.conflict');
      expect(await codeOf(teams.rename(organizationId, { id: first.id, name: 'mail' }))).toBe('resource.conflict');
      const renamed = await teams.rename(organizationId, { id: first.id, name: 'find' }, 1);
      expect(renamed).toEqual({ before: first, after: { ...first, name: 'find', revision: 2 } });
      expect(await codeOf(teams.rename(organizationId, { id: first.id, name: 'x' }, 1))).toBe('resource.changed');
      expect(await codeOf(teams.remove(organizationId, first.id, 1))).toBe('resource.changed');
      expect(await codeOf(teams.remove('org_other', first.id))).toBe('resource.not_found');
      expect(await teams.remove(organizationId, first.id, 2)).toEqual(renamed.after);
      expect(await teams.get(organizationId, first.id)).toBeUndefined();
    });

    test('are not removed while projects belong to them; their members, rules and connections go with them', async () => {
      const { teams, projects, members, addMember, database, store } = await openPeople(engine);
      const team = await teams.create(organizationId, 'search');
      const project = await projects.create(OWNER, { name: 'crawler', teamId: team.id });
      const memberId = await addMember(organizationId, 'developer');
      await teams.addMember(organizationId, { teamId: team.id, memberId });
      await database.write(async (transaction) => {
        await transaction
          .insertInto('access_rules')
          .values({ id: 'rule', organization_id: organizationId, scope: 'team', scope_id: team.id, updated_at: 1 })
          .execute();
      });
      await store.connections.insert(DEFAULT_TENANT, connection('conn_t', { scope: 'team', teamId: team.id }));
      await store.connections.insert(DEFAULT_TENANT, connection('conn_o'));
      await store.credentials.insert(DEFAULT_TENANT, credential('cred_t', 'conn_t'));
      expect(await codeOf(teams.remove(organizationId, team.id))).toBe('resource.conflict');
      const version = await store.configuration.version();
      await projects.update(OWNER, project.id, { teamId: null });
      await teams.remove(organizationId, team.id);
      expect(await store.configuration.version()).toBe(version + 2);
      expect(await store.connections.list(DEFAULT_TENANT)).toMatchObject([{ id: 'conn_o' }]);
      expect(await store.credentials.get(DEFAULT_TENANT, 'cred_t')).toBeUndefined();
      expect(await members.get(organizationId, memberId)).toMatchObject({ teamIds: [], revision: 3 });
      expect(await database.read((reading) => reading.selectFrom('access_rules').selectAll().execute())).toEqual([]);
    });

    test('have members of their organization alone, each once', async () => {
      const { teams, organizations, addMember } = await openPeople(engine);
      const { organization } = await organizations.create({ name: 'Other', kind: 'standard', ownerId: undefined });
      const stranger = await addMember(organization.id, 'viewer');
      const memberId = await addMember(organizationId, 'viewer');
      const { id: teamId } = await teams.create(organizationId, 'search');
      const foreign = await teams.create(organization.id, 'search');
      expect((await teams.addMember(organizationId, { teamId, memberId })).after).toMatchObject({
        teamIds: [teamId],
        revision: 2,
      });
      expect((await teams.addMember(organizationId, { teamId, memberId })).after.revision).toBe(2);
      for (const place of [
        { teamId, memberId: stranger },
        { teamId: foreign.id, memberId },
        { teamId: 'team_none', memberId },
      ]) {
        expect(await codeOf(teams.addMember(organizationId, place))).toBe('resource.not_found');
        expect(await codeOf(teams.removeMember(organizationId, place))).toBe('resource.not_found');
      }
      expect((await teams.removeMember(organizationId, { teamId, memberId })).after).toMatchObject({
        teamIds: [],
        revision: 3,
      });
      expect((await teams.removeMember(organizationId, { teamId, memberId })).after.revision).toBe(3);
    });
  });
});
