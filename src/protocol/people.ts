import type { BrokenStreamPolicy } from './broken-streams.ts';
import type { Tenant } from './tenant.ts';

/** What a member or a service account may do in an organization; `identity/roles.ts` says what each means. */
export const ROLES = ['owner', 'admin', 'billing', 'developer', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export type OrganizationState = 'active' | 'suspended' | 'closed';

/** How the dashboard looks to an organization's people. What is missing is as the installation has it. */
export type Brand = {
  /** What the product is called. */
  readonly title?: string | undefined;
  /** `#rrggbb`, as somebody chose it: each theme shows the shade of it that can be read there. */
  readonly accent?: string | undefined;
  /** A mail address or a web page. */
  readonly supportAddress?: string | undefined;
  /** Changes with the logo; missing where there is none. */
  readonly logoVersion?: string | undefined;
};

export const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
export type LogoType = (typeof LOGO_TYPES)[number];

/** A picture whose own bytes say that it is of the type. */
export type Logo = { readonly type: LogoType; readonly bytes: Buffer };

/** Owns projects, people's memberships and keys. A personal one is made for whoever signs up. */
export type Organization = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'standard' | 'personal';
  readonly state: OrganizationState;
  readonly stateReason: string | undefined;
  readonly stateChangedAt: number | undefined;
  /** Whether it may add provider credentials of its own; `undefined`: as the installation says. */
  readonly ownCredentialsAllowed: boolean | undefined;
  /** Whether its own credentials are tried before the operator's, or are the only ones. */
  readonly ownCredentialsUse: 'first' | 'only';
  readonly brokenStreamPolicy: BrokenStreamPolicy;
  readonly brand: Brand;
  /** What a platform calls it that sells it credit; nobody else in the installation has the same. */
  readonly externalId: string | undefined;
  /** Since when answers that were kept are given again; `undefined`: whatever is kept. */
  readonly cacheClearedAt?: number | undefined;
  readonly createdAt: number;
  readonly revision: number;
};

export type Team = {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly revision: number;
};

export type Project = {
  readonly id: string;
  readonly organizationId: string;
  /** Whose project it is; `undefined`: everybody's in the organization. */
  readonly teamId: string | undefined;
  readonly name: string;
  /** The one that is meant where none is named. */
  readonly isDefault: boolean;
  readonly archivedAt: number | undefined;
  readonly createdAt: number;
  readonly revision: number;
};

export type UserState = 'awaiting_approval' | 'active' | 'suspended' | 'closed' | 'erased';

/** A person who can sign in. Not an end user, whom only callers know. */
export type User = {
  readonly id: string;
  /** Lower case; `undefined` once erased. */
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly locale: string | undefined;
  /** In PHC form; `undefined` for who signs in elsewhere only. */
  readonly passwordHash: string | undefined;
  readonly emailVerifiedAt: number | undefined;
  readonly state: UserState;
  readonly stateReason: string | undefined;
  readonly stateChangedAt: number | undefined;
  /** Runs the installation, whatever the person's roles in organizations. */
  readonly isOperator: boolean;
  readonly createdAt: number;
  readonly lastSeenAt: number | undefined;
  readonly revision: number;
};

/** A person in an organization. */
export type Member = {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
  readonly state: 'active' | 'suspended';
  readonly teamIds: readonly string[];
  readonly createdAt: number;
  readonly revision: number;
};

/** A machine in an organization: what holds keys that belong to no person. */
export type ServiceAccount = {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly role: Role;
  readonly state: 'active' | 'disabled';
  readonly createdAt: number;
  readonly revision: number;
};

export type Invitation = {
  readonly id: string;
  readonly organizationId: string;
  /** `undefined` once the person is erased. */
  readonly email: string | undefined;
  readonly role: Role;
  readonly teamIds: readonly string[];
  readonly invitedBy: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly acceptedAt: number | undefined;
  readonly revokedAt: number | undefined;
};

export type Session = {
  readonly id: string;
  readonly userId: string;
  /** The connection that the person signed in by; `undefined`: with a password. */
  readonly ssoConnectionId: string | undefined;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
};

/** A key for the control API, for programs; never for inference. */
export type ManagementKey = {
  readonly id: string;
  readonly organizationId: string;
  /** Whose key it is: a member's or a service account's, one of the two. */
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  readonly name: string;
  readonly masked: string;
  /** Permissions it is limited to, as `identity/roles.ts` names them; never more than its owner's role has. */
  readonly scopes: readonly string[];
  /** Addresses and networks it may be used from; `undefined`: anywhere. */
  readonly allowedAddresses: readonly string[] | undefined;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** Until when the secret before the last rotation still counts. */
  readonly previousUntil: number | undefined;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly revision: number;
};

/** What has access rules: what the operator says of an organization, and what an organization says of its own. */
export type RuleScope = 'operator' | 'organization' | 'team' | 'project' | 'key';

/** Patterns with `*`; `undefined` allows all, or denies none. */
export type AccessLists = {
  readonly allowedModels: readonly string[] | undefined;
  readonly deniedModels: readonly string[] | undefined;
  readonly allowedProviders: readonly string[] | undefined;
  readonly deniedProviders: readonly string[] | undefined;
  readonly allowedRegions: readonly string[] | undefined;
  readonly deniedRegions: readonly string[] | undefined;
};

export type AccessRule = AccessLists & {
  readonly organizationId: string;
  readonly scope: RuleScope;
  /** The id of what the rule is about; for `operator`, the organization's. */
  readonly scopeId: string;
  readonly updatedAt: number;
  readonly revision: number;
};

/** Who acts on the control plane. */
export type Actor =
  /** The admin token, or the command line on the hub's own machine. */
  | { readonly kind: 'installation' }
  | {
      readonly kind: 'person';
      readonly userId: string;
      readonly sessionId: string;
      readonly isOperator: boolean;
      /** Set where the session was begun by an organization's own sign-in: it counts there and nowhere else. */
      readonly onlyOrganizationId: string | undefined;
    }
  | {
      readonly kind: 'management_key';
      readonly key: ManagementKey;
      /** The role, teams and organization of the key's owner, as they are now. */
      readonly role: Role;
      readonly teamIds: readonly string[];
      readonly tenant: Tenant;
      readonly organizationState: OrganizationState;
    };

/** An actor within the organization that a call is about. */
export type Access = {
  readonly actor: Actor;
  /** The organization and its default project, which rows that belong to no other project carry. */
  readonly tenant: Tenant;
  /** The actor's role there; `undefined` for an operator who is no member. */
  readonly role: Role | undefined;
  readonly memberId: string | undefined;
  readonly serviceAccountId: string | undefined;
  readonly teamIds: readonly string[];
  readonly permissions: ReadonlySet<string>;
};
