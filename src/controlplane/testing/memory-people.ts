import { createInvitationService } from '../../identity/invitations.ts';
import { createMemberService } from '../../identity/members.ts';
import { createOrganizationService } from '../../identity/organizations.ts';
import type {
  Changed,
  Conditions,
  InvitationLetter,
  InvitationStore,
  MemberSeen,
  MemberStore,
  MemberWithPerson,
  OrganizationStore,
  PageWanted,
  ProjectStore,
  ServiceAccountStore,
  TeamStore,
} from '../../identity/people-ports.ts';
import { createProjectService } from '../../identity/projects.ts';
import { createServiceAccountService } from '../../identity/service-accounts.ts';
import { createTeamService } from '../../identity/teams.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { DEFAULT_BROKEN_STREAM_POLICY } from '../../protocol/broken-streams.ts';
import type {
  Invitation,
  Logo,
  Member,
  Organization,
  Project,
  ServiceAccount,
  Team,
  User,
} from '../../protocol/people.ts';
import type { ControlServices } from '../services.ts';
import { existing, TEST_NOW, TEST_TENANT } from './memory-state.ts';

/** Who and what a test's organizations have. The first one has a default project and an owner. */
export type MemoryPeople = {
  readonly organizations: Map<string, Organization>;
  readonly projects: Map<string, Project>;
  readonly teams: Map<string, Team>;
  readonly members: Map<string, MemberWithPerson>;
  readonly serviceAccounts: Map<string, ServiceAccount>;
  readonly invitations: Map<string, Invitation & { readonly hash: string }>;
  /** Mails with links that were sent. */
  readonly letters: InvitationLetter[];
};

type PeopleServices = Pick<
  ControlServices,
  'organizations' | 'teams' | 'projects' | 'members' | 'invitations' | 'serviceAccounts'
>;

export function createMemoryPeople(): MemoryPeople {
  const { organizationId, projectId } = TEST_TENANT;
  const common = { createdAt: TEST_NOW, revision: 1 };
  return {
    organizations: new Map([
      [
        organizationId,
        {
          ...common,
          id: organizationId,
          name: 'Test',
          kind: 'standard',
          state: 'active',
          stateReason: undefined,
          stateChangedAt: undefined,
          ownCredentialsAllowed: undefined,
          ownCredentialsUse: 'first',
          brokenStreamPolicy: DEFAULT_BROKEN_STREAM_POLICY,
          brand: {},
          externalId: undefined,
        },
      ],
    ]),
    projects: new Map([
      [
        projectId,
        {
          ...common,
          id: projectId,
          organizationId,
          teamId: undefined,
          name: 'Default',
          isDefault: true,
          archivedAt: undefined,
        },
      ],
    ]),
    teams: new Map(),
    members: new Map([['mem_ada', exampleMember('ada', 'owner')]]),
    serviceAccounts: new Map(),
    invitations: new Map(),
    letters: [],
  };
}

/** A member of the test's organization by that name. */
export function exampleMember(name: string, role: Member['role'], fields: Partial<User> = {}): MemberWithPerson {
  return {
    id: `mem_${name}`,
    organizationId: TEST_TENANT.organizationId,
    userId: `usr_${name}`,
    role,
    state: 'active',
    teamIds: [],
    createdAt: TEST_NOW,
    revision: 1,
    person: { email: `${name}@example.com`, name, state: 'active', ...fields },
  };
}

/** The real services on stores in memory. */
export function peopleServices(people: MemoryPeople, newId: (prefix: string) => string): PeopleServices {
  const now = () => TEST_NOW;
  const common = { newId, now };
  const organizations = organizationStore(people);
  const members = memberStore(people);
  let tokens = 0;
  return {
    organizations: createOrganizationService({
      ...common,
      store: organizations,
      defaultOrganizationId: TEST_TENANT.organizationId,
    }),
    teams: createTeamService({ ...common, store: teamStore(people) }),
    projects: createProjectService({ ...common, store: projectStore(people) }),
    members: createMemberService({ now, store: members }),
    serviceAccounts: createServiceAccountService({ ...common, store: serviceAccountStore(people) }),
    invitations: createInvitationService({
      ...common,
      store: invitationStore(people),
      organizations,
      members,
      mail: { invite: async (letter) => void people.letters.push(letter) },
      throttle: { take: async () => undefined },
      hashKey: (text) => `hash of ${text}`,
      randomBytes: (count) => Buffer.alloc(count, (tokens += 1)),
    }),
  };
}

type Owned = { readonly id: string; readonly organizationId: string; readonly revision?: number };

function of<Row extends Owned>(rows: ReadonlyMap<string, Row>, organizationId: string): readonly Row[] {
  return [...rows.values()].filter((row) => row.organizationId === organizationId);
}

function one<Row extends Owned>(rows: ReadonlyMap<string, Row>, organizationId: string, id: string): Row {
  const row = existing(rows, id);
  if (row.organizationId !== organizationId) throw new GatewayError('resource.not_found');
  return row;
}

function maybe<Row extends Owned>(rows: ReadonlyMap<string, Row>, organizationId: string, id: string): Row | undefined {
  return of(rows, organizationId).find((row) => row.id === id);
}

function page<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { limit, afterId = '' }: PageWanted,
): readonly Row[] {
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sorted.filter(({ id }) => id > afterId).slice(0, limit);
}

/** Puts the changed row in the former one's place, one revision on. */
function replace<Row extends { readonly id: string; readonly revision: number }>(
  rows: Map<string, Row>,
  before: Row,
  change: Partial<NoInfer<Row>>,
): Changed<Row> {
  const after = { ...before, ...change, revision: before.revision + 1 };
  rows.set(before.id, after);
  return { before, after };
}

function permit<Seen>(
  row: { readonly revision: number },
  { ifRevision, check }: Conditions<Seen>,
  seen: NoInfer<Seen>,
): void {
  if (ifRevision !== undefined && ifRevision !== row.revision) throw new GatewayError('resource.changed');
  check(seen);
}

function isTaken(
  rows: readonly { readonly id: string; readonly name: string }[],
  name: string | undefined,
  exceptId = '',
): boolean {
  return rows.some((row) => row.name === name && row.id !== exceptId);
}

function has(text: string | undefined, part: string): boolean {
  return text?.toLowerCase().includes(part.toLowerCase()) ?? false;
}

function organizationStore(people: MemoryPeople): OrganizationStore {
  const { organizations, projects, members } = people;
  const logos = new Map<string, Logo>();
  const update: OrganizationStore['update'] = async (id, change, conditions) => {
    const before = existing(organizations, id);
    permit(before, conditions, before);
    return replace(organizations, before, change);
  };
  return {
    insert: async ({ organization, project }, { check }) => {
      check(organizations.size);
      organizations.set(organization.id, organization);
      projects.set(project.id, project);
    },
    get: async (id) => organizations.get(id),
    list: async ({ state, search, ...wanted }) =>
      page(
        [...organizations.values()].filter(
          (row) => (state === undefined || row.state === state) && (search === undefined || has(row.name, search)),
        ),
        wanted,
      ),
    update,
    logo: async (id) => logos.get(id),
    setLogo: async (id, logo, conditions) => {
      const { brand } = existing(organizations, id);
      const changed = await update(id, { brand: { ...brand, logoVersion: logo?.version } }, conditions);
      if (logo === undefined) logos.delete(id);
      else logos.set(id, logo);
      return changed;
    },
    close: async (id, { at, reason }, conditions) => {
      const changed = await update(id, { state: 'closed', stateReason: reason, stateChangedAt: at }, conditions);
      for (const member of of(members, id)) members.delete(member.id);
      return changed;
    },
  };
}

function teamStore({ teams, projects, members }: MemoryPeople): TeamStore {
  const move = (organizationId: string, teamId: string, memberId: string, teamIds: readonly string[]) => {
    one(teams, organizationId, teamId);
    const before = one(members, organizationId, memberId);
    const after = teamIds.concat(before.teamIds.filter((id) => id !== teamId));
    return after.length === before.teamIds.length
      ? { before, after: before }
      : replace(members, before, { teamIds: after });
  };
  return {
    insert: async (team, { check }) => {
      const siblings = of(teams, team.organizationId);
      check({ count: siblings.length, isNameTaken: isTaken(siblings, team.name) });
      teams.set(team.id, team);
    },
    get: async (organizationId, id) => maybe(teams, organizationId, id),
    list: async (organizationId, wanted) => page(of(teams, organizationId), wanted),
    rename: async (organizationId, { id, name }, conditions) => {
      const before = one(teams, organizationId, id);
      permit(before, conditions, { isNameTaken: isTaken(of(teams, organizationId), name, id) });
      return replace(teams, before, { name });
    },
    remove: async (organizationId, id, conditions) => {
      const before = one(teams, organizationId, id);
      const owned = of(projects, organizationId).filter(({ teamId }) => teamId === id);
      permit(before, conditions, { projects: owned.length });
      teams.delete(id);
      return before;
    },
    addMember: async (organizationId, { teamId, memberId }) => move(organizationId, teamId, memberId, [teamId]),
    removeMember: async (organizationId, { teamId, memberId }) => move(organizationId, teamId, memberId, []),
  };
}

function projectStore({ projects, teams }: MemoryPeople): ProjectStore {
  const isTeamThere = (organizationId: string, teamId: string | undefined): boolean =>
    teamId === undefined || maybe(teams, organizationId, teamId) !== undefined;
  return {
    insert: async (project, { check }) => {
      const { organizationId, name, teamId } = project;
      const siblings = of(projects, organizationId);
      const isNameTaken = isTaken(siblings, name);
      check({ count: siblings.length, isNameTaken, isTeamThere: isTeamThere(organizationId, teamId) });
      projects.set(project.id, project);
    },
    get: async (organizationId, id) => maybe(projects, organizationId, id),
    list: async (organizationId, { teamIds, isArchived, ...wanted }) =>
      page(
        of(projects, organizationId).filter(
          ({ teamId, archivedAt }) =>
            (teamIds === undefined || teamId === undefined || teamIds.includes(teamId)) &&
            (isArchived === undefined || isArchived === (archivedAt !== undefined)),
        ),
        wanted,
      ),
    update: async (organizationId, { id, change }, conditions) => {
      const before = one(projects, organizationId, id);
      const isNameTaken = isTaken(of(projects, organizationId), change.name, id);
      permit(before, conditions, { before, isNameTaken, isTeamThere: isTeamThere(organizationId, change.teamId) });
      return replace(projects, before, change);
    },
  };
}

function memberStore({ members }: MemoryPeople): MemberStore {
  const otherOwners = (organizationId: string, exceptId: string): number =>
    of(members, organizationId).filter(
      ({ id, role, state, person }) =>
        id !== exceptId && role === 'owner' && state === 'active' && person.state === 'active',
    ).length;
  const judged = (organizationId: string, id: string, conditions: Conditions<MemberSeen>): MemberWithPerson => {
    const member = one(members, organizationId, id);
    permit(member, conditions, { member, otherOwners: otherOwners(organizationId, id) });
    return member;
  };
  return {
    get: async (organizationId, id) => maybe(members, organizationId, id),
    list: async (organizationId, { teamId, search, ...wanted }) =>
      page(
        of(members, organizationId).filter(
          ({ teamIds, person }) =>
            (teamId === undefined || teamIds.includes(teamId)) &&
            (search === undefined || has(person.email, search) || has(person.name, search)),
        ),
        wanted,
      ),
    update: async (organizationId, { id, change }, conditions) =>
      replace(members, judged(organizationId, id, conditions), change),
    remove: async (organizationId, { id }, conditions) => {
      const member = judged(organizationId, id, conditions);
      members.delete(id);
      return member;
    },
    countOwners: async (organizationId) => otherOwners(organizationId, ''),
  };
}

function invitationStore({ invitations, members, teams }: MemoryPeople): InvitationStore {
  const isOpen = (row: Invitation): boolean => row.acceptedAt === undefined && row.revokedAt === undefined;
  const shown = ({ hash: _hash, ...invitation }: Invitation & { readonly hash: string }): Invitation => invitation;
  const change = (
    organizationId: string,
    id: string,
    fields: Partial<Invitation & { readonly hash: string }>,
    check: (row: Invitation) => void,
  ) => {
    const before = one(invitations, organizationId, id);
    check(before);
    const after = { ...before, ...fields };
    invitations.set(id, after);
    return { before: shown(before), after: shown(after) };
  };
  return {
    openByHash: async (hash) => [...invitations.values()].find((row) => row.hash === hash && isOpen(row)),
    get: async (organizationId, id) => {
      const row = maybe(invitations, organizationId, id);
      return row && shown(row);
    },
    list: async (organizationId, wanted) => page(of(invitations, organizationId), wanted).map(shown),
    put: async (invitation, hash, { check }) => {
      const { organizationId, email, teamIds } = invitation;
      const open = of(invitations, organizationId).filter(isOpen);
      const former = open.find((row) => row.email === email);
      check({
        open: open.filter((row) => row !== former).length,
        isMember: of(members, organizationId).some(({ person }) => person.email === email),
        areTeamsThere: teamIds.every((id) => maybe(teams, organizationId, id) !== undefined),
      });
      const kept = { ...invitation, id: former?.id ?? invitation.id };
      invitations.set(kept.id, { ...kept, hash });
      return kept;
    },
    renew: async (organizationId, { id, hash, expiresAt }, { check }) =>
      change(organizationId, id, { hash, expiresAt }, check),
    revoke: async (organizationId, { id, at }, { check }) => change(organizationId, id, { revokedAt: at }, check),
    // No route of the control plane accepts one: people do who sign up or in.
    accept: async () => undefined,
  };
}

function serviceAccountStore({ serviceAccounts }: MemoryPeople): ServiceAccountStore {
  return {
    insert: async (account, { check }) => {
      const siblings = of(serviceAccounts, account.organizationId);
      check({ count: siblings.length, isNameTaken: isTaken(siblings, account.name) });
      serviceAccounts.set(account.id, account);
    },
    get: async (organizationId, id) => maybe(serviceAccounts, organizationId, id),
    list: async (organizationId, wanted) => page(of(serviceAccounts, organizationId), wanted),
    update: async (organizationId, { id, change }, conditions) => {
      const before = one(serviceAccounts, organizationId, id);
      permit(before, conditions, {
        before,
        isNameTaken: isTaken(of(serviceAccounts, organizationId), change.name, id),
      });
      return replace(serviceAccounts, before, change);
    },
    remove: async (organizationId, { id }, conditions) => {
      const before = one(serviceAccounts, organizationId, id);
      permit(before, conditions, before);
      serviceAccounts.delete(id);
      return before;
    },
  };
}
