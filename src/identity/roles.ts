import type { Role } from '../protocol/people.ts';

/**
 * Everything that may be done on the control plane, by name. A route names one; a management key's scopes are some of
 * them; `test/golden/authorization.txt` shows which role may call which route.
 */
export const PERMISSIONS = [
  // In an organization.
  'organization.read',
  'organization.write',
  'organization.close',
  'members.read',
  'members.write',
  'teams.read',
  'teams.write',
  'projects.read',
  'projects.write',
  'rules.read',
  'rules.write',
  'limits.read',
  'limits.write',
  'guardrails.read',
  'guardrails.write',
  'keys.read',
  'keys.write',
  'management_keys.read',
  'management_keys.write',
  'service_accounts.read',
  'service_accounts.write',
  'connections.read',
  'connections.write',
  'models.read',
  'usage.read',
  'sso.read',
  'sso.write',
  'audit.read',
  'webhooks.read',
  'webhooks.write',
  'contents.read',
  'contents.write',
  'credit.read',
  'credit.buy',
  // Of the installation.
  'installation.read',
  'installation.write',
  'organizations.read',
  'organizations.write',
  'users.read',
  'users.write',
  'operator_rules.write',
  'installation_credit.write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const OF_INSTALLATION = /^(?:installation|organizations|users|operator_rules|installation_credit)\./;

/** Whether a permission is about the installation itself, and so about no organization's own rows. */
export function isOfInstallation(permission: string): boolean {
  return OF_INSTALLATION.test(permission);
}

const VIEWER: readonly Permission[] = [
  'organization.read',
  'teams.read',
  'projects.read',
  'rules.read',
  'limits.read',
  'guardrails.read',
  'keys.read',
  'models.read',
  'usage.read',
];
const DEVELOPER: readonly Permission[] = [
  ...VIEWER,
  'members.read',
  'keys.write',
  'management_keys.read',
  'management_keys.write',
  'service_accounts.read',
];
const BILLING: readonly Permission[] = [
  'organization.read',
  'members.read',
  'teams.read',
  'projects.read',
  'limits.read',
  'guardrails.read',
  'usage.read',
  'credit.read',
  'credit.buy',
];
const ADMIN: readonly Permission[] = [
  ...DEVELOPER,
  'organization.write',
  'members.write',
  'teams.write',
  'projects.write',
  'rules.write',
  'limits.write',
  'guardrails.write',
  'service_accounts.write',
  'connections.read',
  'connections.write',
  'sso.read',
  'sso.write',
  'audit.read',
  'webhooks.read',
  'webhooks.write',
  'contents.read',
  'contents.write',
  'credit.read',
  'credit.buy',
];
const OWNER: readonly Permission[] = [...ADMIN, 'organization.close'];

/** What each role may do in its organization. */
const OF_ROLE: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(OWNER),
  admin: new Set(ADMIN),
  billing: new Set(BILLING),
  developer: new Set(DEVELOPER),
  viewer: new Set(VIEWER),
};

/**
 * What an operator may do in an organization without being a member: see who and what is there, and how much is used. Its
 * own provider credentials and its settings are not among it.
 */
const OPERATOR_IN_ORGANIZATION: readonly Permission[] = [
  'organization.read',
  'members.read',
  'teams.read',
  'projects.read',
  'rules.read',
  'limits.read',
  'guardrails.read',
  'keys.read',
  'service_accounts.read',
  'management_keys.read',
  'models.read',
  'usage.read',
  'audit.read',
  'credit.read',
];

const OF_OPERATOR: ReadonlySet<Permission> = new Set<Permission>([
  ...OPERATOR_IN_ORGANIZATION,
  'installation.read',
  'installation.write',
  'organizations.read',
  'organizations.write',
  'users.read',
  'users.write',
  'operator_rules.write',
  'installation_credit.write',
]);

export function permissionsOfRole(role: Role): ReadonlySet<Permission> {
  return OF_ROLE[role];
}

/** Owner above admin above all others, which stand side by side. */
const RANK: Readonly<Record<Role, number>> = { owner: 3, admin: 2, billing: 1, developer: 1, viewer: 1 };

/** Whether who has the one role may give the other, or act on who has it: nobody reaches above their own. */
export function mayGiveRole(own: Role | undefined, given: Role): boolean {
  return own !== undefined && RANK[own] >= RANK[given];
}

export function permissionsOfOperator(): ReadonlySet<Permission> {
  return OF_OPERATOR;
}
