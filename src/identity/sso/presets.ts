import type { SsoClaims, SsoEndpoints, SsoKind, SsoPresetName } from '../../protocol/sso.ts';

/** How the hub tells the token endpoint who it is. */
export type ClientAuthMethod = 'client_secret_post' | 'client_secret_basic';

/** What is known of a provider: where it is, and how it differs from what the standards say. */
export type SsoPreset = {
  readonly kind: SsoKind;
  readonly issuer: string | undefined;
  readonly endpoints: SsoEndpoints | undefined;
  readonly scopes: readonly string[];
  readonly claims: SsoClaims;
  readonly quirks: SsoQuirks;
};

export type SsoQuirks = {
  /** The one way to send the secret that is documented, where no discovery document lists them. */
  readonly clientAuth?: ClientAuthMethod;
  /** Addresses stand in a list of their own at `<user-info>/emails`; the primary one counts, if it is verified. */
  readonly listsAddresses?: true;
  /** An issuer that is one customer's own answers for the addresses of its people, whatever the claim says. */
  readonly oneTenantProvesAddresses?: true;
  /** A verified address counts only in the provider's own domains, or with this claim, which its business accounts have. */
  readonly provesOnly?: { readonly domains: readonly string[]; readonly orWithClaim: string };
};

/** OpenID Connect as the standard has it: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims */
export const STANDARD_CLAIMS: SsoClaims = {
  subject: 'sub',
  email: 'email',
  emailVerified: { by: 'claim', claim: 'email_verified' },
  name: 'name',
  groups: undefined,
};

/**
 * Google. `sub` never changes. A verified address proves who somebody is only where Google runs the mailbox: at gmail.com,
 * or in a Workspace, whose accounts have the claim `hd`; elsewhere the address was once verified and may since be another
 * person's. https://developers.google.com/identity/openid-connect/openid-connect
 * https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
 */
const GOOGLE: SsoPreset = {
  kind: 'oidc',
  issuer: 'https://accounts.google.com',
  endpoints: undefined,
  scopes: ['openid', 'email', 'profile'],
  claims: STANDARD_CLAIMS,
  quirks: { provesOnly: { domains: ['gmail.com'], orWithClaim: 'hd' } },
};

/**
 * GitHub. OAuth 2.0 without an ID token; PKCE with S256. The profile's `email` is what the person chose to show, and may
 * be missing, so that the address comes from the list, which needs `user:email`.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * https://docs.github.com/en/rest/users/emails
 */
const GITHUB: SsoPreset = {
  kind: 'oauth2',
  issuer: undefined,
  endpoints: {
    authorization: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    userInfo: 'https://api.github.com/user',
    jwks: undefined,
    endSession: undefined,
  },
  scopes: ['read:user', 'user:email'],
  claims: { ...STANDARD_CLAIMS, subject: 'id' },
  quirks: { clientAuth: 'client_secret_post', listsAddresses: true },
};

/**
 * Microsoft Entra ID. `organizations` stands for every customer, and its documents carry `{tenantid}` in place of the
 * issuer's; put the own tenant's id there to let in nobody else. `email` is whatever a tenant's administrator wrote, so
 * that it proves nothing unless Microsoft says that the domain's owner was verified (`xms_edov`, an optional claim) or the
 * tenant is the customer's own. https://learn.microsoft.com/en-us/entra/identity-platform/migrate-off-email-claim-authorization
 * https://learn.microsoft.com/en-us/entra/identity-platform/optional-claims-reference
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc
 */
const MICROSOFT: SsoPreset = {
  kind: 'oidc',
  issuer: 'https://login.microsoftonline.com/organizations/v2.0',
  endpoints: undefined,
  scopes: ['openid', 'email', 'profile'],
  claims: { ...STANDARD_CLAIMS, emailVerified: { by: 'claim', claim: 'xms_edov' }, groups: 'groups' },
  quirks: { oneTenantProvesAddresses: true },
};

export const SSO_PRESET_DATA: Readonly<Record<SsoPresetName, SsoPreset>> = {
  google: GOOGLE,
  github: GITHUB,
  microsoft: MICROSOFT,
};

/**
 * Issuers and token endpoints at which anybody can have an account, so that having one proves no membership. The last
 * issuer is Microsoft's tenant of personal accounts.
 * https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
 */
const OPEN_TO_ANYBODY: ReadonlySet<string> = new Set([
  'https://accounts.google.com',
  'https://oauth2.googleapis.com/token',
  'https://github.com/login/oauth/access_token',
  'https://login.microsoftonline.com/common/v2.0',
  'https://login.microsoftonline.com/organizations/v2.0',
  'https://login.microsoftonline.com/consumers/v2.0',
  'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
]);

/** Whether anybody can have an account at an issuer or a token endpoint, however the connection to it was entered. */
export function isOpenToAnybody(address: string): boolean {
  return OPEN_TO_ANYBODY.has(address.toLowerCase().replace(/\/+$/, ''));
}
