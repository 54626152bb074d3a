import type { Updateable } from 'kysely';
import type { ProjectChange, ProjectStore } from '../../identity/people-ports.ts';
import type { Project } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { orNull } from '../engine.ts';
import type { ProjectTable } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { projectColumns } from './organization-store.ts';
import { toProject } from './organizations.ts';
import {
  assertRevision,
  countOf,
  found,
  holdOrganization,
  isNameTaken,
  type Reading,
  revokeVirtualKeys,
  teamsLeft,
  unchangedSince,
} from './within-organization.ts';

/** Projects in the store. */
export function createProjectStore(database: StoreDatabase): ProjectStore {
  return {
    insert: (project, { check }) =>
      changeConfiguration(database.within(project.organizationId), async (transaction) => {
        const { organizationId, name, teamId } = project;
        await holdOrganization(transaction, organizationId);
        check({
          count: await countOf(transaction, 'projects', organizationId),
          isNameTaken: await isNameTaken(transaction, 'projects', { organizationId, name }),
          isTeamThere: await isTeamThere(transaction, organizationId, teamId),
        });
        await transaction.insertInto('projects').values(projectColumns(project)).execute();
      }),
    get: (organizationId, id) => database.within(organizationId).read((reading) => get(reading, organizationId, id)),
    list: (organizationId, { limit, afterId, teamIds, isArchived }) =>
      database.within(organizationId).read(async (reading) => {
        let query = reading
          .selectFrom('projects')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .orderBy('id')
          .limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        if (isArchived !== undefined) query = query.where('archived_at', isArchived ? 'is not' : 'is', null);
        if (teamIds !== undefined) {
          query = query.where((project) =>
            project.or([
              project('team_id', 'is', null),
              ...(teamIds.length === 0 ? [] : [project('team_id', 'in', [...teamIds])]),
            ]),
          );
        }
        return (await query.execute()).map(toProject);
      }),
    update: (organizationId, { id, change }, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await get(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        const { name, teamId, archivedAt } = change;
        check({
          before,
          isNameTaken: await isNameTaken(transaction, 'projects', { organizationId, name, exceptId: id }),
          isTeamThere: await isTeamThere(transaction, organizationId, teamId),
        });
        if (archivedAt !== undefined) {
          await revokeVirtualKeys(transaction, { organizationId, column: 'project_id', value: id }, archivedAt);
        }
        const row = await transaction
          .updateTable('projects')
          .set((project) => ({ revision: project('revision', '+', 1), ...columnsOf(change) }))
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revision', '=', before.revision)
          .returningAll()
          .executeTakeFirst();
        return { before, after: toProject(unchangedSince(row)) };
      }),
  };
}

function columnsOf(change: ProjectChange): Updateable<ProjectTable> {
  return changedColumns<ProjectChange, Updateable<ProjectTable>>(change, {
    name: (name) => ({ name }),
    teamId: (teamId) => ({ team_id: orNull(teamId) }),
    archivedAt: (at) => ({ archived_at: orNull(at) }),
  });
}

async function get(reading: Reading, organizationId: string, id: string): Promise<Project | undefined> {
  const row = await reading
    .selectFrom('projects')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toProject(row);
}

async function isTeamThere(reading: Reading, organizationId: string, teamId: string | undefined): Promise<boolean> {
  return teamId === undefined || (await teamsLeft(reading, organizationId, [teamId])).length === 1;
}
