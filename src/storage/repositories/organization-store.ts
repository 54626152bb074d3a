import type { Insertable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { OrganizationChange, OrganizationStore } from '../../identity/people-ports.ts';
import type { LogoType, Member, Organization, Project } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { flag, orNull, toJsonText, wholeNumber } from '../engine.ts';
import type { MemberTable, OrganizationTable, ProjectTable } from '../schema.ts';
import { changedColumns } from './changes.ts';
import { toOrganization } from './organizations.ts';
import {
  assertRevision,
  contains,
  holdOrganization,
  revokeVirtualKeys,
  unchangedSince,
  type Writing,
} from './within-organization.ts';

/** Organizations in the store. */
export function createOrganizationStore(database: StoreDatabase): OrganizationStore {
  return {
    insert: ({ organization, project, owner }, { check }) =>
      changeConfiguration(database, async (transaction) => {
        const { count } = await transaction
          .selectFrom('organizations')
          .select((organizations) => organizations.fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
        check(wholeNumber(count));
        await transaction.insertInto('organizations').values(organizationColumns(organization)).execute();
        await transaction.insertInto('projects').values(projectColumns(project)).execute();
        if (owner !== undefined) await transaction.insertInto('members').values(memberColumns(owner)).execute();
      }),
    get: (id) =>
      database.read(async (reading) => {
        const row = await reading.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst();
        return row && toOrganization(row);
      }),
    list: ({ limit, afterId, state, search }) =>
      database.read(async (reading) => {
        let query = reading.selectFrom('organizations').selectAll().orderBy('id').limit(limit);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        if (state !== undefined) query = query.where('state', '=', state);
        if (search !== undefined) query = query.where(contains(sql.ref('name'), search));
        return (await query.execute()).map(toOrganization);
      }),
    update: (id, change, { ifRevision, check }) =>
      changeConfiguration(database, async (transaction) => {
        const before = await holdOrganization(transaction, id);
        assertRevision(before, ifRevision);
        check(before);
        return { before, after: await update(transaction, before, change) };
      }),
    logo: (id) =>
      database.within(id).read(async (reading) => {
        const row = await reading
          .selectFrom('organization_logos')
          .select(['type', 'data'])
          .where('organization_id', '=', id)
          .executeTakeFirst();
        // The column holds what was written from a Logo.
        return row && { type: row.type as LogoType, bytes: Buffer.from(row.data, 'base64') };
      }),
    setLogo: (id, logo, { ifRevision, check }) =>
      changeConfiguration(database, async (transaction) => {
        const before = await holdOrganization(transaction, id);
        assertRevision(before, ifRevision);
        check(before);
        await transaction.deleteFrom('organization_logos').where('organization_id', '=', id).execute();
        if (logo !== undefined) {
          const row = { organization_id: id, type: logo.type, data: logo.bytes.toString('base64') };
          await transaction.insertInto('organization_logos').values(row).execute();
        }
        const brand = { ...before.brand, logoVersion: logo?.version };
        return { before, after: await update(transaction, before, { brand }) };
      }),
    close: (id, { at, reason }, { ifRevision, check }) =>
      changeConfiguration(database, async (transaction) => {
        const before = await holdOrganization(transaction, id);
        assertRevision(before, ifRevision);
        check(before);
        await endEverything(transaction, id, at);
        const closed = { state: 'closed', stateReason: reason, stateChangedAt: at } as const;
        return { before, after: await update(transaction, before, closed) };
      }),
  };
}

async function update(transaction: Writing, before: Organization, change: OrganizationChange): Promise<Organization> {
  const row = await transaction
    .updateTable('organizations')
    .set((organization) => ({
      revision: organization('revision', '+', 1),
      ...changedColumns<OrganizationChange, Updateable<OrganizationTable>>(change, {
        name: (name) => ({ name }),
        state: (state) => ({ state }),
        stateReason: (reason) => ({ state_reason: orNull(reason) }),
        stateChangedAt: (changedAt) => ({ state_changed_at: orNull(changedAt) }),
        ownCredentialsAllowed: (allowed) => ({
          own_credentials_allowed: allowed === undefined ? null : flag(allowed),
        }),
        ownCredentialsUse: (use) => ({ own_credentials_use: use }),
        brokenStreamPolicy: (policy) => ({ broken_stream_policy: policy }),
        cacheClearedAt: (clearedAt) => ({ cache_cleared_at: orNull(clearedAt) }),
        brand: (brand) => ({ brand: toJsonText(brand) }),
        externalId: (id) => ({ external_id: orNull(id) }),
      }),
    }))
    .where('id', '=', before.id)
    .where('revision', '=', before.revision)
    .returningAll()
    .executeTakeFirst();
  return toOrganization(unchangedSince(row));
}

/**
 * The rows of keys and invitations stay, ended; those of members go, so that nobody belongs to it any more,
 * and what was said in requests goes, too.
 */
async function endEverything(transaction: Writing, organizationId: string, at: number): Promise<void> {
  await revokeVirtualKeys(transaction, { organizationId }, at);
  await transaction
    .updateTable('virtual_keys')
    .set({ member_id: null })
    .where('organization_id', '=', organizationId)
    .execute();
  await transaction
    .updateTable('management_keys')
    .set((key) => ({ revoked_at: at, revision: key('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('revoked_at', 'is', null)
    .execute();
  await transaction
    .updateTable('invitations')
    .set({ revoked_at: at })
    .where('organization_id', '=', organizationId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
  await transaction.deleteFrom('members').where('organization_id', '=', organizationId).execute();
  await transaction.deleteFrom('content_policies').where('organization_id', '=', organizationId).execute();
  await transaction.deleteFrom('request_contents').where('organization_id', '=', organizationId).execute();
}

/** An organization → the columns of its row. */
export function organizationColumns(organization: Organization): Insertable<OrganizationTable> {
  return {
    id: organization.id,
    name: organization.name,
    kind: organization.kind,
    state: organization.state,
    state_reason: orNull(organization.stateReason),
    state_changed_at: orNull(organization.stateChangedAt),
    own_credentials_allowed:
      organization.ownCredentialsAllowed === undefined ? null : flag(organization.ownCredentialsAllowed),
    own_credentials_use: organization.ownCredentialsUse,
    broken_stream_policy: organization.brokenStreamPolicy,
    brand: toJsonText(organization.brand),
    external_id: orNull(organization.externalId),
    cache_cleared_at: orNull(organization.cacheClearedAt),
    created_at: organization.createdAt,
    revision: organization.revision,
  };
}

/** A project → the columns of its row. */
export function projectColumns(project: Project): Insertable<ProjectTable> {
  return {
    id: project.id,
    organization_id: project.organizationId,
    name: project.name,
    team_id: orNull(project.teamId),
    is_default: flag(project.isDefault),
    archived_at: orNull(project.archivedAt),
    created_at: project.createdAt,
    revision: project.revision,
  };
}

/** A member → the columns of its row; teams have rows of their own. */
export function memberColumns(member: Member): Insertable<MemberTable> {
  return {
    id: member.id,
    organization_id: member.organizationId,
    user_id: member.userId,
    role: member.role,
    state: member.state,
    created_at: member.createdAt,
    revision: member.revision,
  };
}
