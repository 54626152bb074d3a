import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { OrganizationScope, Tenant } from '../../protocol/tenant.ts';

/** The condition that every query on a tenant-owned table carries. */
export function ofTenant(tenant: Tenant): RawBuilder<boolean> {
  return sql<boolean>`organization_id = ${tenant.organizationId} AND project_id = ${tenant.projectId}`;
}

/** The condition of a query that looks into every project of an organization; `table` where several have the column. */
export function ofOrganization(scope: OrganizationScope, table?: string): RawBuilder<boolean> {
  const column = sql.ref(table === undefined ? 'organization_id' : `${table}.organization_id`);
  return sql<boolean>`${column} = ${scope.organizationId}`;
}
