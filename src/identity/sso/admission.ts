import { GatewayError } from '../../kernel/errors.ts';
import { ROLES, type Role } from '../../protocol/people.ts';
import { type SsoConnection, type SsoProfile, ssoSecretAddress } from '../../protocol/sso.ts';
import { isOpenToAnybody } from './presets.ts';

/** What a sign-in elsewhere is worth here. All of it is decided from what was said and what was configured, with no I/O. */

/** The highest role that a person's groups have, else the connection's default, else none. */
export function roleFor(
  profile: Pick<SsoProfile, 'groups'>,
  connection: Pick<SsoConnection, 'groupRoles' | 'defaultRole'>,
): Role | undefined {
  const { groupRoles, defaultRole } = connection;
  const mapped = new Set(
    profile.groups.map((group) => (Object.hasOwn(groupRoles, group) ? groupRoles[group] : undefined)),
  );
  // Roles are listed from the highest down.
  return ROLES.find((role) => mapped.has(role)) ?? defaultRole;
}

/**
 * The connection by which people of a mail address sign in, which they must where it is enforced. A domain is matched
 * whole: `example.com` says nothing of `mail.example.com`.
 */
export function routeByDomain(
  email: string,
  connections: readonly SsoConnection[],
): { readonly connection: SsoConnection; readonly isEnforced: boolean } | undefined {
  const domain = domainOf(email);
  if (domain === undefined) return undefined;
  const matching = connections.filter(({ state, domains }) => state === 'active' && domains.includes(domain));
  // The store lets no two share a domain; should a list hold two all the same, none opens a way round an enforced one.
  const connection = matching.find(({ isEnforced }) => isEnforced) ?? matching[0];
  return connection === undefined ? undefined : { connection, isEnforced: connection.isEnforced };
}

/**
 * Whether a connection's word for an address counts here, so that it may be joined to an account that exists. The
 * installation's connections answer for every address that they call verified. An organization's own connects whatever its
 * administrators please, so that it answers for its domains alone.
 */
export function provesAddress(
  profile: Pick<SsoProfile, 'email' | 'emailVerified'>,
  connection: Pick<SsoConnection, 'organizationId' | 'domains'>,
): boolean {
  if (profile.email === undefined || !profile.emailVerified) return false;
  const domain = domainOf(profile.email);
  return domain !== undefined && (connection.organizationId === undefined || connection.domains.includes(domain));
}

/** The address that a connection proves. @throws GatewayError `sso.email_unverified` */
export function requireProvenAddress(
  profile: Pick<SsoProfile, 'email' | 'emailVerified'>,
  connection: Pick<SsoConnection, 'organizationId' | 'domains'>,
): string {
  const { email } = profile;
  if (email === undefined || !provesAddress(profile, connection)) throw new GatewayError('sso.email_unverified');
  return email;
}

/**
 * Whether who signs in for the first time becomes a member by that. Where anybody can have an account, only those of the
 * connection's domains do; an organization's own provider vouches for everybody it knows.
 */
export function mayJoin(
  profile: Pick<SsoProfile, 'email' | 'emailVerified'>,
  connection: Pick<SsoConnection, 'organizationId' | 'joins' | 'domains' | 'issuer' | 'endpoints'>,
): boolean {
  if (connection.joins !== 'just_in_time' || connection.organizationId === undefined) return false;
  return !isOpenToAnybody(ssoSecretAddress(connection)) || provesAddress(profile, connection);
}

/** The domain of an address in lower case; `undefined` for what is no address. */
export function domainOf(email: string): string | undefined {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1).toLowerCase();
  return at < 1 || domain === '' ? undefined : domain;
}
