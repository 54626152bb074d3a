import { GatewayError } from '../kernel/errors.ts';
import type { Access, Project } from '../protocol/people.ts';
import type { KeyOwner, ProjectReader } from './ports.ts';

/** Whether somebody may use a project: everybody one that is no team's, and a team's own those who see all or are in it. */
export function mayUseProject(access: Access, project: Pick<Project, 'organizationId' | 'teamId'>): boolean {
  if (project.organizationId !== access.tenant.organizationId) return false;
  return project.teamId === undefined || seesEveryProject(access) || access.teamIds.includes(project.teamId);
}

/** Whether somebody may change what others in the organization own. */
export function managesOthers({ role }: Access): boolean {
  return role === 'owner' || role === 'admin';
}

/** Whether somebody may see what others in the organization own. */
export function seesOthers(access: Access): boolean {
  return managesOthers(access) || isOperator(access);
}

/** Whose keys the caller's own are; `undefined` for the installation and its operators, who own none. */
export function ownerOf({ memberId, serviceAccountId }: Access): KeyOwner | undefined {
  if (memberId !== undefined) return { memberId };
  return serviceAccountId === undefined ? undefined : { serviceAccountId };
}

export function isOwnedBy(
  key: { readonly memberId: string | undefined; readonly serviceAccountId: string | undefined },
  owner: KeyOwner | undefined,
): boolean {
  if (owner === undefined) return false;
  return 'memberId' in owner ? key.memberId === owner.memberId : key.serviceAccountId === owner.serviceAccountId;
}

function seesEveryProject(access: Access): boolean {
  return seesOthers(access) || access.role === 'billing';
}

/** One without a role in the organization came in as an operator. */
function isOperator({ actor, role }: Access): boolean {
  return role === undefined || (actor.kind === 'person' && actor.isOperator);
}

/** The projects that somebody may use, whose keys and usage they see. */
export type VisibleProjects = {
  /** `undefined`: all of the organization, whatever is made later. */
  readonly idsOf: (access: Access) => Promise<readonly string[] | undefined>;
  /** @throws GatewayError `resource.not_found` for one that is not there or not visible, alike */
  readonly find: (access: Access, projectId: string) => Promise<Project>;
};

export function createVisibleProjects(projects: ProjectReader): VisibleProjects {
  return {
    idsOf: async (access) => {
      if (seesEveryProject(access)) return undefined;
      const all = await projects.list(access.tenant);
      return all.filter((project) => mayUseProject(access, project)).map(({ id }) => id);
    },
    find: async (access, projectId) => {
      const project = await projects.get(access.tenant, projectId);
      if (project !== undefined && mayUseProject(access, project)) return project;
      throw new GatewayError('resource.not_found', { message: 'There is no such project.', param: 'project_id' });
    },
  };
}
