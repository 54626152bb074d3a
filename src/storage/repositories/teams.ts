import type { Selectable } from 'kysely';
import type { Changed, MemberWithPerson, TeamPlace, TeamStore } from '../../identity/people-ports.ts';
import type { Team } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { wholeNumber } from '../engine.ts';
import type { TeamTable } from '../schema.ts';
import { getMember } from './members.ts';
import {
  assertRevision,
  countOf,
  found,
  holdOrganization,
  isNameTaken,
  type Reading,
  unchangedSince,
  type Writing,
} from './within-organization.ts';

/** Teams in the store. The data plane knows no teams, but for what goes with one that is removed. */
export function createTeamStore(database: StoreDatabase): TeamStore {
  return {
    insert: (team, { check }) =>
      database.within(team.organizationId).write(async (transaction) => {
        const { id, organizationId, name, createdAt, revision } = team;
        await holdOrganization(transaction, organizationId);
        const count = await countOf(transaction, 'teams', organizationId);
        check({ count, isNameTaken: await isNameTaken(transaction, 'teams', { organizationId, name }) });
        await transaction
          .insertInto('teams')
          .values({ id, organization_id: organizationId, name, created_at: createdAt, revision })
          .execute();
      }),
    get: (organizationId, id) => database.within(organizationId).read((reading) => get(reading, organizationId, id)),
    list: (organizationId, { limit, afterId }) =>
      database.within(organizationId).read(async (reading) => {
        let query = reading
          .selectFrom('teams')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .orderBy('id')
          .limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        return (await query.execute()).map(toTeam);
      }),
    rename: (organizationId, { id, name }, { ifRevision, check }) =>
      database.within(organizationId).write(async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await get(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        check({ isNameTaken: await isNameTaken(transaction, 'teams', { organizationId, name, exceptId: id }) });
        const row = await transaction
          .updateTable('teams')
          .set((team) => ({ revision: team('revision', '+', 1), name }))
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revision', '=', before.revision)
          .returningAll()
          .executeTakeFirst();
        return { before, after: toTeam(unchangedSince(row)) };
      }),
    remove: (organizationId, id, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await get(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        check({ projects: await countProjects(transaction, id) });
        await removeRow(transaction, before);
        return before;
      }),
    addMember: (organizationId, place) => changePlace(database, { ...place, organizationId, wanted: 'in' }),
    removeMember: (organizationId, place) => changePlace(database, { ...place, organizationId, wanted: 'out' }),
  };
}

async function removeRow(transaction: Writing, team: Team): Promise<void> {
  const { id, organizationId, revision } = team;
  // Those who belong to it are shown with one team less, which is a change of theirs.
  await transaction
    .updateTable('members')
    .set((member) => ({ revision: member('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', 'in', (of) => of.selectFrom('team_members').select('member_id').where('team_id', '=', id))
    .execute();
  await transaction.deleteFrom('access_rules').where('scope', '=', 'team').where('scope_id', '=', id).execute();
  const row = await transaction
    .deleteFrom('teams')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revision', '=', revision)
    .returning('id')
    .executeTakeFirst();
  unchangedSince(row);
}

type Move = TeamPlace & { readonly organizationId: string; readonly wanted: 'in' | 'out' };

/** Puts a member into a team or takes it out, where that is not so already. */
async function changePlace(database: StoreDatabase, move: Move): Promise<Changed<MemberWithPerson>> {
  const { organizationId, teamId, memberId, wanted } = move;
  return await database.within(organizationId).write(async (transaction) => {
    await holdOrganization(transaction, organizationId);
    found(await get(transaction, organizationId, teamId));
    const before = found(await getMember(transaction, organizationId, memberId));
    const place = before.teamIds.includes(teamId) ? 'in' : 'out';
    if (place === wanted) return { before, after: before };
    if (wanted === 'in') await putInTeam(transaction, before, teamId);
    else await transaction.deleteFrom('team_members').where('id', '=', placeId(move)).execute();
    await transaction
      .updateTable('members')
      .set((member) => ({ revision: member('revision', '+', 1) }))
      .where('organization_id', '=', organizationId)
      .where('id', '=', memberId)
      .execute();
    return { before, after: found(await getMember(transaction, organizationId, memberId)) };
  });
}

/** Makes a member one of a team's. */
export async function putInTeam(
  transaction: Writing,
  member: { readonly id: string; readonly organizationId: string },
  teamId: string,
): Promise<void> {
  const { id: memberId, organizationId } = member;
  await transaction
    .insertInto('team_members')
    .values({
      id: placeId({ teamId, memberId }),
      organization_id: organizationId,
      team_id: teamId,
      member_id: memberId,
    })
    .execute();
}

/** One place for each pair, so that the pair is its id. */
function placeId({ teamId, memberId }: TeamPlace): string {
  return `${teamId}:${memberId}`;
}

async function countProjects(reading: Reading, teamId: string): Promise<number> {
  const { count } = await reading
    .selectFrom('projects')
    .select((projects) => projects.fn.countAll().as('count'))
    .where('team_id', '=', teamId)
    .executeTakeFirstOrThrow();
  return wholeNumber(count);
}

async function get(reading: Reading, organizationId: string, id: string): Promise<Team | undefined> {
  const row = await reading
    .selectFrom('teams')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toTeam(row);
}

function toTeam(row: Selectable<TeamTable>): Team {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    createdAt: row.created_at,
    revision: row.revision,
  };
}
