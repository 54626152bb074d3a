import type { JsonObject } from '../kernel/json.ts';
import type { NanoCredits } from '../kernel/money.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { Installation } from '../protocol/installation.ts';
import type {
  ManagementKey,
  Member,
  Organization,
  OrganizationState,
  Project,
  Role,
  Session,
  User,
} from '../protocol/people.ts';
import type { SsoConnection, UserIdentity } from '../protocol/sso.ts';
import type { StarterRefusal, StarterState } from '../protocol/starter-credits.ts';
import type { OrganizationScope, Tenant } from '../protocol/tenant.ts';

/** A part of a list, oldest first; `cursor` is the id of the last row of the page before. */
export type KeyPage = { readonly limit: number; readonly cursor: string | undefined };

export type KeyUse = { readonly id: string; readonly usedAt: number };

/**
 * Where virtual keys lie. Every change bumps the configuration version in the same commit, and counts up the key's
 * revision. With `ifRevision`, it is made only while that is the revision.
 */
export type VirtualKeyStore = {
  readonly insert: (tenant: Tenant, key: VirtualKeyRow) => Promise<void>;
  /** Those of one project. */
  readonly list: (tenant: Tenant) => Promise<readonly VirtualKeyRow[]>;
  /**
   * Those of the projects given; `undefined`: of all in the organization.
   * @throws GatewayError `request.invalid` when the cursor is no key of theirs
   */
  readonly page: (
    scope: OrganizationScope,
    projectIds: readonly string[] | undefined,
    page: KeyPage,
  ) => Promise<readonly VirtualKeyRow[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<VirtualKeyRow | undefined>;
  /** Changes the fields given. Returns false when there is no such key, or the revision is another. */
  readonly update: (
    scope: OrganizationScope,
    id: string,
    change: Partial<
      Pick<
        VirtualKeyRow,
        | 'name'
        | 'hash'
        | 'masked'
        | 'allowedModels'
        | 'refusesLosses'
        | 'cacheSeconds'
        | 'enabled'
        | 'expiresAt'
        | 'revokedAt'
        | 'allowedAddresses'
        | 'allowedOrigins'
        | 'previousHash'
        | 'previousUntil'
      >
    >,
    ifRevision?: number,
  ) => Promise<boolean>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<boolean>;
  /** Notes the last use of keys; does not bump the configuration version, and is no change of the key. */
  readonly touch: (uses: readonly KeyUse[]) => Promise<void>;
};

/** A management key as it is stored: with its hashes, which nothing else reads. */
export type StoredManagementKey = ManagementKey & {
  readonly hash: string;
  readonly previousHash: string | undefined;
};

/** Whose keys are meant: a member's, a service account's, or, where neither is named, all of the organization. */
export type KeyOwner = { readonly memberId: string } | { readonly serviceAccountId: string };

/** Where management keys lie. The data plane never asks for them, so that no change bumps the configuration version. */
export type ManagementKeyStore = {
  readonly insert: (key: StoredManagementKey) => Promise<void>;
  /** @throws GatewayError `request.invalid` when the cursor is no key of theirs */
  readonly page: (
    scope: OrganizationScope,
    owner: KeyOwner | undefined,
    page: KeyPage,
  ) => Promise<readonly ManagementKey[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<StoredManagementKey | undefined>;
  /** Changes the fields given and counts up the revision. False when there is no such key, or the revision is another. */
  readonly update: (
    scope: OrganizationScope,
    id: string,
    change: Partial<
      Pick<
        StoredManagementKey,
        | 'name'
        | 'hash'
        | 'masked'
        | 'scopes'
        | 'allowedAddresses'
        | 'expiresAt'
        | 'revokedAt'
        | 'previousHash'
        | 'previousUntil'
      >
    >,
    ifRevision?: number,
  ) => Promise<boolean>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<boolean>;
  readonly touch: (uses: readonly KeyUse[]) => Promise<void>;
};

/** What keys are made in: the projects of an organization. */
export type ProjectReader = {
  readonly list: (scope: OrganizationScope) => Promise<readonly Project[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Project | undefined>;
};

/** Whom keys are made for. */
export type KeyOwnerReader = {
  /** Whether the organization has that member or service account. */
  readonly has: (scope: OrganizationScope, owner: KeyOwner) => Promise<boolean>;
};

/** What is kept of a request that is to be done once. */
export type IdempotencyRecord = {
  /** Tells the same request from another one under the same key. */
  readonly fingerprint: string;
  /** Missing while the first one runs, and for ever when its process died. */
  readonly status: number | undefined;
  /** The answer, sealed; missing where it could not be kept. */
  readonly sealed: string | undefined;
  readonly createdAt: number;
};

export type IdempotencyStore = {
  /**
   * Takes the place of a request that nobody has taken, or whose time is over, and gives `undefined`; else gives what
   * is there. Of two at once, one takes it.
   */
  readonly take: (
    id: string,
    request: { readonly fingerprint: string; readonly now: number; readonly expiresAt: number },
  ) => Promise<IdempotencyRecord | undefined>;
  readonly finish: (
    id: string,
    answer: { readonly status: number; readonly sealed: string | undefined },
  ) => Promise<void>;
  readonly removeExpired: (nowMs: number) => Promise<void>;
};

/** Hashes of admin tokens, until people sign in. */
export type AdminTokenStore = {
  readonly insert: (token: { readonly id: string; readonly hash: string; readonly createdAt: number }) => Promise<void>;
  readonly listHashes: () => Promise<readonly string[]>;
  /** Removes all but the one given: a new token ends the old ones. */
  readonly keepOnly: (id: string) => Promise<void>;
};

/** A person's place in an organization, with what decides whether it counts. */
export type Membership = {
  readonly member: Member;
  readonly organizationState: OrganizationState;
  readonly tenant: Tenant;
};

/** What authorization reads: on every call of the control plane, so each is one query. */
export type AccessStore = {
  /** The default tenant of an organization; `undefined` where there is none. */
  readonly organization: (
    id: string,
  ) => Promise<{ readonly tenant: Tenant; readonly state: OrganizationState } | undefined>;
  /** Where a person is an active member, oldest first. */
  readonly membershipsOf: (userId: string) => Promise<readonly Membership[]>;
  /** A session that did not end and was used since then, of a person who may sign in. */
  readonly sessionByHash: (
    hash: string,
    at: { readonly nowMs: number; readonly seenSinceMs: number },
  ) => Promise<
    | {
        readonly session: Session;
        readonly user: User;
        /** The organization by whose own sign-in the session was begun. */
        readonly ssoOrganizationId: string | undefined;
      }
    | undefined
  >;
  readonly noteSeen: (seen: {
    readonly sessionId: string;
    readonly userId: string;
    readonly at: number;
  }) => Promise<void>;
  /** A management key that counts now, by the hash of its secret or of the one before, with its owner's role. */
  readonly managementKeyByHash: (
    hash: string,
    nowMs: number,
  ) => Promise<
    | {
        readonly key: ManagementKey;
        readonly role: Role;
        readonly teamIds: readonly string[];
        readonly tenant: Tenant;
        readonly organizationState: OrganizationState;
      }
    | undefined
  >;
};

/** Where people belong. */
export type PlaceStore = {
  /** The organizations that a person is an active member of, oldest first; closed ones are left out. */
  readonly ofPerson: (
    userId: string,
  ) => Promise<readonly { readonly organization: Organization; readonly member: Member }[]>;
};

export type SessionStore = {
  readonly insert: (session: Session, hash: string) => Promise<void>;
  /** Those that did not end, newest first. */
  readonly list: (userId: string, nowMs: number) => Promise<readonly Session[]>;
  readonly revoke: (userId: string, input: { readonly sessionId: string; readonly at: number }) => Promise<boolean>;
  readonly revokeAll: (
    userId: string,
    input: { readonly exceptId?: string | undefined; readonly at: number },
  ) => Promise<void>;
  /** Removes what ended before that time. */
  readonly removeEnded: (beforeMs: number) => Promise<void>;
};

/** What a one-time token is good for. */
export type OneTimePurpose = 'first_owner' | 'verify_address' | 'change_address' | 'reset_password' | 'single_sign_on';

export type OneTimeToken = {
  readonly id: string;
  readonly purpose: OneTimePurpose;
  readonly userId: string | undefined;
  readonly data: JsonObject;
  readonly createdAt: number;
  readonly expiresAt: number;
};

export type OneTimeTokenStore = {
  readonly insert: (token: OneTimeToken, hash: string) => Promise<void>;
  /** Marks the token as used and gives it, if it is of that purpose, unused and not expired. Two never get one. */
  readonly use: (input: {
    readonly purpose: OneTimePurpose;
    readonly hash: string;
    readonly now: number;
  }) => Promise<OneTimeToken | undefined>;
  /** Ends the unused tokens of a purpose: a person's, or where no person is named, all of them. */
  readonly end: (purpose: OneTimePurpose, userId: string | undefined, at: number) => Promise<void>;
  readonly removeExpired: (beforeMs: number) => Promise<void>;
};

export type ThrottleStore = {
  /** Counts one more in the window that begins then, and gives the count. An older window is over. */
  readonly count: (id: string, windowStart: number) => Promise<number>;
  /** Forgets a count, for one who succeeded. */
  readonly forget: (id: string) => Promise<void>;
  readonly removeBefore: (windowStart: number) => Promise<void>;
};

/** A field that is missing stays. */
export type UserChange = Partial<Omit<User, 'id' | 'createdAt' | 'revision'>>;

export type UserStore = {
  /** @throws resource.conflict when a person has the address */
  readonly insert: (user: User) => Promise<void>;
  readonly get: (id: string) => Promise<User | undefined>;
  readonly byEmail: (email: string) => Promise<User | undefined>;
  /**
   * Changes the fields given, and bumps the configuration version where the state changed, since keys may end with it.
   * Returns false when there is no such person, or the revision is another.
   */
  readonly update: (id: string, change: UserChange, ifRevision?: number) => Promise<boolean>;
  readonly list: (page: {
    readonly limit: number;
    readonly afterId?: string | undefined;
    readonly state?: User['state'] | undefined;
    /** Part of an address or a name. */
    readonly search?: string | undefined;
  }) => Promise<readonly User[]>;
  /** The operators who may sign in; the first hundred. */
  readonly operators: () => Promise<readonly User[]>;
  readonly isEmpty: () => Promise<boolean>;
};

export type InstallationStore = {
  readonly get: () => Promise<Installation>;
  /** Replaces the document and bumps the configuration version. Returns false when the revision is another. */
  readonly update: (installation: Omit<Installation, 'revision'>, ifRevision: number | undefined) => Promise<boolean>;
};

/** Sessions of command lines that wait for a key, by the keyed hash of their id. */
export type ConnectSessionStore = {
  readonly insert: (session: {
    readonly hash: string;
    readonly createdAt: number;
    readonly expiresAt: number;
  }) => Promise<void>;
  /** One that did not expire. */
  readonly get: (
    hash: string,
    nowMs: number,
  ) => Promise<{ readonly keyId: string | undefined; readonly handover: string | undefined } | undefined>;
  /** Gives the key to a session that waits; false when there is none, or it has one. */
  readonly give: (
    hash: string,
    given: { readonly keyId: string; readonly handover: string; readonly now: number },
  ) => Promise<boolean>;
  readonly remove: (hash: string) => Promise<void>;
  readonly removeExpired: (beforeMs: number) => Promise<void>;
};

/** Credit that somebody who signs up may begin with. Whether they get it is decided where it is written down. */
export type StarterClaim = {
  /** That of the grant. */
  readonly id: string;
  readonly organizationId: string;
  /** What the grant is called. */
  readonly name: string;
  /** Tells persons apart, and nothing else about them. */
  readonly personDigest: string;
  readonly amountNano: NanoCredits;
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
  /** When the day begins of which the limit is. */
  readonly dayStart: number;
  readonly perDayMax: number;
  /** Why the person gets none, as far as it is known before. */
  readonly refusal: StarterRefusal | undefined;
};

export type StarterCredit = Pick<
  StarterClaim,
  'id' | 'organizationId' | 'name' | 'amountNano' | 'expiresAt' | 'createdAt'
> & {
  readonly state: StarterState;
  /** Of `refused`. */
  readonly refusal: StarterRefusal | undefined;
};

export type StarterCreditStore = {
  /** The oldest first. */
  readonly waiting: (limit: number) => Promise<readonly StarterCredit[]>;
  readonly noteGiven: (id: string) => Promise<void>;
  /** The newest first, each with the name of its organization. */
  readonly list: (
    filter: { readonly state: StarterState | undefined },
    page: { readonly limit: number; readonly afterId: string | undefined },
  ) => Promise<readonly (StarterCredit & { readonly organizationName: string })[]>;
};

/** What touches a person and their places in organizations in one commit. */
export type AccountStore = {
  /** A person with a membership. @throws resource.conflict when a person has the address */
  readonly createMember: (user: User, member: Member) => Promise<void>;
  /** Gives a person an organization of their own, with its first project and its owner; nothing where they have one. */
  readonly givePersonalOrganization: (place: {
    readonly organization: Organization;
    readonly project: Project;
    readonly owner: Member;
    /** Credit that the person may begin with, written down with the organization. */
    readonly starter: StarterClaim | undefined;
  }) => Promise<void>;
  /** Makes a person a member of an organization; nothing where they are one. */
  readonly join: (member: Member) => Promise<void>;
  readonly isMember: (organizationId: string, userId: string) => Promise<boolean>;
  /** Gives a member the role that their groups elsewhere say; an owner stays one. */
  readonly syncRole: (place: {
    readonly organizationId: string;
    readonly userId: string;
    readonly role: Role;
  }) => Promise<void>;
  /** Ends what an account got before its address was proved: password, links, sessions; and notes the proof. */
  readonly forgetUnproved: (userId: string, at: number) => Promise<void>;
  /** Standard organizations that would be without an owner if the person went. */
  readonly onlyOwnerOf: (userId: string) => Promise<readonly string[]>;
  /** Ends the account: sessions, keys, and the organizations that were the person's own. */
  readonly close: (userId: string, at: number) => Promise<void>;
  /** Removes what says who the person was. What they did stays, under the ids that stood there before. */
  readonly erase: (userId: string, at: number) => Promise<void>;
  /** Everything that is kept about a person, as they may take it with them. No secrets. */
  readonly exportOf: (userId: string) => Promise<JsonObject>;
};

/** Someone a mail is written to. */
export type Recipient = {
  readonly email: string;
  readonly name: string | undefined;
  readonly locale: string | undefined;
};

/** The mails of accounts. None of them is waited for, so that the time of an answer tells nothing. */
export type AccountMail = {
  readonly verifyAddress: (to: Recipient, token: string) => void;
  /** To who has an account already and signs up again. */
  readonly accountExists: (to: Recipient) => void;
  readonly resetPassword: (to: Recipient, token: string) => void;
  readonly passwordChanged: (to: Recipient) => void;
  /** To an operator: somebody waits. */
  readonly awaitsApproval: (to: Recipient, about: { readonly email: string }) => void;
  readonly approved: (to: Recipient) => void;
};

/** Which sign-in a mail address belongs to elsewhere. */
export type SingleSignOnDomains = {
  /** Whether people of the address's domain must sign in elsewhere. */
  readonly isEnforcedFor: (email: string) => Promise<boolean>;
};

export type InstallationReader = { readonly get: () => Promise<Installation> };
/** The fields given are changed. */
export type SsoChange = Partial<Omit<SsoConnection, 'id' | 'organizationId' | 'createdAt' | 'revision'>>;

/**
 * Where providers that people sign in by lie. `organizationId` is whose they are; `undefined`, the installation's, which
 * no organization sees. Every change rejects with `resource.conflict` where an active connection has one of the domains.
 */
export type SsoConnectionStore = {
  readonly insert: (connection: SsoConnection) => Promise<void>;
  readonly list: (organizationId: string | undefined) => Promise<readonly SsoConnection[]>;
  readonly get: (organizationId: string | undefined, id: string) => Promise<SsoConnection | undefined>;
  /** Whosever it is: for a sign-in, which belongs to nobody yet. */
  readonly find: (id: string) => Promise<SsoConnection | undefined>;
  /** Every active one, whosever it is: what the page on which people sign in offers. */
  readonly listActive: () => Promise<readonly SsoConnection[]>;
  /** The active connection of a mail domain. */
  readonly findByDomain: (domain: string) => Promise<SsoConnection | undefined>;
  /**
   * Changes the fields given. False when there is no such connection of that revision. With another issuer, other endpoints
   * or another claim as the subject it forgets the people it knew, whose subjects would be somebody else’s word.
   */
  readonly update: (
    organizationId: string | undefined,
    at: { readonly id: string; readonly revision: number },
    change: SsoChange,
  ) => Promise<boolean>;
  /** Removes it and what it knows of people; the people stay. */
  readonly remove: (organizationId: string | undefined, id: string) => Promise<boolean>;
};

/** Who a person is at the providers they sign in by. */
export type UserIdentityStore = {
  /** @throws GatewayError `resource.conflict` when that subject is somebody already */
  readonly link: (identity: UserIdentity) => Promise<void>;
  readonly find: (ssoConnectionId: string, subject: string) => Promise<UserIdentity | undefined>;
  readonly listOfUser: (userId: string) => Promise<readonly UserIdentity[]>;
  readonly unlink: (userId: string, id: string) => Promise<boolean>;
  /** Notes a use; an earlier one than is known changes nothing. */
  readonly touch: (id: string, usedAt: number) => Promise<void>;
};
