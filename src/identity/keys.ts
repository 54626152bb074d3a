import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../protocol/access.ts';
import { CACHE_SECONDS_MAX, CACHE_SECONDS_MIN } from '../protocol/cached-answer.ts';
import { PLAIN_KEY, type VirtualKeyRow } from '../protocol/configuration.ts';
import type { Access } from '../protocol/people.ts';
import type { Tenant } from '../protocol/tenant.ts';
import {
  assertNotEnded,
  assertRevision,
  noSuchKey,
  previousSecret,
  readAddresses,
  readExpiry,
  readKeyName,
  readOrigins,
} from './key-limits.ts';
import type { KeyOwner, KeyOwnerReader, KeyPage, VirtualKeyStore } from './ports.ts';
import { createVirtualKey, type HashKey, maskSecret, type RandomBytes } from './virtual-key.ts';
import { isOwnedBy, managesOthers, ownerOf, type VisibleProjects } from './visible-projects.ts';

export type NewKey = {
  /** The organization's default project when it is not given. */
  readonly projectId: string | undefined;
  /** Whose key it is; `undefined`: the project's. */
  readonly owner: KeyOwner | undefined;
  readonly name: string;
  /** Names or patterns; `undefined` allows every model. */
  readonly allowedModels: readonly string[] | undefined;
  /** Whether its requests are refused rather than lose anything in translation. */
  readonly refusesLosses: boolean;
  /** Milliseconds since the epoch, in the future; `undefined` for a key that does not expire. */
  readonly expiresAt: number | undefined;
  /** Addresses, networks, `loopback` or `private`; `undefined` allows every address. */
  readonly allowedAddresses: readonly string[] | undefined;
  /** Web origins whose pages may use it; `undefined` allows none. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** For how long answers to its calls are given again; `undefined`: not at all. */
  readonly cacheSeconds: number | undefined;
};

/** What is said of a key that is the project's own. */
export type PlainKey = Pick<NewKey, 'name' | 'allowedModels' | 'expiresAt'>;

/** A field that is missing stays; `null` lifts the limit. */
export type KeyChange = {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly refusesLosses?: boolean | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly allowedAddresses?: readonly string[] | null | undefined;
  readonly allowedOrigins?: readonly string[] | null | undefined;
  readonly cacheSeconds?: number | null | undefined;
};

/** A key and its secret, at the only moment at which it is known. */
export type MadeKey = { readonly key: VirtualKeyRow; readonly secret: string };

/**
 * Virtual keys of an organization. Who may see a project sees its keys. Owners and admins change all of them; others
 * their own, and those of projects that nobody owns.
 *
 * Everything throws GatewayError: `request.invalid`, `access.denied`, `resource.…`. With `ifRevision` a change is made
 * only while that is the key's revision.
 */
export type KeyService = {
  /** Oldest first; of one project when it is given. */
  readonly list: (access: Access, projectId: string | undefined, page: KeyPage) => Promise<readonly VirtualKeyRow[]>;
  readonly get: (access: Access, id: string) => Promise<VirtualKeyRow | undefined>;
  readonly create: (access: Access, input: NewKey) => Promise<MadeKey>;
  readonly update: (access: Access, id: string, change: KeyChange, ifRevision?: number) => Promise<VirtualKeyRow>;
  /** Gives the key a new secret. The one before counts until the overlap ends; one before that ends now. */
  readonly rotate: (access: Access, id: string, overlapMs: number, ifRevision?: number) => Promise<MadeKey>;
  /** Ends a key for good. Revoking it again changes nothing. */
  readonly revoke: (access: Access, id: string, ifRevision?: number) => Promise<VirtualKeyRow>;
  readonly remove: (access: Access, id: string, ifRevision?: number) => Promise<void>;
};

export type KeyServiceInput = {
  readonly store: VirtualKeyStore;
  readonly projects: VisibleProjects;
  readonly owners: KeyOwnerReader;
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Builds the key service. Callers tell the snapshot of a change; the store has bumped the configuration version. */
export function createKeyService(input: KeyServiceInput): KeyService {
  const { store, projects, now } = input;

  const get = async (access: Access, id: string): Promise<VirtualKeyRow | undefined> => {
    const key = await store.get(access.tenant, id);
    const visible = await projects.idsOf(access);
    return key === undefined || visible?.includes(key.projectId) === false ? undefined : key;
  };

  const changeable = async (access: Access, id: string, ifRevision: number | undefined): Promise<VirtualKeyRow> => {
    const key = await get(access, id);
    if (key === undefined) throw noSuchKey();
    if (!mayChange(access, key)) {
      throw new GatewayError('access.denied', { message: 'The key is somebody else’s.' });
    }
    if (key.source !== 'store') throw new GatewayError('resource.read_only');
    assertRevision(key, ifRevision);
    return key;
  };

  const apply = async (
    { tenant }: Access,
    id: string,
    change: Parameters<VirtualKeyStore['update']>[2],
    ifRevision: number | undefined,
  ): Promise<VirtualKeyRow> => {
    const isWritten = await store.update(tenant, id, change, ifRevision);
    const key = await store.get(tenant, id);
    if (key === undefined) throw noSuchKey();
    if (!isWritten) throw new GatewayError('resource.changed');
    return key;
  };

  return {
    list: async (access, projectId, page) => {
      const ids =
        projectId === undefined ? await projects.idsOf(access) : [(await projects.find(access, projectId)).id];
      return store.page(access.tenant, ids, page);
    },
    get,
    create: (access, wanted) => create(input, access, wanted),
    update: async (access, id, change, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      if (change.name !== undefined) await assertNameFree(store, key, readKeyName(change.name), id);
      return apply(access, key.id, columnsOf(change, now()), ifRevision);
    },
    rotate: async (access, id, overlapMs, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      assertNotEnded(key, now());
      const secret = createVirtualKey(input.randomBytes);
      const change = {
        hash: input.hashKey(secret),
        masked: maskSecret(secret),
        ...previousSecret(key.hash, overlapMs, now()),
      };
      // Of two rotations at once one fails, or its caller would hold a secret that has been replaced already.
      return { key: await apply(access, id, change, key.revision), secret };
    },
    revoke: async (access, id, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      return key.revokedAt === undefined ? apply(access, id, { revokedAt: now() }, ifRevision) : key;
    },
    remove: async (access, id, ifRevision) => {
      const key = await changeable(access, id, ifRevision);
      if (await store.remove(access.tenant, key.id, ifRevision)) return;
      throw (await store.get(access.tenant, id)) === undefined ? noSuchKey() : new GatewayError('resource.changed');
    },
  };
}

function mayChange(access: Access, key: VirtualKeyRow): boolean {
  if (managesOthers(access)) return true;
  const isOfNobody = key.memberId === undefined && key.serviceAccountId === undefined;
  return isOfNobody || isOwnedBy(key, ownerOf(access));
}

async function create(
  { store, projects, owners, ...maker }: KeyServiceInput,
  access: Access,
  wanted: NewKey,
): Promise<MadeKey> {
  const fields = {
    name: readKeyName(wanted.name),
    allowedModels: readPatterns(wanted.allowedModels),
    expiresAt: readExpiry(wanted.expiresAt, maker.now()),
    allowedAddresses: readAddresses(wanted.allowedAddresses),
    allowedOrigins: readOrigins(wanted.allowedOrigins),
    cacheSeconds: readCacheSeconds(wanted.cacheSeconds),
  };
  const project = await projects.find(access, wanted.projectId ?? access.tenant.projectId);
  if (project.archivedAt !== undefined) throw unfit('project_id', 'The project is archived.');
  await assertMayOwn(access, owners, wanted.owner);
  const place: Tenant = { organizationId: project.organizationId, projectId: project.id };
  await assertNameFree(store, place, fields.name);
  const made = makeKey(maker, place, { ...fields, ...wanted.owner, refusesLosses: wanted.refusesLosses });
  await store.insert(place, made.key);
  return made;
}

type KeyMaker = Pick<KeyServiceInput, 'hashKey' | 'newId' | 'randomBytes' | 'now'>;
type KeyFields = Pick<
  VirtualKeyRow,
  'name' | 'allowedModels' | 'expiresAt' | 'allowedAddresses' | 'allowedOrigins' | 'refusesLosses' | 'cacheSeconds'
>;

/** A new key, which is nowhere yet. */
function makeKey({ hashKey, newId, randomBytes, now }: KeyMaker, place: Tenant, fields: KeyFields): MadeKey {
  const secret = createVirtualKey(randomBytes);
  const key: VirtualKeyRow = {
    ...PLAIN_KEY,
    ...place,
    ...fields,
    id: newId('vk'),
    hash: hashKey(secret),
    masked: maskSecret(secret),
    enabled: true,
    revokedAt: undefined,
    createdAt: now(),
    lastUsedAt: undefined,
    source: 'store',
  };
  return { key, secret };
}

/** A key that is the project's own and may do what its models allow. @throws GatewayError `request.invalid` */
export function makePlainKey(maker: KeyMaker, place: Tenant, wanted: PlainKey): MadeKey {
  return makeKey(maker, place, {
    name: readKeyName(wanted.name),
    allowedModels: readPatterns(wanted.allowedModels),
    expiresAt: readExpiry(wanted.expiresAt, maker.now()),
    allowedAddresses: undefined,
    allowedOrigins: undefined,
    refusesLosses: false,
    cacheSeconds: undefined,
  });
}

/** Keys for others are made by owners and admins. @throws GatewayError `access.denied`, `resource.not_found` */
async function assertMayOwn(access: Access, owners: KeyOwnerReader, owner: KeyOwner | undefined): Promise<void> {
  if (owner === undefined) return;
  const isOwn = isOwnedBy({ memberId: undefined, serviceAccountId: undefined, ...owner }, ownerOf(access));
  if (isOwn) return;
  if (!managesOthers(access)) {
    throw new GatewayError('access.denied', { message: 'A key for somebody else is made by an owner or an admin.' });
  }
  if (await owners.has(access.tenant, owner)) return;
  const [param, what] = 'memberId' in owner ? ['member_id', 'member'] : ['service_account_id', 'service account'];
  throw new GatewayError('resource.not_found', { message: `There is no such ${what}.`, param });
}

/** A name is one key's in its project, until that is revoked. @throws GatewayError `resource.conflict` */
async function assertNameFree(store: VirtualKeyStore, place: Tenant, name: string, exceptId?: string): Promise<void> {
  const keys = await store.list(place);
  const taken = keys.some((key) => key.name === name && key.id !== exceptId && key.revokedAt === undefined);
  if (taken) throw new GatewayError('resource.conflict', { message: 'A key of that name exists.', param: 'name' });
}

function columnsOf(change: KeyChange, nowMs: number): Parameters<VirtualKeyStore['update']>[2] {
  const { name, enabled, refusesLosses, allowedModels, expiresAt, allowedAddresses, allowedOrigins, cacheSeconds } =
    change;
  return {
    ...(name === undefined ? {} : { name: readKeyName(name) }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(refusesLosses === undefined ? {} : { refusesLosses }),
    ...(allowedModels === undefined ? {} : { allowedModels: readPatterns(allowedModels ?? undefined) }),
    ...(expiresAt === undefined ? {} : { expiresAt: readExpiry(expiresAt ?? undefined, nowMs) }),
    ...(allowedAddresses === undefined ? {} : { allowedAddresses: readAddresses(allowedAddresses ?? undefined) }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins: readOrigins(allowedOrigins ?? undefined) }),
    ...(cacheSeconds === undefined ? {} : { cacheSeconds: readCacheSeconds(cacheSeconds ?? undefined) }),
  };
}

function readCacheSeconds(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (Number.isInteger(seconds) && seconds >= CACHE_SECONDS_MIN && seconds <= CACHE_SECONDS_MAX) return seconds;
  throw unfit('cache_seconds', `Answers can be kept for ${CACHE_SECONDS_MIN} to ${CACHE_SECONDS_MAX} seconds.`);
}

function readPatterns(patterns: readonly string[] | undefined): readonly string[] | undefined {
  if (patterns === undefined) return undefined;
  if (patterns.length > PATTERNS_MAX) throw unfit('allowed_models', `At most ${PATTERNS_MAX} models can be listed.`);
  const bad = patterns.findIndex((pattern) => pattern.trim() === '' || pattern.length > PATTERN_CHARS_MAX);
  if (bad >= 0) throw unfit(`allowed_models.${bad}`, `A model has 1 to ${PATTERN_CHARS_MAX} characters.`);
  return [...new Set(patterns.map((pattern) => pattern.trim()))];
}
