import { expect, it } from 'vitest';
import type { Access, Role } from '../protocol/people.ts';
import { accessOf, project } from './testing/access.ts';
import { memoryProjects } from './testing/memory-stores.ts';
import { createVisibleProjects } from './visible-projects.ts';

const TENANT = { organizationId: 'org_1', projectId: 'proj_open' };
const PROJECTS = [
  project('proj_open', 'org_1'),
  project('proj_mine', 'org_1', { teamId: 'team_mine' }),
  project('proj_theirs', 'org_1', { teamId: 'team_theirs' }),
  project('proj_foreign', 'org_2'),
];
const visible = createVisibleProjects(memoryProjects(new Map(PROJECTS.map((each) => [each.id, each]))));
const ALL = ['proj_open', 'proj_mine', 'proj_theirs'];
const OPERATOR: Partial<Access> = { role: undefined, memberId: undefined };

it.each<[string, Role, Partial<Access>, readonly string[]]>([
  ['an owner', 'owner', {}, ALL],
  ['an admin', 'admin', {}, ALL],
  ['who pays', 'billing', {}, ALL],
  ['an operator who is no member', 'viewer', OPERATOR, ALL],
  ['a developer', 'developer', {}, ['proj_open']],
  ['a developer of a team', 'developer', { teamIds: ['team_mine'] }, ['proj_open', 'proj_mine']],
  ['a viewer of a team', 'viewer', { teamIds: ['team_theirs'] }, ['proj_open', 'proj_theirs']],
])('%s may use the projects that are everybody’s, their teams’, or all', async (_who, role, given, expected) => {
  const access = accessOf(role, TENANT, given);
  expect((await visible.idsOf(access)) ?? ALL).toEqual(expected);
  for (const { id } of PROJECTS) {
    const finding = visible.find(access, id);
    if (expected.includes(id)) expect((await finding).id).toBe(id);
    else await expect(finding).rejects.toMatchObject({ code: 'resource.not_found' });
  }
});
