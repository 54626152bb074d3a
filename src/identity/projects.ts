import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';
import type { Access, Project } from '../protocol/people.ts';
import type { Changed, PageWanted, ProjectStore } from './people-ports.ts';
import { assertNameFree, assertRoomFor, conflict, readName } from './people-rules.ts';

const PROJECTS_MAX = 1000;

/** A field that is missing stays; `null` makes it everybody's in the organization. */
export type ProjectEdit = {
  readonly name?: string | undefined;
  readonly teamId?: string | null | undefined;
};

/** The projects of an organization that a caller may see. Everything throws GatewayError: `request.invalid`, `resource.…`. */
export type ProjectService = {
  readonly get: (access: Access, id: string) => Promise<Project | undefined>;
  readonly list: (
    access: Access,
    page: PageWanted & { readonly isArchived?: boolean | undefined },
  ) => Promise<readonly Project[]>;
  readonly create: (
    access: Access,
    input: { readonly name: string; readonly teamId: string | undefined },
  ) => Promise<Project>;
  readonly update: (access: Access, id: string, edit: ProjectEdit, ifRevision?: number) => Promise<Changed<Project>>;
  /** Ends the project's keys; its usage stays. */
  readonly archive: (access: Access, id: string, ifRevision?: number) => Promise<Changed<Project>>;
  /** Brings it back, without the keys that it had. */
  readonly unarchive: (access: Access, id: string, ifRevision?: number) => Promise<Changed<Project>>;
};

type Who = Pick<Access, 'tenant' | 'role' | 'teamIds' | 'permissions'>;

/**
 * Whether a caller may see and use a project. Developers and viewers have those of no team and those of their teams;
 * owners, admins, billing and operators have all of the organization.
 */
export function mayUseProject(access: Who, project: Pick<Project, 'organizationId' | 'teamId'>): boolean {
  if (project.organizationId !== access.tenant.organizationId) return false;
  return project.teamId === undefined || (teamsSeen(access)?.includes(project.teamId) ?? true);
}

/** The teams whose projects a caller sees; `undefined` for all. */
function teamsSeen({ role, teamIds, permissions }: Who): readonly string[] | undefined {
  const isLimited = role === 'developer' || role === 'viewer';
  return isLimited && !permissions.has('organizations.read') ? teamIds : undefined;
}

export function createProjectService(input: {
  readonly store: ProjectStore;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): ProjectService {
  const { store, now } = input;

  const setArchived = (access: Access, id: string, archivedAt: number | undefined, ifRevision: number | undefined) =>
    store.update(
      access.tenant.organizationId,
      { id, change: { archivedAt } },
      { ifRevision, check: ({ before }) => assertMayArchive(before, archivedAt) },
    );

  return {
    get: async (access, id) => {
      const project = await store.get(access.tenant.organizationId, id);
      return project !== undefined && mayUseProject(access, project) ? project : undefined;
    },
    list: (access, page) => store.list(access.tenant.organizationId, { ...page, teamIds: teamsSeen(access) }),
    create: async ({ tenant }, { name, teamId }) => {
      const project: Project = {
        id: input.newId('proj'),
        organizationId: tenant.organizationId,
        teamId,
        name: readName(name),
        isDefault: false,
        archivedAt: undefined,
        createdAt: now(),
        revision: 1,
      };
      await store.insert(project, {
        check: ({ count, isNameTaken, isTeamThere }) => {
          assertTeam(isTeamThere);
          assertNameFree(isNameTaken, 'project');
          assertRoomFor(count, PROJECTS_MAX, 'projects');
        },
      });
      return project;
    },
    update: async ({ tenant }, id, { name, teamId }, ifRevision) =>
      store.update(
        tenant.organizationId,
        {
          id,
          change: {
            ...(name === undefined ? {} : { name: readName(name) }),
            ...(teamId === undefined ? {} : { teamId: teamId ?? undefined }),
          },
        },
        {
          ifRevision,
          check: ({ before, isNameTaken, isTeamThere }) => {
            assertTeam(isTeamThere);
            assertNameFree(isNameTaken, 'project');
            // It is meant where no project is named, so everybody has to have it.
            if (before.isDefault && typeof teamId === 'string') throw conflict('The default project is everybody’s.');
          },
        },
      ),
    archive: (access, id, ifRevision) => setArchived(access, id, now(), ifRevision),
    unarchive: (access, id, ifRevision) => setArchived(access, id, undefined, ifRevision),
  };
}

function assertTeam(isTeamThere: boolean): void {
  if (!isTeamThere) throw unfit('team_id', 'There is no such team.');
}

function assertMayArchive(project: Project, archivedAt: number | undefined): void {
  if (project.isDefault) throw conflict('The default project is never archived.');
  if (archivedAt !== undefined && project.archivedAt !== undefined) throw conflict('The project is archived already.');
}
