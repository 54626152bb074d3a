import type { Access, Project, Role } from '../../protocol/people.ts';
import type { Tenant } from '../../protocol/tenant.ts';
import { permissionsOfRole } from '../roles.ts';

/** A person who is a member with that role, and what they may do. */
export function accessOf(role: Role, tenant: Tenant, given: Partial<Access> = {}): Access {
  return {
    actor: { kind: 'person', userId: 'usr_1', sessionId: 'sess_1', isOperator: false, onlyOrganizationId: undefined },
    tenant,
    role,
    memberId: 'mem_1',
    serviceAccountId: undefined,
    teamIds: [],
    permissions: permissionsOfRole(role),
    ...given,
  };
}

/** A project that is everybody’s in its organization, unless a test says otherwise. */
export function project(id: string, organizationId: string, given: Partial<Project> = {}): Project {
  return {
    id,
    organizationId,
    teamId: undefined,
    name: id,
    isDefault: false,
    archivedAt: undefined,
    createdAt: 0,
    revision: 1,
    ...given,
  };
}
