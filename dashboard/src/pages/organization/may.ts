import type { Membership, Place } from '../../app/session.tsx';

export type Role = Membership['role'];

export const ROLES: readonly Role[] = ['owner', 'admin', 'billing', 'developer', 'viewer'];

const RANK: Readonly<Record<Role, number>> = { owner: 3, admin: 2, billing: 1, developer: 1, viewer: 1 };

/** Whether somebody may give a role, or act on who has it: nobody reaches above their own. */
export function mayGive({ role }: Place, given: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[given];
}

export const TABS = [
  'members',
  'invitations',
  'teams',
  'projects',
  'service-accounts',
  'management-keys',
  'rules',
  'sign-on',
  'webhooks',
  'settings',
] as const;
export type Tab = (typeof TABS)[number];

const EVERYBODY = ['teams', 'projects', 'settings'] as const;
const OF_ROLE: Readonly<Record<Role, readonly Tab[]>> = {
  owner: TABS,
  admin: TABS,
  billing: ['members', 'invitations', ...EVERYBODY],
  developer: ['members', 'invitations', 'service-accounts', 'management-keys', 'rules', ...EVERYBODY],
  viewer: ['rules', ...EVERYBODY],
};

/** The parts of the page that somebody may look at; an operator sees who and what is there, but neither sign-on nor webhooks. */
export function tabsOf({ role, isOperator }: Place): readonly Tab[] {
  const ofRole = role === undefined ? [] : OF_ROLE[role];
  return TABS.filter((tab) => ofRole.includes(tab) || (isOperator && tab !== 'sign-on' && tab !== 'webhooks'));
}

export function mayMakeManagementKeys({ role }: Place): boolean {
  return role === 'owner' || role === 'admin' || role === 'developer';
}

/** What a management key may be let do, by what it is about. */
export const SCOPES = {
  organization: ['organization.read', 'organization.write', 'organization.close'],
  members: ['members.read', 'members.write'],
  teams: ['teams.read', 'teams.write'],
  projects: ['projects.read', 'projects.write'],
  rules: ['rules.read', 'rules.write'],
  limits: ['limits.read', 'limits.write'],
  guardrails: ['guardrails.read', 'guardrails.write'],
  keys: ['keys.read', 'keys.write'],
  management_keys: ['management_keys.read', 'management_keys.write'],
  service_accounts: ['service_accounts.read', 'service_accounts.write'],
  connections: ['connections.read', 'connections.write'],
  models: ['models.read'],
  usage: ['usage.read'],
  sso: ['sso.read', 'sso.write'],
  audit: ['audit.read'],
  contents: ['contents.read', 'contents.write'],
  webhooks: ['webhooks.read', 'webhooks.write'],
  credit: ['credit.read', 'credit.buy'],
} as const;
export type ScopeArea = keyof typeof SCOPES;
export type Scope = (typeof SCOPES)[ScopeArea][number];

const OF_DEVELOPER: ReadonlySet<Scope> = new Set<Scope>([
  'organization.read',
  'members.read',
  'teams.read',
  'projects.read',
  'rules.read',
  'limits.read',
  'guardrails.read',
  'keys.read',
  'keys.write',
  'management_keys.read',
  'management_keys.write',
  'service_accounts.read',
  'models.read',
  'usage.read',
]);

/** Nobody lets a key do what they may not do themselves. */
export function mayLet({ role }: Place, scope: Scope): boolean {
  if (role === 'owner') return true;
  return role === 'admin' ? scope !== 'organization.close' : OF_DEVELOPER.has(scope);
}
