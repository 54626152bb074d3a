import type { SsoConnection } from '../../api/types.ts';
import { linesOf, optionalTextOf, textOf } from '../../ui/form-fields.ts';
import { ROLES, type Role } from './may.ts';

export const KINDS = ['google', 'microsoft', 'github', 'oidc', 'oauth2'] as const;
export type Kind = (typeof KINDS)[number];

export type GroupRole = { readonly group: string; readonly role: Role };

export function kindOf({ preset, kind }: Pick<SsoConnection, 'preset' | 'kind'>): Kind {
  return preset ?? kind;
}

/** Which addresses are asked for: those that the preset does not know. */
export function needsOf(kind: Kind): 'nothing' | 'issuer' | 'endpoints' {
  if (kind === 'oidc' || kind === 'microsoft') return 'issuer';
  return kind === 'oauth2' ? 'endpoints' : 'nothing';
}

/** What was entered, as both making and changing take it. */
export function sharedInput(fields: FormData, kind: Kind, groups: readonly GroupRole[]) {
  const named = groups.map(({ group, role }) => [group.trim(), role] as const).filter(([group]) => group !== '');
  const scopes = textOf(fields, 'scopes')
    .split(/\s+/)
    .filter((scope) => scope !== '');
  return {
    name: textOf(fields, 'name'),
    client_id: textOf(fields, 'client_id'),
    domains: linesOf(fields, 'domains'),
    group_roles: Object.fromEntries(named),
    joins: fields.has('joins') ? ('just_in_time' as const) : ('none' as const),
    is_enforced: fields.has('is_enforced'),
    claims: claimsOf(fields),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...optional('client_secret', optionalTextOf(fields, 'client_secret')),
    ...(needsOf(kind) === 'issuer' ? optional('issuer', optionalTextOf(fields, 'issuer')) : {}),
    ...(needsOf(kind) === 'endpoints' ? { endpoints: endpointsOf(fields) } : {}),
  };
}

export function defaultRoleOf(fields: FormData): Role | undefined {
  return ROLES.find((role) => role === textOf(fields, 'default_role'));
}

function claimsOf(fields: FormData) {
  return {
    ...optional('subject', optionalTextOf(fields, 'claim.subject')),
    ...optional('email', optionalTextOf(fields, 'claim.email')),
    ...optional('name', optionalTextOf(fields, 'claim.name')),
    ...optional('groups', optionalTextOf(fields, 'claim.groups')),
    ...proofOf(fields),
  } as const;
}

/** What proves an address; nothing where the provider's own way is to hold. */
function proofOf(fields: FormData): Pick<SsoConnection['claims'], 'email_verified'> {
  const proof = textOf(fields, 'email_verified');
  if (proof === 'provider' || proof === 'nobody') return { email_verified: proof };
  if (proof !== 'claim') return {};
  return { email_verified: { claim: textOf(fields, 'claim.email_verified') || 'email_verified' } };
}

function endpointsOf(fields: FormData) {
  return {
    authorization: textOf(fields, 'endpoint.authorization'),
    token: textOf(fields, 'endpoint.token'),
    ...optional('user_info', optionalTextOf(fields, 'endpoint.user_info')),
    ...optional('end_session', optionalTextOf(fields, 'endpoint.end_session')),
  };
}

function optional<const Name extends string>(name: Name, value: string | undefined): { readonly [_ in Name]?: string } {
  // Exactly the field of that name, or nothing.
  return (value === undefined ? {} : { [name]: value }) as { readonly [_ in Name]?: string };
}
