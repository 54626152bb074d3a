import type { Selectable } from 'kysely';
import type { InvitationSeen, InvitationStore } from '../../identity/people-ports.ts';
import type { Invitation, Member, Role } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined, stringList, toJsonText, wholeNumber } from '../engine.ts';
import type { InvitationTable } from '../schema.ts';
import { toMember, toUser } from './access.ts';
import { memberColumns } from './organization-store.ts';
import { putInTeam } from './teams.ts';
import { ofOrganization } from './tenant-scope.ts';
import { countOf, found, holdOrganization, type Reading, teamsLeft, type Writing } from './within-organization.ts';

type Acceptance = Parameters<InvitationStore['accept']>[0];
type AcceptanceCheck = Parameters<InvitationStore['accept']>[1]['check'];

/** Invitations in the store, known by the hashes of their links: whose one is shows only once its link was looked up. */
export function createInvitationStore(database: StoreDatabase): InvitationStore {
  return {
    openByHash: (hash, at) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('invitations')
          .selectAll()
          .where('hash', '=', hash)
          .where('accepted_at', 'is', null)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', at)
          .executeTakeFirst();
        return row && toInvitation(row);
      }),
    get: (organizationId, id) => database.within(organizationId).read((reading) => get(reading, organizationId, id)),
    list: (organizationId, { limit, afterId }) =>
      database.within(organizationId).read(async (reading) => {
        let query = reading
          .selectFrom('invitations')
          .selectAll()
          .where(ofOrganization({ organizationId }))
          .orderBy('id')
          .limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        return (await query.execute()).map(toInvitation);
      }),
    put: (invitation, hash, { check }) =>
      database.within(invitation.organizationId).write(async (transaction) => {
        const { organizationId, teamIds } = invitation;
        await holdOrganization(transaction, organizationId);
        const former = await openOf(transaction, invitation);
        check({
          open: await countOpen(transaction, organizationId, former?.id),
          isMember: await isMember(transaction, invitation),
          areTeamsThere: (await teamsLeft(transaction, organizationId, teamIds)).length === teamIds.length,
        });
        if (former !== undefined) return await replace(transaction, { ...invitation, id: former.id }, hash);
        await transaction
          .insertInto('invitations')
          .values({
            ...columnsOf(invitation),
            id: invitation.id,
            organization_id: organizationId,
            email: orNull(invitation.email),
            hash,
          })
          .execute();
        return invitation;
      }),
    renew: (organizationId, { id, hash, expiresAt }, { check }) =>
      changeOne(database, { organizationId, id, set: { hash, expires_at: expiresAt } }, check),
    revoke: (organizationId, { id, at }, { check }) =>
      changeOne(database, { organizationId, id, set: { revoked_at: at } }, check),
    accept: (acceptance, { check }) => database.write((transaction) => accept(transaction, acceptance, check)),
  };
}

async function get(reading: Reading, organizationId: string, id: string): Promise<Invitation | undefined> {
  const row = await reading
    .selectFrom('invitations')
    .selectAll()
    .where(ofOrganization({ organizationId }))
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toInvitation(row);
}

/** The one for the same address that was neither accepted nor revoked, if its time has passed, too. */
async function openOf(reading: Reading, { organizationId, email }: Invitation) {
  return await reading
    .selectFrom('invitations')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('email', '=', orNull(email))
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

async function countOpen(reading: Reading, organizationId: string, exceptId = ''): Promise<number> {
  const { count } = await reading
    .selectFrom('invitations')
    .select((rows) => rows.fn.countAll().as('count'))
    .where('organization_id', '=', organizationId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('id', '!=', exceptId)
    .executeTakeFirstOrThrow();
  return wholeNumber(count);
}

async function isMember(reading: Reading, { organizationId, email }: Invitation): Promise<boolean> {
  const row = await reading
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select('members.id')
    .where('members.organization_id', '=', organizationId)
    .where('users.email', '=', orNull(email))
    .executeTakeFirst();
  return row !== undefined;
}

async function replace(transaction: Writing, invitation: Invitation, hash: string): Promise<Invitation> {
  await transaction
    .updateTable('invitations')
    .set({ ...columnsOf(invitation), hash })
    .where('id', '=', invitation.id)
    .execute();
  return invitation;
}

type OneChange = {
  readonly organizationId: string;
  readonly id: string;
  readonly set: Partial<Pick<InvitationTable, 'hash' | 'expires_at' | 'revoked_at'>>;
};

async function changeOne(
  database: StoreDatabase,
  { organizationId, id, set }: OneChange,
  check: (invitation: Invitation) => void,
) {
  return await database.within(organizationId).write(async (transaction) => {
    await holdOrganization(transaction, organizationId);
    const before = found(await get(transaction, organizationId, id));
    check(before);
    await transaction.updateTable('invitations').set(set).where('id', '=', id).execute();
    return { before, after: found(await get(transaction, organizationId, id)) };
  });
}

/** The organization is held before the invitation is marked, as everywhere, so that two of these never wait in a ring. */
async function accept(
  transaction: Writing,
  { hash, userId, memberId, at }: Acceptance,
  check: AcceptanceCheck,
): Promise<Member | undefined> {
  const named = await transaction
    .selectFrom('invitations')
    .select('organization_id')
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (named === undefined) return undefined;
  const organization = await holdOrganization(transaction, named.organization_id);
  const row = await transaction
    .updateTable('invitations')
    .set({ accepted_at: at })
    .where('hash', '=', hash)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const invitation = toInvitation(row);
  const user = found(await transaction.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst());
  check({
    invitation,
    organizationState: organization.state,
    user: toUser(user),
    inviterRole: await roleOfInviter(transaction, invitation),
    memberCount: await countOf(transaction, 'members', organization.id),
  });
  return (
    (await memberOf(transaction, organization.id, userId)) ??
    (await addMember(transaction, {
      id: memberId,
      organizationId: organization.id,
      userId,
      role: invitation.role,
      state: 'active',
      teamIds: await teamsLeft(transaction, organization.id, invitation.teamIds),
      createdAt: at,
      revision: 1,
    }))
  );
}

async function addMember(transaction: Writing, member: Member): Promise<Member> {
  await transaction.insertInto('members').values(memberColumns(member)).execute();
  for (const teamId of member.teamIds) await putInTeam(transaction, member, teamId);
  return member;
}

async function memberOf(reading: Reading, organizationId: string, userId: string): Promise<Member | undefined> {
  const row = await reading
    .selectFrom('members')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const teams = await reading.selectFrom('team_members').select('team_id').where('member_id', '=', row.id).execute();
  return toMember(
    row,
    teams.map(({ team_id }) => team_id),
  );
}

async function roleOfInviter(
  reading: Reading,
  { organizationId, invitedBy }: Invitation,
): Promise<InvitationSeen['inviterRole']> {
  if (invitedBy === undefined) return undefined;
  const member = await reading
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select('members.role')
    .where('members.organization_id', '=', organizationId)
    .where('members.id', '=', invitedBy)
    .where('members.state', '=', 'active')
    .where('users.state', '=', 'active')
    .executeTakeFirst();
  const account = await reading
    .selectFrom('service_accounts')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('id', '=', invitedBy)
    .where('state', '=', 'active')
    .executeTakeFirst();
  // Only a Role is ever written to these columns.
  return ((member ?? account)?.role as Role | undefined) ?? 'gone';
}

/** What a new invitation of the same address replaces. */
function columnsOf(invitation: Invitation) {
  return {
    role: invitation.role,
    team_ids: toJsonText(invitation.teamIds),
    invited_by: orNull(invitation.invitedBy),
    created_at: invitation.createdAt,
    expires_at: invitation.expiresAt,
  };
}

function toInvitation(row: Selectable<InvitationTable>): Invitation {
  return {
    id: row.id,
    organizationId: row.organization_id,
    email: orUndefined(row.email),
    // Only a Role is ever written to this column.
    role: row.role as Role,
    teamIds: stringList(row.team_ids) ?? [],
    invitedBy: orUndefined(row.invited_by),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    acceptedAt: orUndefined(row.accepted_at),
    revokedAt: orUndefined(row.revoked_at),
  };
}
