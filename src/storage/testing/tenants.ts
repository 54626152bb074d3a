import type { StoreDatabase } from '../database.ts';
import { DEFAULT_TENANT } from '../default-tenant.ts';
import type { StoreLocation } from '../open-store.ts';
import { openPostgres } from '../postgres-database.ts';
import { openSqlite } from '../sqlite-database.ts';

/** Ids of what {@link addTenants} puts into a store. */
export const SECOND_PROJECT = { ...DEFAULT_TENANT, projectId: 'proj_second' };
export const OTHER_TENANT = { organizationId: 'org_two', projectId: 'proj_two' };
export const MEMBER_ID = 'mem_1';
export const SERVICE_ACCOUNT_ID = 'svc_1';

/** A second project, a team with its own, a member, a service account, and an organization beside the first. */
export async function addTenants(location: StoreLocation): Promise<void> {
  const database: StoreDatabase =
    location.kind === 'sqlite' ? openSqlite(location.path) : openPostgres(location, () => undefined);
  const { organizationId: organization_id } = DEFAULT_TENANT;
  const { organizationId, projectId } = OTHER_TENANT;
  const role = 'developer';
  const state = 'active';
  await database.write(async (transaction) => {
    await transaction.insertInto('organizations').values({ id: organizationId, name: 'Two', created_at: 1 }).execute();
    await transaction
      .insertInto('projects')
      .values([
        { id: projectId, organization_id: organizationId, name: 'Two', created_at: 1, is_default: 1 },
        { id: SECOND_PROJECT.projectId, organization_id, name: 'Second', created_at: 2, is_default: 0 },
      ])
      .execute();
    await transaction
      .insertInto('users')
      .values({ id: 'usr_1', email: 'a@example.com', state, created_at: 1 })
      .execute();
    await transaction
      .insertInto('members')
      .values({ id: MEMBER_ID, organization_id, user_id: 'usr_1', role, state, created_at: 1 })
      .execute();
    await transaction
      .insertInto('service_accounts')
      .values({ id: SERVICE_ACCOUNT_ID, organization_id, name: 'ci', role, state, created_at: 1 })
      .execute();
  });
  await database.close();
}
