import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { OrganizationScope, Tenant } from '../../protocol/tenant.ts';

/** The condition that every query on a tenant-owned table carries. */
export function ofTenant(tenant: Tenant): RawBuilder<boolean> {
  return sql<boolean>`organization_id = ${tenant.organizationId} AND project_id = ${tenant.projectId}`;
}

/** The condition of a query that looks into every project of an organization. */
export function ofOrganization(scope: OrganizationScope): RawBuilder<boolean> {
  return sql<boolean>`organization_id = ${scope.organizationId}`;
}
