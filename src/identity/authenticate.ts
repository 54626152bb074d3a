import { timingSafeEqual } from 'node:crypto';
import { assertNever } from '../kernel/assert.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { Principal } from '../protocol/principal.ts';
import { type HashKey, inspectVirtualKey } from './virtual-key.ts';

/** Longer than any key of ours or an operator's own; what is longer is refused unread. */
const SECRET_CHARS_MAX = 512;
const HASH_CHARS = 64;

/** Where SDKs put their key: OpenAI's in the first, Anthropic's in the second, Azure's in the third, Google's in the last. */
const KEY_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;

/** Request headers as Node gives them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The key that a request carries, from `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`, the first that
 * holds one. https://docs.anthropic.com/en/api/overview, https://ai.google.dev/api,
 * https://learn.microsoft.com/en-us/azure/ai-services/openai/reference
 */
export function keyFromHeaders(headers: RequestHeaders): string | undefined {
  for (const name of KEY_HEADERS) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    const secret = name === 'authorization' ? bearerOf(value) : value.trim();
    if (secret !== undefined && secret !== '') return secret;
  }
  return undefined;
}

/** Whether what a key hangs on lets it be used. */
export type KeyStanding = 'active' | 'organization_inactive' | 'project_archived' | 'owner_inactive';

/** What is known of a key beyond its own row. */
export type KeySurroundings = { readonly standing: KeyStanding; readonly teamId: string | undefined };

/** Secret, keys by hash and the time → who calls, and what surrounds the key. @throws GatewayError `auth.…` */
export type Authenticate = <Surroundings extends KeySurroundings>(input: {
  readonly secret: string | undefined;
  /** By the hash in force and by the one before the last rotation. */
  readonly keys: ReadonlyMap<string, VirtualKeyRow>;
  readonly surroundingsOf: (key: VirtualKeyRow) => Surroundings;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}) => { readonly principal: Principal; readonly surroundings: Surroundings };

/**
 * Builds the check of virtual keys. A key is looked up by its keyed hash, so that the time of the look-up says nothing
 * about any secret: without the pepper nobody can aim at a hash.
 */
export function createAuthenticator(hashKey: HashKey): Authenticate {
  const presented = Buffer.alloc(HASH_CHARS);
  const stored = Buffer.alloc(HASH_CHARS);

  const isSame = (a: string, b: string): boolean => {
    if (a.length !== HASH_CHARS || b.length !== HASH_CHARS) return false;
    presented.write(a, 'latin1');
    stored.write(b, 'latin1');
    return timingSafeEqual(presented, stored);
  };

  return ({ secret, keys, surroundingsOf, nowMs }) => {
    if (secret === undefined || secret === '') throw new GatewayError('auth.key_missing');
    if (secret.length > SECRET_CHARS_MAX) throw new GatewayError('auth.key_unknown');
    const hash = hashKey(secret);
    const key = keys.get(hash);
    if (key === undefined) throw unknownKey(secret);
    const isPrevious = !isSame(key.hash, hash);
    if (isPrevious && !isSame(key.previousHash ?? '', hash)) throw unknownKey(secret);
    assertUsable(key, nowMs);
    if (isPrevious && nowMs >= (key.previousUntil ?? 0)) throw replacedKey();
    const surroundings = surroundingsOf(key);
    assertStanding(surroundings.standing);
    return { principal: principalOf(key, surroundings), surroundings };
  };
}

/** Who calls with a key that is known, whatever it was known by. @throws GatewayError `auth.…` where it does not count */
export function admitKey(key: VirtualKeyRow, surroundings: KeySurroundings, nowMs: number): Principal {
  assertUsable(key, nowMs);
  assertStanding(surroundings.standing);
  return principalOf(key, surroundings);
}

function principalOf(key: VirtualKeyRow, { teamId }: KeySurroundings): Principal {
  return {
    organizationId: key.organizationId,
    projectId: key.projectId,
    keyId: key.id,
    keyName: key.name,
    memberId: key.memberId,
    serviceAccountId: key.serviceAccountId,
    teamId,
    refusesLosses: key.refusesLosses,
    cacheSeconds: key.cacheSeconds,
  };
}

function assertUsable(key: VirtualKeyRow, nowMs: number): void {
  if (key.revokedAt !== undefined) throw new GatewayError('auth.key_revoked');
  if (key.expiresAt !== undefined && nowMs >= key.expiresAt) throw new GatewayError('auth.key_expired');
  if (!key.enabled) throw new GatewayError('auth.key_disabled');
}

/** Whoever holds the key is told what it hangs on, and nothing of why. */
function assertStanding(standing: KeyStanding): void {
  switch (standing) {
    case 'active':
      return;
    case 'organization_inactive':
      throw new GatewayError('auth.organization_suspended');
    case 'project_archived':
      throw new GatewayError('auth.project_archived');
    case 'owner_inactive':
      throw new GatewayError('auth.owner_suspended');
    default:
      assertNever(standing);
  }
}

function replacedKey(): GatewayError {
  return new GatewayError('auth.key_revoked', {
    message: 'The virtual key has another secret by now, and this one counts no longer.',
  });
}

function unknownKey(secret: string): GatewayError {
  if (inspectVirtualKey(secret) !== 'mistyped') return new GatewayError('auth.key_unknown');
  return new GatewayError('auth.key_unknown', {
    message: 'The virtual key is mistyped or cut short: its checksum does not fit.',
  });
}

function bearerOf(value: string): string | undefined {
  // The scheme's name is case-insensitive: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
  return value.slice(0, 7).toLowerCase() === 'bearer ' ? value.slice(7).trim() : undefined;
}
