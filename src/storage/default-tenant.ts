import type { Tenant } from '../protocol/tenant.ts';

/** The organization and project that every store is seeded with, and that all rows belong to until people sign in. */
export const DEFAULT_TENANT: Tenant = { organizationId: 'org_default', projectId: 'proj_default' };
