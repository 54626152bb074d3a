import type { Role } from './people.ts';

/** `oidc` answers with a signed ID token; `oauth2` with an access token only, by which the person is asked for. */
export type SsoKind = 'oidc' | 'oauth2';

/** Providers whose addresses and oddities are known; `identity/sso/presets.ts` has them as data. */
export const SSO_PRESETS = ['google', 'github', 'microsoft'] as const;
export type SsoPresetName = (typeof SSO_PRESETS)[number];

/** Where a provider is spoken to, entered by hand because it publishes no discovery document. */
export type SsoEndpoints = {
  readonly authorization: string;
  readonly token: string;
  readonly userInfo: string | undefined;
  /** Its signing keys; what speaks OpenID Connect needs it. */
  readonly jwks: string | undefined;
  readonly endSession: string | undefined;
};

/** Whose word makes a mail address count as verified: a claim's, the provider's for every address it gives, or nobody's. */
export type SsoAddressProof = { readonly by: 'claim'; readonly claim: string } | { readonly by: 'provider' | 'nobody' };

/**
 * Where in the ID token's claims, or in what the provider says of a person, each fact stands: a name, or names with dots
 * between them (`realm_access.roles`).
 */
export type SsoClaims = {
  readonly subject: string;
  readonly email: string;
  readonly emailVerified: SsoAddressProof;
  readonly name: string;
  readonly groups: string | undefined;
};

/** A provider that people sign in by. */
export type SsoConnection = {
  readonly id: string;
  /** `undefined`: the installation's. Whoever signs in by it joins no organization by that alone. */
  readonly organizationId: string | undefined;
  readonly name: string;
  readonly kind: SsoKind;
  readonly preset: SsoPresetName | undefined;
  /** Whose discovery document is read, and who must have issued the ID token. */
  readonly issuer: string | undefined;
  /** In place of discovery. */
  readonly endpoints: SsoEndpoints | undefined;
  readonly clientId: string;
  /** The client's secret, sealed; `undefined` for a client that has none. */
  readonly sealed: string | undefined;
  readonly scopes: readonly string[];
  readonly claims: SsoClaims;
  /** Mail domains whose people sign in here; lower case. No two active connections share one. */
  readonly domains: readonly string[];
  /** A group's name at the provider → the role of its people. */
  readonly groupRoles: Readonly<Record<string, Role>>;
  /** The role of who is in no mapped group; `undefined`: none. */
  readonly defaultRole: Role | undefined;
  /** Whether who signs in for the first time becomes a member, or only who was invited is one. */
  readonly joins: 'none' | 'just_in_time';
  /** Whether people of the domains may sign in by this connection alone. */
  readonly isEnforced: boolean;
  readonly state: 'active' | 'disabled';
  readonly createdAt: number;
  readonly revision: number;
};

/** A person as one provider knows them. */
export type UserIdentity = {
  readonly id: string;
  readonly userId: string;
  readonly ssoConnectionId: string;
  readonly subject: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
};

/** What a provider said of a person who has just signed in. */
export type SsoProfile = {
  readonly connectionId: string;
  /** Never changes and is never given to anybody else: the only thing that says who it is. */
  readonly subject: string;
  /** Lower case; `undefined` when none, or nothing that looks like an address, was said. */
  readonly email: string | undefined;
  /** Whether the provider proved that the address is the person's; not yet whether it may prove that here. */
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  /** Handed back to the provider when the person signs out; `undefined` without OpenID Connect. */
  readonly idToken: string | undefined;
};

/** The address that a connection's secret goes to, or is found by: what the secret is sealed to. */
export function ssoSecretAddress(connection: Pick<SsoConnection, 'issuer' | 'endpoints'>): string {
  return connection.endpoints?.token ?? connection.issuer ?? '';
}
