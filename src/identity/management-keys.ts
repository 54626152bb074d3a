import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';
import type { Access, ManagementKey } from '../protocol/people.ts';
import { hashOfManagementKey, MANAGEMENT_KEY_PREFIX } from './access.ts';
import {
  assertNotEnded,
  assertRevision,
  noSuchKey,
  previousSecret,
  readAddresses,
  readExpiry,
  readKeyName,
} from './key-limits.ts';
import type { KeyOwner, KeyOwnerReader, KeyPage, ManagementKeyStore, StoredManagementKey } from './ports.ts';
import { permissionsOfRole } from './roles.ts';
import { createSecret, type HashKey, maskSecret, type RandomBytes } from './virtual-key.ts';
import { isOwnedBy, managesOthers, ownerOf, seesOthers } from './visible-projects.ts';

export type NewManagementKey = {
  /** Whose key it is: the caller's own when it is not given. */
  readonly owner: KeyOwner | undefined;
  readonly name: string;
  /** Permissions, each of which the caller has. */
  readonly scopes: readonly string[];
  readonly allowedAddresses: readonly string[] | undefined;
  /** Milliseconds since the epoch, in the future; `undefined` for a key that does not expire. */
  readonly expiresAt: number | undefined;
};

/** A field that is missing stays; `null` lifts the limit. */
export type ManagementKeyChange = {
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly allowedAddresses?: readonly string[] | null | undefined;
  readonly expiresAt?: number | null | undefined;
};

/** A key and its secret, at the only moment at which it is known. */
export type MadeManagementKey = { readonly key: ManagementKey; readonly secret: string };

/**
 * Keys for programs that call the control plane. Owners and admins see and change all of the organization's, operators
 * see them, others see and change their own.
 *
 * Nobody gains by a key what they cannot do without it: its scopes are permissions of who makes it, a secret is shown
 * only to who has all that it opens, and a key makes, widens or rotates no key that would outlast it or work from more
 * addresses. Everything throws GatewayError: `request.invalid`, `access.denied`, `resource.…`. With `ifRevision` a change
 * is made only while that is the key's revision.
 */
export type ManagementKeyService = {
  /** Oldest first. */
  readonly list: (access: Access, page: KeyPage) => Promise<readonly ManagementKey[]>;
  readonly get: (access: Access, id: string) => Promise<ManagementKey | undefined>;
  readonly create: (access: Access, input: NewManagementKey) => Promise<MadeManagementKey>;
  readonly update: (
    access: Access,
    id: string,
    change: ManagementKeyChange,
    ifRevision?: number,
  ) => Promise<ManagementKey>;
  /** Gives the key a new secret. The one before counts until the overlap ends; one before that ends now. */
  readonly rotate: (access: Access, id: string, overlapMs: number, ifRevision?: number) => Promise<MadeManagementKey>;
  /** Ends a key for good. Revoking it again changes nothing. */
  readonly revoke: (access: Access, id: string, ifRevision?: number) => Promise<ManagementKey>;
  readonly remove: (access: Access, id: string, ifRevision?: number) => Promise<void>;
};

export type ManagementKeyInput = {
  readonly store: ManagementKeyStore;
  readonly owners: KeyOwnerReader;
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Permissions that a key can have: those of an organization's roles. What is the installation's, no key opens. */
export const MANAGEMENT_KEY_SCOPES: readonly string[] = [...permissionsOfRole('owner')];

type Limits = Pick<ManagementKey, 'scopes' | 'allowedAddresses' | 'expiresAt'>;

export function createManagementKeyService(input: ManagementKeyInput): ManagementKeyService {
  const { store, now } = input;

  const find = async (access: Access, id: string): Promise<StoredManagementKey | undefined> => {
    const key = await store.get(access.tenant, id);
    return key !== undefined && (seesOthers(access) || isOwnedBy(key, ownerOf(access))) ? key : undefined;
  };

  const changeable = async (
    access: Access,
    id: string,
    ifRevision: number | undefined,
  ): Promise<StoredManagementKey> => {
    const key = await find(access, id);
    if (key === undefined) throw noSuchKey();
    if (!managesOthers(access) && !isOwnedBy(key, ownerOf(access))) throw new GatewayError('access.denied');
    assertRevision(key, ifRevision);
    return key;
  };

  const apply = async (
    { tenant }: Access,
    id: string,
    change: Parameters<ManagementKeyStore['update']>[2],
    ifRevision: number | undefined,
  ): Promise<ManagementKey> => {
    const isWritten = await store.update(tenant, id, change, ifRevision);
    const key = await store.get(tenant, id);
    if (key === undefined) throw noSuchKey();
    if (!isWritten) throw new GatewayError('resource.changed');
    return withoutHashes(key);
  };

  return {
    list: async (access, page) => {
      if (seesOthers(access)) return store.page(access.tenant, undefined, page);
      const owner = ownerOf(access);
      return owner === undefined ? [] : store.page(access.tenant, owner, page);
    },
    get: async (access, id) => {
      const key = await find(access, id);
      return key && withoutHashes(key);
    },
    create: (access, wanted) => create(input, access, wanted),
    update: async (access, id, change, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      const columns = columnsOf(change, now());
      const widened = columns.scopes?.filter((scope) => !key.scopes.includes(scope)) ?? [];
      assertMayGive(access, { ...key, ...columns, scopes: widened });
      return apply(access, id, columns, ifRevision);
    },
    rotate: async (access, id, overlapMs, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      assertNotEnded(key, now());
      assertMayGive(access, key);
      const { secret, hash, masked } = makeSecret(input);
      const change = { hash, masked, ...previousSecret(key.hash, overlapMs, now()) };
      // Of two rotations at once one fails, or its caller would hold a secret that has been replaced already.
      return { key: await apply(access, id, change, key.revision), secret };
    },
    revoke: async (access, id, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      return key.revokedAt === undefined ? apply(access, id, { revokedAt: now() }, ifRevision) : withoutHashes(key);
    },
    remove: async (access, id, ifRevision) => {
      await changeable(access, id, ifRevision);
      if (await store.remove(access.tenant, id, ifRevision)) return;
      throw (await store.get(access.tenant, id)) === undefined ? noSuchKey() : new GatewayError('resource.changed');
    },
  };
}

async function create(input: ManagementKeyInput, access: Access, wanted: NewManagementKey): Promise<MadeManagementKey> {
  const { store, newId, now } = input;
  const fields = {
    name: readKeyName(wanted.name),
    scopes: readScopes(wanted.scopes),
    allowedAddresses: readAddresses(wanted.allowedAddresses),
    expiresAt: readExpiry(wanted.expiresAt, now()),
  };
  assertMayGive(access, fields);
  const owner = await ownerOfNew(access, input.owners, wanted.owner);
  const { secret, hash, masked } = makeSecret(input);
  const key: ManagementKey = {
    memberId: undefined,
    serviceAccountId: undefined,
    ...owner,
    ...fields,
    id: newId('mk'),
    organizationId: access.tenant.organizationId,
    masked,
    revokedAt: undefined,
    previousUntil: undefined,
    createdAt: now(),
    lastUsedAt: undefined,
    revision: 1,
  };
  await store.insert({ ...key, hash, previousHash: undefined });
  return { key, secret };
}

/** One's own, or a service account's for who may change those. @throws GatewayError */
async function ownerOfNew(access: Access, owners: KeyOwnerReader, wanted: KeyOwner | undefined): Promise<KeyOwner> {
  const own = ownerOf(access);
  if (wanted === undefined) {
    if (own !== undefined) return own;
    throw unfit('service_account_id', 'Name the service account: who calls is no member, and owns no keys.');
  }
  if (isOwnedBy({ memberId: undefined, serviceAccountId: undefined, ...wanted }, own)) return wanted;
  if ('memberId' in wanted) {
    throw new GatewayError('access.denied', {
      message: 'Members make their own keys; make one for a service account.',
    });
  }
  const permission = 'service_accounts.write';
  if (!access.permissions.has(permission)) throw new GatewayError('access.denied', { details: { permission } });
  if (await owners.has(access.tenant, wanted)) return wanted;
  throw new GatewayError('resource.not_found', {
    message: 'There is no such service account.',
    param: 'service_account_id',
  });
}

/** @throws GatewayError `access.denied` when the key could do what the caller cannot */
function assertMayGive(access: Access, { scopes, allowedAddresses, expiresAt }: Limits): void {
  const missing = scopes.filter((scope) => !access.permissions.has(scope));
  if (missing.length > 0) {
    throw new GatewayError('access.denied', {
      message: 'A key may do no more than who makes it.',
      param: 'scopes',
      details: { missing },
    });
  }
  if (access.actor.kind !== 'management_key') return;
  const by = access.actor.key;
  if (by.expiresAt !== undefined && (expiresAt === undefined || expiresAt > by.expiresAt)) {
    throw new GatewayError('access.denied', {
      message: 'A key that a key makes or changes ends no later than that one.',
      param: 'expires_at',
    });
  }
  const { allowedAddresses: places } = by;
  if (places === undefined || allowedAddresses?.every((address) => places.includes(address)) === true) return;
  throw new GatewayError('access.denied', {
    message: 'A key that a key makes or changes is used from no other addresses than that one.',
    param: 'allowed_addresses',
  });
}

function makeSecret({ randomBytes, hashKey }: ManagementKeyInput) {
  const secret = createSecret(MANAGEMENT_KEY_PREFIX, randomBytes);
  return { secret, hash: hashOfManagementKey(hashKey, secret), masked: maskSecret(secret, MANAGEMENT_KEY_PREFIX) };
}

function columnsOf({ name, scopes, allowedAddresses, expiresAt }: ManagementKeyChange, nowMs: number) {
  return {
    ...(name === undefined ? {} : { name: readKeyName(name) }),
    ...(scopes === undefined ? {} : { scopes: readScopes(scopes) }),
    ...(allowedAddresses === undefined ? {} : { allowedAddresses: readAddresses(allowedAddresses ?? undefined) }),
    ...(expiresAt === undefined ? {} : { expiresAt: readExpiry(expiresAt ?? undefined, nowMs) }),
  };
}

function readScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) throw unfit('scopes', 'A key needs at least one scope.');
  const bad = scopes.findIndex((scope) => !MANAGEMENT_KEY_SCOPES.includes(scope));
  if (bad >= 0) throw unfit(`scopes.${bad}`, 'There is no such scope.');
  return [...new Set(scopes)];
}

function withoutHashes({ hash: _hash, previousHash: _previous, ...key }: StoredManagementKey): ManagementKey {
  return key;
}
