import type { Selectable } from 'kysely';
import type { AccessStore, Membership, PlaceStore } from '../../identity/ports.ts';
import type { ManagementKey, Member, OrganizationState, Role, Session, User } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { isSet, orUndefined, stringList } from '../engine.ts';
import type { ManagementKeyTable, MemberTable, UserTable } from '../schema.ts';
import type { SessionTable } from '../session-schema.ts';
import { toOrganization } from './organizations.ts';

/** Where people belong, as they are shown it. */
export function createPlaceStore(database: StoreDatabase): PlaceStore {
  return {
    ofPerson: async (userId) => {
      const memberships = await membershipsOf(database, userId);
      if (memberships.length === 0) return [];
      const ids = memberships.map(({ member }) => member.organizationId);
      const rows = await database.read((reading) =>
        reading.selectFrom('organizations').selectAll().where('id', 'in', ids).execute(),
      );
      return memberships.flatMap(({ member }) => {
        const row = rows.find(({ id }) => id === member.organizationId);
        return row === undefined ? [] : [{ organization: toOrganization(row), member }];
      });
    },
  };
}

/** What authorization reads of the store. Each is one query, or two where teams are asked for. */
export function createAccessStore(database: StoreDatabase): AccessStore {
  return {
    organization: (id) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('organizations')
          .innerJoin('projects', 'projects.organization_id', 'organizations.id')
          .select(['organizations.state', 'projects.id as project_id'])
          .where('organizations.id', '=', id)
          .where('projects.is_default', '=', 1)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        return { tenant: { organizationId: id, projectId: row.project_id }, state: toState(row.state) };
      }),
    membershipsOf: (userId) => membershipsOf(database, userId),
    sessionByHash: (hash, { nowMs, seenSinceMs }) =>
      database.read(async (reading) => {
        const session = await reading
          .selectFrom('sessions')
          .selectAll()
          .where('hash', '=', hash)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', nowMs)
          .where('last_seen_at', '>', seenSinceMs)
          .executeTakeFirst();
        if (session === undefined) return undefined;
        const user = await reading
          .selectFrom('users')
          .selectAll()
          .where('id', '=', session.user_id)
          .where('state', '=', 'active')
          .executeTakeFirst();
        if (user === undefined) return undefined;
        const connection =
          session.sso_connection_id === null
            ? undefined
            : await reading
                .selectFrom('sso_connections')
                .select('organization_id')
                .where('id', '=', session.sso_connection_id)
                .where('state', '=', 'active')
                .executeTakeFirst();
        // A way to sign in that was removed or switched off takes its sessions along.
        if (session.sso_connection_id !== null && connection === undefined) return undefined;
        const ssoOrganizationId = orUndefined(connection?.organization_id ?? null);
        return { session: toSession(session), user: toUser(user), ssoOrganizationId };
      }),
    noteSeen: ({ sessionId, userId, at }) =>
      database.write(async (transaction) => {
        await transaction.updateTable('sessions').set({ last_seen_at: at }).where('id', '=', sessionId).execute();
        await transaction.updateTable('users').set({ last_seen_at: at }).where('id', '=', userId).execute();
      }),
    managementKeyByHash: (hash, nowMs) => managementKeyByHash(database, hash, nowMs),
  };
}

async function membershipsOf(database: StoreDatabase, userId: string): Promise<readonly Membership[]> {
  return await database.read(async (reading) => {
    const rows = await reading
      .selectFrom('members')
      .innerJoin('organizations', 'organizations.id', 'members.organization_id')
      .innerJoin('projects', 'projects.organization_id', 'members.organization_id')
      .selectAll('members')
      .select(['organizations.state as organization_state', 'projects.id as project_id'])
      .where('members.user_id', '=', userId)
      .where('members.state', '=', 'active')
      .where('organizations.state', '!=', 'closed')
      .where('projects.is_default', '=', 1)
      .orderBy('members.created_at')
      .orderBy('members.id')
      .execute();
    if (rows.length === 0) return [];
    const teams = await reading
      .selectFrom('team_members')
      .select(['member_id', 'team_id'])
      .where(
        'member_id',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('team_id')
      .execute();
    return rows.map((row) => ({
      member: toMember(
        row,
        teams.filter((team) => team.member_id === row.id).map((team) => team.team_id),
      ),
      organizationState: toState(row.organization_state),
      tenant: { organizationId: row.organization_id, projectId: row.project_id },
    }));
  });
}

async function managementKeyByHash(
  database: StoreDatabase,
  hash: string,
  nowMs: number,
): Promise<Awaited<ReturnType<AccessStore['managementKeyByHash']>>> {
  return await database.read(async (reading) => {
    const key = await reading
      .selectFrom('management_keys')
      .selectAll()
      .where((row) =>
        row.or([row('hash', '=', hash), row.and([row('previous_hash', '=', hash), row('previous_until', '>', nowMs)])]),
      )
      .where('revoked_at', 'is', null)
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', nowMs)]))
      .executeTakeFirst();
    if (key === undefined) return undefined;
    const place = await reading
      .selectFrom('organizations')
      .innerJoin('projects', 'projects.organization_id', 'organizations.id')
      .select(['organizations.state', 'projects.id as project_id'])
      .where('organizations.id', '=', key.organization_id)
      .where('projects.is_default', '=', 1)
      .executeTakeFirstOrThrow();
    const found = {
      key: toManagementKey(key),
      tenant: { organizationId: key.organization_id, projectId: place.project_id },
      organizationState: toState(place.state),
    };
    if (key.service_account_id !== null) {
      const account = await reading
        .selectFrom('service_accounts')
        .select('role')
        .where('id', '=', key.service_account_id)
        .where('state', '=', 'active')
        .executeTakeFirst();
      return account && { ...found, role: toRole(account.role), teamIds: [] };
    }
    const owner = await reading
      .selectFrom('members')
      .innerJoin('users', 'users.id', 'members.user_id')
      .select('members.role')
      .where('members.id', '=', key.member_id)
      .where('members.state', '=', 'active')
      .where('users.state', '=', 'active')
      .executeTakeFirst();
    if (owner === undefined) return undefined;
    const teams = await reading
      .selectFrom('team_members')
      .select('team_id')
      .where('member_id', '=', key.member_id)
      .orderBy('team_id')
      .execute();
    return { ...found, role: toRole(owner.role), teamIds: teams.map(({ team_id }) => team_id) };
  });
}

// Words of closed unions are only ever written from the same types.
const toState = (stored: string): OrganizationState => stored as OrganizationState;
const toRole = (stored: string): Role => stored as Role;

/** A stored row → person. */
export function toUser(row: Selectable<UserTable>): User {
  return {
    id: row.id,
    email: orUndefined(row.email),
    name: orUndefined(row.name),
    locale: orUndefined(row.locale),
    passwordHash: orUndefined(row.password_hash),
    emailVerifiedAt: orUndefined(row.email_verified_at),
    // Only a UserState is ever written to this column.
    state: row.state as User['state'],
    stateReason: orUndefined(row.state_reason),
    stateChangedAt: orUndefined(row.state_changed_at),
    isOperator: isSet(row.is_operator),
    createdAt: row.created_at,
    lastSeenAt: orUndefined(row.last_seen_at),
    revision: row.revision,
  };
}

/** A stored row and the member's teams → member. */
export function toMember(row: Selectable<MemberTable>, teamIds: readonly string[]): Member {
  return {
    id: row.id,
    organizationId: row.organization_id,
    userId: row.user_id,
    role: toRole(row.role),
    // Only a member's state is ever written to this column.
    state: row.state as Member['state'],
    teamIds,
    createdAt: row.created_at,
    revision: row.revision,
  };
}

/** A stored row → session. */
export function toSession(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    userId: row.user_id,
    ssoConnectionId: orUndefined(row.sso_connection_id),
    address: orUndefined(row.address),
    userAgent: orUndefined(row.user_agent),
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    revokedAt: orUndefined(row.revoked_at),
  };
}

/** A stored row → management key, without its hashes. */
export function toManagementKey(row: Selectable<ManagementKeyTable>): ManagementKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    memberId: orUndefined(row.member_id),
    serviceAccountId: orUndefined(row.service_account_id),
    name: row.name,
    masked: row.masked,
    scopes: stringList(row.scopes) ?? [],
    allowedAddresses: stringList(row.allowed_addresses),
    expiresAt: orUndefined(row.expires_at),
    revokedAt: orUndefined(row.revoked_at),
    previousUntil: orUndefined(row.previous_until),
    createdAt: row.created_at,
    lastUsedAt: orUndefined(row.last_used_at),
    revision: row.revision,
  };
}
