import type { OrganizationScope, Tenant } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { ofRevision } from './revision.ts';
import { ofOrganization, ofTenant } from './tenant-scope.ts';

/** Tables of configuration whose rows belong to a tenant and have an id. */
type ConfigurationTable = 'connections' | 'credentials' | 'identity_overrides' | 'model_aliases' | 'models' | 'routes';

type RowToRemove = {
  readonly tenant: Tenant;
  readonly id: string;
  /** Only of a table whose rows have revisions: the one that it must still have. */
  readonly ifRevision?: number | undefined;
};

/** Removes a tenant's row of configuration; false, and no new version, when there is none of that id and revision. */
export function removeRow(
  database: StoreDatabase,
  table: ConfigurationTable,
  { tenant, id, ifRevision }: RowToRemove,
): Promise<boolean> {
  return changeConfiguration(
    database.within(tenant.organizationId),
    async (transaction) => {
      const { numDeletedRows } = await transaction
        .deleteFrom(table)
        .where(ofTenant(tenant))
        .where('id', '=', id)
        .where(ofRevision(ifRevision))
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    Boolean,
  );
}

/** Removes an organization's row that is no configuration; false when there is none of that id and revision. */
export function removeOwnRow(
  database: StoreDatabase,
  table: 'management_keys' | 'webhooks',
  {
    scope,
    id,
    ifRevision,
  }: { readonly scope: OrganizationScope; readonly id: string; readonly ifRevision: number | undefined },
): Promise<boolean> {
  return database.within(scope.organizationId).write(async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom(table)
      .where(ofOrganization(scope))
      .where('id', '=', id)
      .where(ofRevision(ifRevision))
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  });
}
