import { GatewayError } from '../kernel/errors.ts';
import type { Access, Actor } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { AdminTokens } from './admin-token.ts';
import type { AccessStore } from './ports.ts';
import { permissionsOfOperator, permissionsOfRole } from './roles.ts';
import { hashOfSession, SESSION_IDLE_MS } from './sessions.ts';
import type { HashKey } from './virtual-key.ts';

/** How every management key begins. */
export const MANAGEMENT_KEY_PREFIX = 'sk-hub-mgmt-';
const TOKEN_CHARS_MAX = 512;
/** A session's or a key's last use is written down at most this often. */
const SEEN_EVERY_MS = 60_000;

const NOTHING: ReadonlySet<string> = new Set();

/** Who calls the control plane, and what they may do there. See the port of the control plane that it satisfies. */
export type AccessService = {
  readonly ofBearer: (token: string, address: string | undefined) => Promise<Actor | undefined>;
  readonly ofSession: (token: string) => Promise<Actor | undefined>;
  readonly within: (actor: Actor, organizationId: string | undefined) => Promise<Access>;
  readonly toInstallation: (actor: Actor) => Access;
};

export type AccessInput = {
  readonly store: AccessStore;
  readonly adminTokens: Pick<AdminTokens, 'verify'>;
  /** Whether it is the token by which the command line on this machine speaks to the hub. */
  readonly isControlToken: (token: string) => boolean;
  readonly hashKey: HashKey;
  /** Whether an address lies in one of the networks. */
  readonly isWithin: (address: string | undefined, networks: readonly string[]) => boolean;
  readonly defaultTenant: Tenant;
  /** Notes the last use of a management key, at most once a minute. */
  readonly noteKeyUse: (keyId: string, usedAtMs: number) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createAccess(input: AccessInput): AccessService {
  const { store, now } = input;
  return {
    ofBearer: async (token, address) => {
      if (token.length > TOKEN_CHARS_MAX) return undefined;
      if (token.startsWith(MANAGEMENT_KEY_PREFIX)) return ofManagementKey(input, token, address);
      const isInstallation = input.isControlToken(token) || (await input.adminTokens.verify(token));
      return isInstallation ? { kind: 'installation' } : undefined;
    },
    ofSession: async (token) => {
      if (token.length > TOKEN_CHARS_MAX) return undefined;
      const at = { nowMs: now(), seenSinceMs: now() - SESSION_IDLE_MS };
      const found = await store.sessionByHash(hashOfSession(input.hashKey, token), at);
      if (found === undefined) return undefined;
      const { session, user, ssoOrganizationId } = found;
      if (now() - session.lastSeenAt >= SEEN_EVERY_MS) {
        await store.noteSeen({ sessionId: session.id, userId: user.id, at: now() });
      }
      return {
        kind: 'person',
        userId: user.id,
        sessionId: session.id,
        // An organization's own provider says who somebody is; its word is worth that organization and no more.
        isOperator: user.isOperator && ssoOrganizationId === undefined,
        onlyOrganizationId: ssoOrganizationId,
      };
    },
    within: (actor, organizationId) => within(input, actor, organizationId),
    toInstallation: (actor) => {
      if (actor.kind === 'installation') return accessOfInstallation(input.defaultTenant);
      const isOperator = actor.kind === 'person' && actor.isOperator;
      return { ...nobody(actor, input.defaultTenant), permissions: isOperator ? permissionsOfOperator() : NOTHING };
    },
  };
}

async function ofManagementKey(
  { store, hashKey, isWithin, noteKeyUse, now }: AccessInput,
  token: string,
  address: string | undefined,
): Promise<Actor | undefined> {
  const found = await store.managementKeyByHash(hashOfManagementKey(hashKey, token), now());
  if (found === undefined) return undefined;
  const { key, role, teamIds, tenant, organizationState } = found;
  if (key.allowedAddresses !== undefined && !isWithin(address, key.allowedAddresses)) {
    throw new GatewayError('access.denied', { message: 'This key may not be used from this address.' });
  }
  const at = now();
  if (key.lastUsedAt === undefined || at - key.lastUsedAt >= SEEN_EVERY_MS) noteKeyUse(key.id, at);
  return { kind: 'management_key', key, role, teamIds, tenant, organizationState };
}

/** Its own word in front keeps these hashes apart from those of other secrets that share the pepper. */
export function hashOfManagementKey(hashKey: HashKey, token: string): string {
  return hashKey(`management key ${token}`);
}

function within(input: AccessInput, actor: Actor, organizationId: string | undefined): Promise<Access> {
  switch (actor.kind) {
    case 'installation':
      return asInstallation(input, actor, organizationId);
    case 'person':
      return asPerson(input, actor, organizationId);
    case 'management_key':
      return asKey(actor, organizationId);
  }
}

/** The installation owns its first organization, and is an operator in the others. */
async function asInstallation(input: AccessInput, actor: Actor, organizationId: string | undefined): Promise<Access> {
  const { defaultTenant } = input;
  if (organizationId !== undefined && organizationId !== defaultTenant.organizationId) {
    return asOperator(input, actor, organizationId);
  }
  return accessOfInstallation(defaultTenant);
}

/** What the installation itself may do in its first organization, such as make the first key. */
export function accessOfInstallation(defaultTenant: Tenant): Access {
  const permissions = new Set<string>([...permissionsOfRole('owner'), ...permissionsOfOperator()]);
  return { ...nobody({ kind: 'installation' }, defaultTenant), role: 'owner', permissions };
}

async function asOperator({ store }: AccessInput, actor: Actor, organizationId: string): Promise<Access> {
  const organization = await store.organization(organizationId);
  if (organization === undefined) throw new GatewayError('resource.not_found');
  return { ...nobody(actor, organization.tenant), permissions: permissionsOfOperator() };
}

async function asPerson(
  input: AccessInput,
  actor: Extract<Actor, { kind: 'person' }>,
  organizationId: string | undefined,
): Promise<Access> {
  const all = await input.store.membershipsOf(actor.userId);
  const { onlyOrganizationId: only } = actor;
  const memberships = only === undefined ? all : all.filter(({ member }) => member.organizationId === only);
  const membership =
    organizationId === undefined
      ? (memberships.find(({ organizationState }) => organizationState === 'active') ?? memberships[0])
      : memberships.find(({ member }) => member.organizationId === organizationId);
  if (membership === undefined) {
    if (actor.isOperator) return asOperator(input, actor, organizationId ?? input.defaultTenant.organizationId);
    throw new GatewayError('resource.not_found');
  }
  const { member, tenant, organizationState } = membership;
  const ofOperator = actor.isOperator ? permissionsOfOperator() : NOTHING;
  if (organizationState !== 'active' && !actor.isOperator) throw new GatewayError('organization.not_active');
  const ofRole = organizationState === 'active' ? permissionsOfRole(member.role) : NOTHING;
  return {
    actor,
    tenant,
    role: member.role,
    memberId: member.id,
    serviceAccountId: undefined,
    teamIds: member.teamIds,
    permissions: new Set<string>([...ofRole, ...ofOperator]),
  };
}

/** A key may do what its owner's role may do and its scopes name, in its own organization. */
async function asKey(
  actor: Extract<Actor, { kind: 'management_key' }>,
  organizationId: string | undefined,
): Promise<Access> {
  const { key, role, teamIds, tenant, organizationState } = actor;
  if (organizationId !== undefined && organizationId !== key.organizationId) {
    throw new GatewayError('resource.not_found');
  }
  if (organizationState !== 'active') throw new GatewayError('organization.not_active');
  const ofRole: ReadonlySet<string> = permissionsOfRole(role);
  return {
    actor,
    tenant,
    role,
    memberId: key.memberId,
    serviceAccountId: key.serviceAccountId,
    teamIds,
    permissions: new Set(key.scopes.filter((scope) => ofRole.has(scope))),
  };
}

function nobody(actor: Actor, tenant: Tenant) {
  return { actor, tenant, role: undefined, memberId: undefined, serviceAccountId: undefined, teamIds: [] };
}
