import { sql } from 'kysely';
import type { MemberStore, MemberWithPerson } from '../../identity/people-ports.ts';
import type { User } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { orUndefined, wholeNumber } from '../engine.ts';
import { toMember } from './access.ts';
import {
  assertRevision,
  contains,
  disownVirtualKeys,
  found,
  holdOrganization,
  type Reading,
  revokeVirtualKeys,
  unchangedSince,
  type Writing,
} from './within-organization.ts';

/** Members in the store, each with who that is. */
export function createMemberStore(database: StoreDatabase): MemberStore {
  return {
    get: (organizationId, id) =>
      database.within(organizationId).read((reading) => getMember(reading, organizationId, id)),
    list: (organizationId, { limit, afterId, teamId, search }) =>
      database.within(organizationId).read(async (reading) => {
        let query = membersWithPeople(reading, organizationId).orderBy('members.id').limit(limit);
        if (afterId !== undefined) query = query.where('members.id', '>', afterId);
        if (teamId !== undefined) {
          query = query.where('members.id', 'in', (of) =>
            of.selectFrom('team_members').select('member_id').where('team_id', '=', teamId),
          );
        }
        if (search !== undefined) {
          query = query.where((row) =>
            row.or([contains(sql.ref('users.email'), search), contains(sql.ref('users.name'), search)]),
          );
        }
        return withTeams(reading, await query.execute());
      }),
    update: (organizationId, { id, change }, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await getMember(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        check({ member: before, otherOwners: await countOwners(transaction, organizationId, id) });
        const row = await transaction
          .updateTable('members')
          .set((member) => ({ revision: member('revision', '+', 1), ...change }))
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revision', '=', before.revision)
          .returningAll()
          .executeTakeFirst();
        const after = { ...toMember(unchangedSince(row), before.teamIds), person: before.person };
        return { before, after };
      }),
    remove: (organizationId, { id, at }, { ifRevision, check }) =>
      changeConfiguration(database.within(organizationId), async (transaction) => {
        await holdOrganization(transaction, organizationId);
        const before = found(await getMember(transaction, organizationId, id));
        assertRevision(before, ifRevision);
        check({ member: before, otherOwners: await countOwners(transaction, organizationId, id) });
        await revokeVirtualKeys(transaction, { organizationId, column: 'member_id', value: id }, at);
        await disownVirtualKeys(transaction, 'member_id', id);
        await removeRow(transaction, before);
        return before;
      }),
    countOwners: (organizationId) =>
      database.within(organizationId).read((reading) => countOwners(reading, organizationId, '')),
  };
}

/** The member's management keys and places in teams go with it. */
async function removeRow(transaction: Writing, member: MemberWithPerson): Promise<void> {
  const row = await transaction
    .deleteFrom('members')
    .where('organization_id', '=', member.organizationId)
    .where('id', '=', member.id)
    .where('revision', '=', member.revision)
    .returning('id')
    .executeTakeFirst();
  unchangedSince(row);
}

function membersWithPeople(reading: Reading, organizationId: string) {
  return reading
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .selectAll('members')
    .select(['users.email', 'users.name', 'users.state as user_state'])
    .where('members.organization_id', '=', organizationId);
}

type MemberRow = Awaited<ReturnType<ReturnType<typeof membersWithPeople>['execute']>>[number];

async function withTeams(reading: Reading, rows: readonly MemberRow[]): Promise<readonly MemberWithPerson[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const places = await reading
    .selectFrom('team_members')
    .select(['member_id', 'team_id'])
    .where('member_id', 'in', ids)
    .orderBy('team_id')
    .execute();
  const teams = Map.groupBy(places, (place) => place.member_id);
  return rows.map((row) => ({
    ...toMember(
      row,
      (teams.get(row.id) ?? []).map((place) => place.team_id),
    ),
    person: {
      email: orUndefined(row.email),
      name: orUndefined(row.name),
      // Only a UserState is ever written to this column.
      state: row.user_state as User['state'],
    },
  }));
}

/** A member of the organization, with who that is. */
export async function getMember(
  reading: Reading,
  organizationId: string,
  id: string,
): Promise<MemberWithPerson | undefined> {
  const rows = await membersWithPeople(reading, organizationId).where('members.id', '=', id).execute();
  return (await withTeams(reading, rows))[0];
}

/** Owners who can act: neither suspended here nor everywhere. */
async function countOwners(reading: Reading, organizationId: string, exceptId: string): Promise<number> {
  const { count } = await reading
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select((rows) => rows.fn.countAll().as('count'))
    .where('members.organization_id', '=', organizationId)
    .where('members.role', '=', 'owner')
    .where('members.state', '=', 'active')
    .where('users.state', '=', 'active')
    .where('members.id', '!=', exceptId)
    .executeTakeFirstOrThrow();
  return wholeNumber(count);
}
