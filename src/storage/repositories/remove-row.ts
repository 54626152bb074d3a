import type { Tenant } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import { ofTenant } from './tenant-scope.ts';

/** Tables of configuration whose rows belong to a tenant and have an id. */
type ConfigurationTable =
  | 'connections'
  | 'credentials'
  | 'identity_overrides'
  | 'model_aliases'
  | 'models'
  | 'virtual_keys';

/** Removes a tenant's row of configuration; false, and no new version, when there is none of that id. */
export function removeRow(
  database: StoreDatabase,
  table: ConfigurationTable,
  { tenant, id }: { readonly tenant: Tenant; readonly id: string },
): Promise<boolean> {
  return changeConfiguration(
    database.within(tenant.organizationId),
    async (transaction) => {
      const { numDeletedRows } = await transaction
        .deleteFrom(table)
        .where(ofTenant(tenant))
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    Boolean,
  );
}
