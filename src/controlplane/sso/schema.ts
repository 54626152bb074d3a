import { z } from 'zod';
import type { NewSsoConnection, SsoConnectionChange } from '../../identity/sso/connections.ts';
import type { SsoCheck } from '../../identity/sso/service.ts';
import { ROLES } from '../../protocol/people.ts';
import { SSO_PRESETS, type SsoConnection } from '../../protocol/sso.ts';
import { idField, nameField, secretField, timeField, toTime, urlField } from '../fields.ts';

const CLAIM_CHARS_MAX = 200;
const LIST_MAX = 500;

const claimField = z.string().min(1).max(CLAIM_CHARS_MAX);
const roleField = z.enum(ROLES);

const endpointsField = z.strictObject({
  authorization: urlField,
  token: urlField,
  user_info: urlField.optional(),
  jwks: urlField.optional().describe('Signing keys; OpenID Connect needs them.'),
  end_session: urlField.optional(),
});

const claimsField = z.strictObject({
  subject: claimField.optional(),
  email: claimField.optional(),
  email_verified: z
    .union([z.strictObject({ claim: claimField }), z.enum(['provider', 'nobody'])])
    .optional()
    .describe('The claim that proves the address, or whose word counts for every address.'),
  name: claimField.optional(),
  groups: claimField.optional(),
});

const shared = {
  name: nameField,
  client_id: z.string().min(1).max(LIST_MAX),
  issuer: urlField,
  endpoints: endpointsField,
  scopes: z.array(z.string().min(1).max(CLAIM_CHARS_MAX)).max(LIST_MAX),
  claims: claimsField,
  domains: z
    .array(z.string().min(1).max(CLAIM_CHARS_MAX))
    .max(LIST_MAX)
    .describe('Mail domains whose people sign in here.'),
  group_roles: z.record(z.string().max(CLAIM_CHARS_MAX), roleField).describe('A group at the provider → a role here.'),
  default_role: roleField.describe('For who is in no mapped group.'),
  joins: z
    .enum(['none', 'just_in_time'])
    .describe('Whether who signs in for the first time becomes a member of the organization.'),
  is_enforced: z.boolean().describe('Whether people of the domains sign in here and in no other way.'),
  state: z.enum(['active', 'disabled']),
};

export const ssoConnectionSchema = z.strictObject({
  id: z.string(),
  organization_id: z.string().optional().describe('Missing: the installation’s.'),
  kind: z.enum(['oidc', 'oauth2']),
  preset: z.enum(SSO_PRESETS).optional(),
  ...shared,
  issuer: z.string().optional(),
  endpoints: endpointsField.optional(),
  default_role: roleField.optional(),
  has_secret: z.boolean(),
  redirect_uri: z.string().describe('To be entered at the provider.'),
  created_at: timeField,
  revision: z.int().positive(),
});

export const newSsoConnectionSchema = z
  .strictObject({
    name: shared.name,
    client_id: shared.client_id,
    client_secret: secretField.optional(),
    kind: z.enum(['oidc', 'oauth2']).optional(),
    preset: z.enum(SSO_PRESETS).optional(),
    issuer: shared.issuer.optional(),
    endpoints: shared.endpoints.optional(),
    scopes: shared.scopes.optional(),
    claims: shared.claims.optional(),
    domains: shared.domains.optional(),
    group_roles: shared.group_roles.optional(),
    default_role: shared.default_role.optional(),
    joins: shared.joins.optional(),
    is_enforced: shared.is_enforced.optional(),
    state: shared.state.optional(),
  })
  .meta({
    examples: [
      { preset: 'google', name: 'Google', client_id: 'client-id', client_secret: '…', domains: ['example.com'] },
    ],
  });

export const ssoConnectionChangeSchema = z
  .strictObject({
    name: shared.name.optional(),
    client_id: shared.client_id.optional(),
    client_secret: secretField.nullable().optional().describe('Asked for again where the address changes.'),
    issuer: shared.issuer.nullable().optional(),
    endpoints: shared.endpoints.nullable().optional(),
    scopes: shared.scopes.optional(),
    claims: shared.claims.optional(),
    domains: shared.domains.optional(),
    group_roles: shared.group_roles.optional(),
    default_role: shared.default_role.nullable().optional(),
    joins: shared.joins.optional(),
    is_enforced: shared.is_enforced.optional(),
    state: shared.state.optional(),
  })
  .meta({ examples: [{ group_roles: { platform: 'admin' }, is_enforced: true }] });

export const ssoConnectionParams = z.strictObject({ sso_connection_id: idField });
export const beginQuery = z.strictObject({ return_to: z.string().max(2000).optional() });
const sentBackField = z.union([z.string(), z.array(z.string())]).optional();
/** What else a provider sends back is its own affair; the sign-in reads what it needs. */
export const callbackQuery = z.looseObject({
  code: sentBackField,
  state: sentBackField,
  iss: sentBackField,
  error: sentBackField,
  error_description: sentBackField,
});

export const ssoCheckSchema = z.strictObject({
  issuer: z.string(),
  endpoints: z.record(z.string(), z.string()),
  signing_keys: z.int().optional(),
  remarks: z.array(z.enum(['no_secret', 'pkce_not_listed', 'no_sign_out', 'addresses_unproven'])),
});

export function toSsoView(connection: SsoConnection, redirectUri: string): z.output<typeof ssoConnectionSchema> {
  const { claims, endpoints } = connection;
  return {
    id: connection.id,
    organization_id: connection.organizationId,
    kind: connection.kind,
    preset: connection.preset,
    name: connection.name,
    client_id: connection.clientId,
    issuer: connection.issuer,
    endpoints: endpoints && {
      authorization: endpoints.authorization,
      token: endpoints.token,
      user_info: endpoints.userInfo,
      jwks: endpoints.jwks,
      end_session: endpoints.endSession,
    },
    scopes: [...connection.scopes],
    claims: {
      subject: claims.subject,
      email: claims.email,
      email_verified:
        claims.emailVerified.by === 'claim' ? { claim: claims.emailVerified.claim } : claims.emailVerified.by,
      name: claims.name,
      groups: claims.groups,
    },
    domains: [...connection.domains],
    group_roles: { ...connection.groupRoles },
    default_role: connection.defaultRole,
    joins: connection.joins,
    is_enforced: connection.isEnforced,
    state: connection.state,
    has_secret: connection.sealed !== undefined,
    redirect_uri: redirectUri,
    created_at: toTime(connection.createdAt),
    revision: connection.revision,
  };
}

type Given = Partial<z.output<typeof ssoConnectionChangeSchema>>;

export function toNewSsoConnection(body: z.output<typeof newSsoConnectionSchema>): NewSsoConnection {
  const { client_secret: clientSecret, kind, preset, issuer, endpoints, default_role: defaultRole, ...rest } = body;
  return {
    ...commonOf(rest),
    name: body.name,
    clientId: body.client_id,
    clientSecret,
    kind,
    preset,
    issuer,
    endpoints: endpoints && endpointsOf(endpoints),
    defaultRole,
  };
}

export function toSsoChange(body: Given): SsoConnectionChange {
  const { client_secret: clientSecret, issuer, endpoints, default_role: defaultRole, ...rest } = body;
  return {
    ...commonOf(rest),
    clientSecret,
    issuer,
    endpoints: endpoints === null ? null : endpoints && endpointsOf(endpoints),
    defaultRole,
  };
}

function commonOf(body: Omit<Given, 'client_secret' | 'issuer' | 'endpoints' | 'default_role'>) {
  const { claims } = body;
  return {
    name: body.name,
    clientId: body.client_id,
    scopes: body.scopes,
    claims: claims && claimsOf(claims),
    domains: body.domains,
    groupRoles: body.group_roles,
    joins: body.joins,
    isEnforced: body.is_enforced,
    state: body.state,
  };
}

function endpointsOf(endpoints: z.output<typeof endpointsField>) {
  return {
    authorization: endpoints.authorization,
    token: endpoints.token,
    userInfo: endpoints.user_info,
    jwks: endpoints.jwks,
    endSession: endpoints.end_session,
  };
}

/** Only what was given: the rest is the preset's, or what it was. */
function claimsOf({ email_verified: proof, ...names }: z.output<typeof claimsField>) {
  const given = Object.fromEntries(Object.entries(names).filter(([, claim]) => claim !== undefined));
  if (proof === undefined) return given;
  return {
    ...given,
    emailVerified: typeof proof === 'string' ? { by: proof } : { by: 'claim' as const, claim: proof.claim },
  };
}

export function toSsoCheck({ issuer, endpoints, signingKeys, remarks }: SsoCheck): z.output<typeof ssoCheckSchema> {
  const known = Object.entries(endpoints).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { issuer, endpoints: Object.fromEntries(known), signing_keys: signingKeys, remarks: [...remarks] };
}
