import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { OwedGrant } from '../protocol/owed-grants.ts';
import type {
  Invitation,
  Logo,
  Member,
  Organization,
  OrganizationState,
  Project,
  Role,
  ServiceAccount,
  Team,
  User,
} from '../protocol/people.ts';

/**
 * Where organizations, and who and what belongs to them, lie. Within one organization, changes follow one another: each
 * holds the organization's row until it is committed. Rules are not the store's: a change calls its `check` with what the
 * transaction sees, and whatever that throws undoes it.
 *
 * Everything throws `resource.not_found` for an id that the organization has not, be it another's or nobody's, and
 * `resource.changed` where `ifRevision` is given and the row has another one.
 */

/** One page, in the order of ids, which is that of making. */
export type PageWanted = { readonly limit: number; readonly afterId?: string | undefined };

/** A row before and after a change, as its transaction saw them. */
export type Changed<Row> = { readonly before: Row; readonly after: Row };

/** What a change asks for besides the change itself. */
export type Conditions<Seen> = {
  readonly ifRevision?: number | undefined;
  /** Runs inside the transaction; what it throws undoes it. */
  readonly check: (seen: Seen) => void;
};

/** What is there already when a row is to be added: how many of its kind, and whether one has the name. */
export type Siblings = { readonly count: number; readonly isNameTaken: boolean };

/** A field that is missing stays; `undefined` empties it. */
export type OrganizationChange = Partial<
  Pick<
    Organization,
    | 'name'
    | 'state'
    | 'stateReason'
    | 'stateChangedAt'
    | 'ownCredentialsAllowed'
    | 'ownCredentialsUse'
    | 'brokenStreamPolicy'
    | 'cacheClearedAt'
    | 'brand'
    | 'externalId'
  >
>;

export type OrganizationStore = {
  /** With its default project and, where one is given, its first owner. `check` is told how many organizations there are. */
  readonly insert: (
    input: { readonly organization: Organization; readonly project: Project; readonly owner: Member | undefined },
    conditions: { readonly check: (count: number) => void },
  ) => Promise<void>;
  readonly get: (id: string) => Promise<Organization | undefined>;
  readonly list: (
    page: PageWanted & {
      readonly state?: OrganizationState | undefined;
      /** Part of a name. */
      readonly search?: string | undefined;
    },
  ) => Promise<readonly Organization[]>;
  readonly update: (
    id: string,
    change: OrganizationChange,
    conditions: Conditions<Organization>,
  ) => Promise<Changed<Organization>>;
  readonly logo: (id: string) => Promise<Logo | undefined>;
  /** Keeps a logo, or none, and notes the version of it in the organization's brand. */
  readonly setLogo: (
    id: string,
    logo: (Logo & { readonly version: string }) | undefined,
    conditions: Conditions<Organization>,
  ) => Promise<Changed<Organization>>;
  /** Ends it for good: revokes its keys and open invitations, and removes its members. */
  readonly close: (
    id: string,
    input: { readonly at: number; readonly reason: string | undefined },
    conditions: Conditions<Organization>,
  ) => Promise<Changed<Organization>>;
};

/** An organization that a platform makes for a customer of its own, with all that the customer begins with. */
export type NewCustomer = {
  readonly organization: Organization;
  readonly project: Project;
  readonly key: VirtualKeyRow | undefined;
  readonly owed: OwedGrant | undefined;
};

/** Organizations that a platform knows by ids of its own. */
export type CustomerStore = {
  readonly find: (externalId: string) => Promise<Organization | undefined>;
  /** In the order of the organizations' ids. */
  readonly list: (page: PageWanted & { readonly search?: string | undefined }) => Promise<readonly Organization[]>;
  /** Those that any of the ids names: the organizations' own, or the platform's. */
  readonly named: (ids: {
    readonly organizationIds: readonly string[];
    readonly externalIds: readonly string[];
  }) => Promise<readonly Organization[]>;
  readonly defaultProject: (organizationId: string) => Promise<Project | undefined>;
  /**
   * Makes all of it at once, or nothing where one of that external id is there, which is given then. `check` is told how many
   * organizations there are, `checkOwed` what stands for the reference of what is owed.
   */
  readonly insert: (
    input: NewCustomer,
    conditions: {
      readonly check: (count: number) => void;
      readonly checkOwed: (wanted: OwedGrant, found: OwedGrant) => void;
    },
  ) => Promise<{ readonly isNew: boolean; readonly organization: Organization }>;
};

export type TeamStore = {
  readonly insert: (team: Team, conditions: Conditions<Siblings>) => Promise<void>;
  readonly get: (organizationId: string, id: string) => Promise<Team | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly Team[]>;
  readonly rename: (
    organizationId: string,
    input: { readonly id: string; readonly name: string },
    conditions: Conditions<{ readonly isNameTaken: boolean }>,
  ) => Promise<Changed<Team>>;
  /** Removes it with its memberships, its rules and the connections that are its alone. */
  readonly remove: (
    organizationId: string,
    id: string,
    conditions: Conditions<{ readonly projects: number }>,
  ) => Promise<Team>;
  /** Changes nothing where the member belongs to the team already. */
  readonly addMember: (organizationId: string, place: TeamPlace) => Promise<Changed<MemberWithPerson>>;
  /** Changes nothing where the member does not belong to the team. */
  readonly removeMember: (organizationId: string, place: TeamPlace) => Promise<Changed<MemberWithPerson>>;
};

export type TeamPlace = { readonly teamId: string; readonly memberId: string };

/** A field that is missing stays; `undefined` empties it. */
export type ProjectChange = Partial<Pick<Project, 'name' | 'teamId' | 'archivedAt'>>;

export type ProjectStore = {
  readonly insert: (project: Project, conditions: Conditions<Siblings & TeamSeen>) => Promise<void>;
  readonly get: (organizationId: string, id: string) => Promise<Project | undefined>;
  readonly list: (
    organizationId: string,
    page: PageWanted & {
      /** Only those of no team or of these; all when it is missing. */
      readonly teamIds?: readonly string[] | undefined;
      readonly isArchived?: boolean | undefined;
    },
  ) => Promise<readonly Project[]>;
  /** A project that is archived by it loses its keys: they are revoked at that time. */
  readonly update: (
    organizationId: string,
    input: { readonly id: string; readonly change: ProjectChange },
    conditions: Conditions<{ readonly before: Project; readonly isNameTaken: boolean } & TeamSeen>,
  ) => Promise<Changed<Project>>;
};

/** Whether the team that a row is to have is the organization's; true where it is to have none. */
export type TeamSeen = { readonly isTeamThere: boolean };

/** A member, and who that is. */
export type MemberWithPerson = Member & { readonly person: Pick<User, 'email' | 'name' | 'state'> };

/** What a change of a member is judged by. */
export type MemberSeen = {
  readonly member: MemberWithPerson;
  /** How many others are active owners and may sign in. */
  readonly otherOwners: number;
};

export type MemberStore = {
  readonly get: (organizationId: string, id: string) => Promise<MemberWithPerson | undefined>;
  readonly list: (
    organizationId: string,
    page: PageWanted & {
      readonly teamId?: string | undefined;
      /** Part of an address or a name. */
      readonly search?: string | undefined;
    },
  ) => Promise<readonly MemberWithPerson[]>;
  readonly update: (
    organizationId: string,
    input: { readonly id: string; readonly change: Partial<Pick<Member, 'role' | 'state'>> },
    conditions: Conditions<MemberSeen>,
  ) => Promise<Changed<MemberWithPerson>>;
  /** Removes the member and ends the keys that the member has in the organization. */
  readonly remove: (
    organizationId: string,
    input: { readonly id: string; readonly at: number },
    conditions: Conditions<MemberSeen>,
  ) => Promise<MemberWithPerson>;
  /** How many active owners there are who may sign in. */
  readonly countOwners: (organizationId: string) => Promise<number>;
};

/** What an invitation is judged by when somebody accepts it. */
export type InvitationSeen = {
  readonly invitation: Invitation;
  readonly organizationState: OrganizationState;
  readonly user: User;
  /** The present role of who invited, if that one is active; `undefined` where no member or service account did. */
  readonly inviterRole: Role | 'gone' | undefined;
  readonly memberCount: number;
};

export type InvitationStore = {
  /** The one whose link has the hash, if it can be accepted at that time. */
  readonly openByHash: (hash: string, at: number) => Promise<Invitation | undefined>;
  readonly get: (organizationId: string, id: string) => Promise<Invitation | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly Invitation[]>;
  /**
   * Adds an invitation, or gives the open one of the same address the new values and the new link; its id stays then.
   * `check` is told how many others are open, whether the address is a member's, and whether the teams are all there.
   */
  readonly put: (
    invitation: Invitation,
    hash: string,
    conditions: {
      readonly check: (seen: {
        readonly open: number;
        readonly isMember: boolean;
        readonly areTeamsThere: boolean;
      }) => void;
    },
  ) => Promise<Invitation>;
  /** A new link and a new time for one that is not accepted or revoked. */
  readonly renew: (
    organizationId: string,
    input: { readonly id: string; readonly hash: string; readonly expiresAt: number },
    conditions: { readonly check: (invitation: Invitation) => void },
  ) => Promise<Changed<Invitation>>;
  readonly revoke: (
    organizationId: string,
    input: { readonly id: string; readonly at: number },
    conditions: { readonly check: (invitation: Invitation) => void },
  ) => Promise<Changed<Invitation>>;
  /**
   * Marks the invitation as accepted and makes the person a member with its role and those of its teams that are left. A
   * person who is a member already stays what they are. `undefined` where no open invitation has the hash: two never
   * get one.
   */
  readonly accept: (
    input: { readonly hash: string; readonly userId: string; readonly memberId: string; readonly at: number },
    conditions: { readonly check: (seen: InvitationSeen) => void },
  ) => Promise<Member | undefined>;
};

/** What the mail of an invitation is written from. */
export type InvitationLetter = {
  readonly to: string;
  readonly organization: Organization;
  readonly role: Role;
  /** The one-time secret that the link carries; it is nowhere else. */
  readonly token: string;
  readonly expiresAt: number;
};

/** Sends the links of invitations. */
export type InvitationMail = { readonly invite: (letter: InvitationLetter) => Promise<void> };

export type ServiceAccountStore = {
  readonly insert: (account: ServiceAccount, conditions: Conditions<Siblings>) => Promise<void>;
  readonly get: (organizationId: string, id: string) => Promise<ServiceAccount | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly ServiceAccount[]>;
  readonly update: (
    organizationId: string,
    input: { readonly id: string; readonly change: Partial<Pick<ServiceAccount, 'name' | 'role' | 'state'>> },
    conditions: Conditions<{ readonly before: ServiceAccount; readonly isNameTaken: boolean }>,
  ) => Promise<Changed<ServiceAccount>>;
  /** Removes it and ends its keys. */
  readonly remove: (
    organizationId: string,
    input: { readonly id: string; readonly at: number },
    conditions: Conditions<ServiceAccount>,
  ) => Promise<ServiceAccount>;
};
