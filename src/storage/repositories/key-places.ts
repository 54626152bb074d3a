import type { KeyOwnerReader, ProjectReader } from '../../identity/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { toProject } from './organizations.ts';
import { ofOrganization } from './tenant-scope.ts';

/** The projects that keys are made in, oldest first. */
export function createProjectReader(database: StoreDatabase): ProjectReader {
  return {
    list: (scope) =>
      database.within(scope.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('projects')
          .selectAll()
          .where(ofOrganization(scope))
          .orderBy('created_at')
          .orderBy('id')
          .execute();
        return rows.map(toProject);
      }),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('projects')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toProject(row);
      }),
  };
}

/** Whether there are those whom keys are made for. */
export function createKeyOwnerReader(database: StoreDatabase): KeyOwnerReader {
  return {
    has: (scope, owner) =>
      database.within(scope.organizationId).read(async (reading) => {
        const isMember = 'memberId' in owner;
        const row = await reading
          .selectFrom(isMember ? 'members' : 'service_accounts')
          .select('id')
          .where(ofOrganization(scope))
          .where('id', '=', isMember ? owner.memberId : owner.serviceAccountId)
          .executeTakeFirst();
        return row !== undefined;
      }),
  };
}
