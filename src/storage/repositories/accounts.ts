import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { AccountStore } from '../../identity/ports.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { Member, Organization, Project, User } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, orNull } from '../engine.ts';
import type { Schema } from '../schema.ts';
import { writeClaim } from './starter-credits.ts';

/** Rows of one kind in what a person takes along; more is in the lists of the control API. */
const EXPORT_ROWS_MAX = 10_000;

/** What touches a person and their places in one commit. */
export function createAccountStore(database: StoreDatabase): AccountStore {
  return {
    createMember: (user, member) =>
      database.write(async (transaction) => {
        await insertUser(transaction, user);
        await insertMember(transaction, member);
      }),
    givePersonalOrganization: (place) => givePersonalOrganization(database, place),
    join: (member) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('members')
          .values(memberColumns(member))
          .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
          .execute();
      }),
    isMember: (organizationId, userId) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('members')
          .select('id')
          .where('organization_id', '=', organizationId)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        return row !== undefined;
      }),
    syncRole: ({ organizationId, userId, role }) =>
      database.write(async (transaction) => {
        await sql`UPDATE members SET role = ${role}, revision = revision + 1 WHERE organization_id = ${organizationId}
          AND user_id = ${userId} AND role <> ${role} AND role <> 'owner'`.execute(transaction);
      }),
    forgetUnproved: (userId, at) =>
      database.write(async (transaction) => {
        await sql`UPDATE users SET password_hash = NULL, email_verified_at = ${at}, revision = revision + 1
          WHERE id = ${userId}`.execute(transaction);
        await sql`UPDATE sessions SET revoked_at = ${at} WHERE user_id = ${userId} AND revoked_at IS NULL`.execute(
          transaction,
        );
        await sql`UPDATE one_time_tokens SET used_at = ${at} WHERE user_id = ${userId} AND used_at IS NULL`.execute(
          transaction,
        );
      }),
    onlyOwnerOf: (userId) =>
      database.read(async (reading) => {
        const { rows } = await sql<{ id: string }>`
          SELECT organizations.id AS id FROM members
          JOIN organizations ON organizations.id = members.organization_id
          WHERE members.user_id = ${userId} AND members.role = 'owner'
            AND organizations.kind = 'standard' AND organizations.state <> 'closed'
            AND NOT EXISTS (
              SELECT 1 FROM members AS others JOIN users ON users.id = others.user_id
              WHERE others.organization_id = members.organization_id AND others.user_id <> ${userId}
                AND others.role = 'owner' AND others.state = 'active' AND users.state = 'active'
            )
          ORDER BY organizations.id`.execute(reading);
        return rows.map(({ id }) => id);
      }),
    close: (userId, at) =>
      changeConfiguration(database, async (transaction) => {
        await transaction
          .updateTable('users')
          .set({ state: 'closed', state_changed_at: at, revision: sql<number>`revision + 1` })
          .where('id', '=', userId)
          .execute();
        await endEverything(transaction, userId, at);
      }),
    erase: (userId, at) => changeConfiguration(database, (transaction) => erase(transaction, userId, at)),
    exportOf: (userId) => database.readTogether((view) => exportOf(view, userId)),
  };
}

/** Two that come at once wait for each other at the person's row, and the second finds the first one's. */
async function givePersonalOrganization(
  database: StoreDatabase,
  { organization, project, owner, starter }: Parameters<AccountStore['givePersonalOrganization']>[0],
): Promise<void> {
  await changeConfiguration(
    database,
    async (transaction) => {
      await lockUser(transaction, owner.userId, database.engine);
      const present = await transaction
        .selectFrom('members')
        .innerJoin('organizations', 'organizations.id', 'members.organization_id')
        .select('members.id')
        .where('members.user_id', '=', owner.userId)
        .where('organizations.kind', '=', 'personal')
        .executeTakeFirst();
      if (present !== undefined) return false;
      await insertOrganization(transaction, organization, project);
      await insertMember(transaction, owner);
      if (starter !== undefined) await writeClaim(transaction, database.engine, starter);
      return true;
    },
    Boolean,
  );
}

async function insertOrganization(
  transaction: Transaction<Schema>,
  organization: Organization,
  project: Project,
): Promise<void> {
  await transaction
    .insertInto('organizations')
    .values({
      id: organization.id,
      name: organization.name,
      kind: organization.kind,
      state: organization.state,
      own_credentials_use: organization.ownCredentialsUse,
      broken_stream_policy: organization.brokenStreamPolicy,
      created_at: organization.createdAt,
    })
    .execute();
  await transaction
    .insertInto('projects')
    .values({
      id: project.id,
      organization_id: project.organizationId,
      name: project.name,
      is_default: flag(project.isDefault),
      created_at: project.createdAt,
    })
    .execute();
}

/** Two who come at once wait for each other here; SQLite's one writer does so by itself. */
async function lockUser(transaction: Transaction<Schema>, userId: string, engine: StoreDatabase['engine']) {
  if (engine === 'postgres') await sql`SELECT id FROM users WHERE id = ${userId} FOR UPDATE`.execute(transaction);
}

async function insertUser(transaction: Transaction<Schema>, user: User): Promise<void> {
  await transaction
    .insertInto('users')
    .values({
      id: user.id,
      email: orNull(user.email),
      name: orNull(user.name),
      locale: orNull(user.locale),
      password_hash: orNull(user.passwordHash),
      email_verified_at: orNull(user.emailVerifiedAt),
      state: user.state,
      is_operator: flag(user.isOperator),
      created_at: user.createdAt,
    })
    .execute();
}

async function insertMember(transaction: Transaction<Schema>, member: Member): Promise<void> {
  await transaction.insertInto('members').values(memberColumns(member)).execute();
}

function memberColumns(member: Member) {
  return {
    id: member.id,
    organization_id: member.organizationId,
    user_id: member.userId,
    role: member.role,
    state: member.state,
    created_at: member.createdAt,
  };
}

/** Ids of everything that a person is or was a member as. */
function membersOf(userId: string) {
  return sql`(SELECT id FROM members WHERE user_id = ${userId})`;
}

/** Sessions, links and keys end; organizations that were the person's own close with them, and store no contents. */
async function endEverything(transaction: Transaction<Schema>, userId: string, at: number): Promise<void> {
  const ownOrganizations = sql`(SELECT organizations.id FROM organizations
    JOIN members ON members.organization_id = organizations.id
    WHERE members.user_id = ${userId} AND organizations.kind = 'personal')`;
  await sql`UPDATE sessions SET revoked_at = ${at} WHERE user_id = ${userId} AND revoked_at IS NULL`.execute(
    transaction,
  );
  await sql`UPDATE one_time_tokens SET used_at = ${at} WHERE user_id = ${userId} AND used_at IS NULL`.execute(
    transaction,
  );
  await sql`UPDATE organizations SET state = 'closed', state_changed_at = ${at}, revision = revision + 1
    WHERE id IN ${ownOrganizations} AND state <> 'closed'`.execute(transaction);
  for (const table of ['content_policies', 'request_contents'] as const) {
    await sql`DELETE FROM ${sql.table(table)} WHERE organization_id IN ${ownOrganizations}`.execute(transaction);
  }
  for (const table of ['virtual_keys', 'management_keys'] as const) {
    await sql`UPDATE ${sql.table(table)} SET revoked_at = ${at}, revision = revision + 1 WHERE revoked_at IS NULL
      AND (member_id IN ${membersOf(userId)} OR organization_id IN ${ownOrganizations})`.execute(transaction);
  }
}

/** The ids stay, as the pseudonym of what was done under them; what says who it was goes. */
async function erase(transaction: Transaction<Schema>, userId: string, at: number): Promise<void> {
  await endEverything(transaction, userId, at);
  const person = await transaction.selectFrom('users').select('email').where('id', '=', userId).executeTakeFirst();
  const email = person?.email ?? undefined;
  if (email !== undefined) {
    await sql`UPDATE invitations SET email = NULL WHERE email = ${email}`.execute(transaction);
  }
  await transaction
    .updateTable('users')
    .set({
      email: null,
      name: null,
      locale: null,
      password_hash: null,
      email_verified_at: null,
      state: 'erased',
      state_reason: null,
      state_changed_at: at,
      is_operator: 0,
      last_seen_at: null,
      revision: sql<number>`revision + 1`,
    })
    .where('id', '=', userId)
    .execute();
  await transaction.deleteFrom('user_identities').where('user_id', '=', userId).execute();
  await transaction.deleteFrom('one_time_tokens').where('user_id', '=', userId).execute();
  await transaction.deleteFrom('sessions').where('user_id', '=', userId).execute();
  await sql`UPDATE organizations SET name = 'Personal', revision = revision + 1 WHERE kind = 'personal'
    AND id IN (SELECT organization_id FROM members WHERE user_id = ${userId})`.execute(transaction);
  await sql`DELETE FROM request_contents
    WHERE id IN (SELECT id FROM usage_records WHERE member_id IN ${membersOf(userId)})`.execute(transaction);
  await sql`UPDATE request_records SET client_address = NULL, user_agent = NULL
    WHERE id IN (SELECT id FROM usage_records WHERE member_id IN ${membersOf(userId)})`.execute(transaction);
  await sql`UPDATE usage_records SET end_user = NULL, client_request_id = NULL
    WHERE member_id IN ${membersOf(userId)}`.execute(transaction);
  await sql`UPDATE audit_entries SET address = NULL, user_agent = NULL
    WHERE actor_id = ${userId} AND (address IS NOT NULL OR user_agent IS NOT NULL)`.execute(transaction);
}

async function exportOf(view: Transaction<Schema>, userId: string): Promise<JsonObject> {
  const rows = async (query: { readonly execute: (on: Transaction<Schema>) => Promise<{ rows: unknown[] }> }) =>
    // What SELECT gives of these columns is text, numbers and NULL, which JSON has words for.
    (await query.execute(view)).rows as JsonValue[];
  const mine = membersOf(userId);
  return {
    person: (
      await rows(sql`SELECT id, email, name, locale, email_verified_at, state, is_operator, created_at, last_seen_at
        FROM users WHERE id = ${userId}`)
    )[0],
    memberships: await rows(sql`SELECT members.id AS id, organization_id, organizations.name AS organization, role,
      members.state AS state, members.created_at AS created_at FROM members
      JOIN organizations ON organizations.id = members.organization_id WHERE user_id = ${userId}
      ORDER BY members.created_at`),
    sessions: await rows(sql`SELECT id, address, user_agent, created_at, last_seen_at, expires_at, revoked_at
      FROM sessions WHERE user_id = ${userId} ORDER BY created_at`),
    sign_ins_elsewhere: await rows(sql`SELECT sso_connection_id, subject, created_at, last_used_at
      FROM user_identities WHERE user_id = ${userId} ORDER BY created_at`),
    virtual_keys: await rows(sql`SELECT id, name, masked, created_at, last_used_at, revoked_at
      FROM virtual_keys WHERE member_id IN ${mine} ORDER BY created_at`),
    management_keys: await rows(sql`SELECT id, name, masked, scopes, created_at, last_used_at, revoked_at
      FROM management_keys WHERE member_id IN ${mine} ORDER BY created_at`),
    requests:
      await rows(sql`SELECT request_id, started_at, operation, requested_model, input_tokens, output_tokens, status
      FROM usage_records WHERE member_id IN ${mine} ORDER BY started_at DESC LIMIT ${EXPORT_ROWS_MAX}`),
    acts: await rows(sql`SELECT at, action, target_kind, target_id, outcome, address, user_agent
      FROM audit_entries WHERE actor_id = ${userId} ORDER BY sequence DESC LIMIT ${EXPORT_ROWS_MAX}`),
  };
}
