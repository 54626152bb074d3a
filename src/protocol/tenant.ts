/** Whose row it is. Every repository call takes it, so that no query can forget whose data it reads. */
export type Tenant = { readonly organizationId: string; readonly projectId: string };

/** Rows of an organization, in whichever of its projects. */
export type OrganizationScope = Pick<Tenant, 'organizationId'>;
