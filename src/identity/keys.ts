import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { PATTERN_CHARS_MAX, PATTERNS_MAX } from '../protocol/access.ts';
import { PLAIN_KEY, type VirtualKeyRow } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { VirtualKeyStore } from './ports.ts';
import { createVirtualKey, type HashKey, maskSecret, type RandomBytes } from './virtual-key.ts';

const NAME_CHARS_MAX = 100;

export type NewKey = {
  readonly name: string;
  /** Names or patterns; `undefined` allows every model. */
  readonly allowedModels: readonly string[] | undefined;
  /** Whether its requests are refused rather than lose anything in translation. */
  readonly refusesLosses: boolean;
  /** Milliseconds since the epoch, in the future; `undefined` for a key that does not expire. */
  readonly expiresAt: number | undefined;
};

/** A field that is missing stays; `null` lifts the limit. */
export type KeyChange = {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly refusesLosses?: boolean | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly expiresAt?: number | null | undefined;
};

/** Virtual keys of a project. Everything throws GatewayError: `request.invalid`, `resource.…`. */
export type KeyService = {
  readonly list: (tenant: Tenant) => Promise<readonly VirtualKeyRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<VirtualKeyRow | undefined>;
  /** The only moment at which the secret is known. */
  readonly create: (tenant: Tenant, input: NewKey) => Promise<{ readonly key: VirtualKeyRow; readonly secret: string }>;
  readonly update: (tenant: Tenant, id: string, change: KeyChange) => Promise<VirtualKeyRow>;
  /** Ends a key for good. Revoking it again changes nothing. */
  readonly revoke: (tenant: Tenant, id: string) => Promise<VirtualKeyRow>;
  readonly remove: (tenant: Tenant, id: string) => Promise<void>;
};

/** Builds the key service. Callers tell the snapshot of a change; the store has bumped the configuration version. */
export function createKeyService(input: {
  readonly store: VirtualKeyStore;
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): KeyService {
  const { store, now } = input;

  const existing = async (tenant: Tenant, id: string): Promise<VirtualKeyRow> => {
    const key = await store.get(tenant, id);
    if (key === undefined) throw noSuchKey();
    return key;
  };

  const changeable = async (tenant: Tenant, id: string): Promise<VirtualKeyRow> => {
    const key = await existing(tenant, id);
    if (key.source !== 'store') throw new GatewayError('resource.read_only');
    return key;
  };

  const assertNameFree = async (tenant: Tenant, name: string, exceptId?: string): Promise<void> => {
    const keys = await store.list(tenant);
    const taken = keys.some((key) => key.name === name && key.id !== exceptId && key.revokedAt === undefined);
    if (taken) throw new GatewayError('resource.conflict', { message: 'A key of that name exists.', param: 'name' });
  };

  const apply = async (tenant: Tenant, id: string, change: Parameters<VirtualKeyStore['update']>[2]) => {
    if (!(await store.update(tenant, id, change))) throw noSuchKey();
    return existing(tenant, id);
  };

  return {
    list: (tenant) => store.list(tenant),
    get: (tenant, id) => store.get(tenant, id),
    create: async (tenant, wanted) => {
      const name = readName(wanted.name);
      const allowedModels = readPatterns(wanted.allowedModels);
      const expiresAt = readExpiry(wanted.expiresAt, now());
      await assertNameFree(tenant, name);
      const secret = createVirtualKey(input.randomBytes);
      const key: VirtualKeyRow = {
        ...PLAIN_KEY,
        organizationId: tenant.organizationId,
        projectId: tenant.projectId,
        id: input.newId('vk'),
        name,
        hash: input.hashKey(secret),
        masked: maskSecret(secret),
        allowedModels,
        refusesLosses: wanted.refusesLosses,
        enabled: true,
        expiresAt,
        revokedAt: undefined,
        createdAt: now(),
        lastUsedAt: undefined,
        source: 'store',
      };
      await store.insert(tenant, key);
      return { key, secret };
    },
    update: async (tenant, id, change) => {
      const key = await changeable(tenant, id);
      if (change.name !== undefined) await assertNameFree(tenant, readName(change.name), id);
      return apply(tenant, key.id, {
        ...(change.name === undefined ? {} : { name: readName(change.name) }),
        ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
        ...(change.refusesLosses === undefined ? {} : { refusesLosses: change.refusesLosses }),
        ...(change.allowedModels === undefined
          ? {}
          : { allowedModels: readPatterns(change.allowedModels ?? undefined) }),
        ...(change.expiresAt === undefined ? {} : { expiresAt: readExpiry(change.expiresAt ?? undefined, now()) }),
      });
    },
    revoke: async (tenant, id) => {
      const key = await changeable(tenant, id);
      return key.revokedAt === undefined ? apply(tenant, id, { revokedAt: now() }) : key;
    },
    remove: async (tenant, id) => {
      const key = await changeable(tenant, id);
      if (!(await store.remove(tenant, key.id))) throw noSuchKey();
    },
  };
}

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw invalid('name', 'A key needs a name.');
  if (trimmed.length > NAME_CHARS_MAX) throw invalid('name', `A name has at most ${NAME_CHARS_MAX} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw invalid('name', 'A name has no control characters.');
  return trimmed;
}

function readPatterns(patterns: readonly string[] | undefined): readonly string[] | undefined {
  if (patterns === undefined) return undefined;
  if (patterns.length > PATTERNS_MAX) throw invalid('allowedModels', `At most ${PATTERNS_MAX} models can be listed.`);
  const bad = patterns.findIndex((pattern) => pattern.trim() === '' || pattern.length > PATTERN_CHARS_MAX);
  if (bad >= 0) throw invalid(`allowedModels.${bad}`, `A model has 1 to ${PATTERN_CHARS_MAX} characters.`);
  return [...new Set(patterns.map((pattern) => pattern.trim()))];
}

function readExpiry(expiresAt: number | undefined, nowMs: number): number | undefined {
  if (expiresAt === undefined) return undefined;
  if (!Number.isSafeInteger(expiresAt) || expiresAt <= nowMs) {
    throw invalid('expiresAt', 'The expiry must lie in the future.');
  }
  return expiresAt;
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('request.invalid', { param, message });
}

function noSuchKey(): GatewayError {
  return new GatewayError('resource.not_found', { message: 'There is no such key.' });
}
