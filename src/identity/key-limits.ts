import { isIP } from 'node:net';
import { GatewayError } from '../kernel/errors.ts';
import { unfit } from '../kernel/invalid.ts';

/** What limits a key, whichever kind it is of: its name, its time, where it may be used from. */

const NAME_CHARS_MAX = 100;
/** Entries of a list of addresses or origins. */
export const PLACES_MAX = 100;
export const PLACE_CHARS_MAX = 255;
/** How long a secret may count on after its successor was made. */
export const OVERLAP_MAX_MS = 7 * 24 * 60 * 60 * 1000;

const NAMED_NETWORKS: ReadonlySet<string> = new Set(['loopback', 'private']);
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const PREFIX_BITS = { 4: 32, 6: 128 } as const;

/**
 * An address, a CIDR network, `loopback` or `private` → how it is stored; `undefined` for anything else, an IPv4 address
 * in IPv6's clothes among it, since callers' addresses are compared without them.
 */
export function normaliseNetwork(text: string): string | undefined {
  if (NAMED_NETWORKS.has(text)) return text;
  const [, address = '', prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || /^::ffff:/i.test(address)) return undefined;
  if (prefix !== undefined && Number(prefix) > PREFIX_BITS[version]) return undefined;
  return text.toLowerCase();
}

/** A web origin as browsers send it: `https`, or `http` on this machine; or `*`. `undefined` for anything else. */
export function normaliseOrigin(text: string): string | undefined {
  if (text === '*') return text;
  if (!/^https?:\/\/[^/?#@*\\\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, origin } = new URL(text);
  return protocol === 'https:' || LOCAL_HOSTS.has(hostname) ? origin : undefined;
}

/** @throws GatewayError `request.invalid` */
export function readAddresses(given: readonly string[] | undefined): readonly string[] | undefined {
  return readPlaces(given, {
    param: 'allowed_addresses',
    normalise: normaliseNetwork,
    message: 'An address is an IP address, a CIDR network, `loopback` or `private`.',
  });
}

/** @throws GatewayError `request.invalid` */
export function readOrigins(given: readonly string[] | undefined): readonly string[] | undefined {
  return readPlaces(given, {
    param: 'allowed_origins',
    normalise: normaliseOrigin,
    message: 'An origin is `https://host`, with its port where it has one, `http://localhost`, or `*`.',
  });
}

type PlaceRules = {
  readonly param: string;
  readonly normalise: (text: string) => string | undefined;
  readonly message: string;
};

function readPlaces(
  given: readonly string[] | undefined,
  { param, normalise, message }: PlaceRules,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  // A list of none would lock the key up for good; to allow everything, leave the list out.
  if (given.length === 0 || given.length > PLACES_MAX) throw unfit(param, `One to ${PLACES_MAX} can be listed.`);
  const places = given.map((text, index) => {
    const place = text.length > PLACE_CHARS_MAX ? undefined : normalise(text.trim());
    if (place === undefined) throw unfit(`${param}.${index}`, message);
    return place;
  });
  return [...new Set(places)];
}

/** @throws GatewayError `request.invalid` */
export function readKeyName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw unfit('name', 'A key needs a name.');
  if (trimmed.length > NAME_CHARS_MAX) throw unfit('name', `A name has at most ${NAME_CHARS_MAX} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw unfit('name', 'A name has no control characters.');
  return trimmed;
}

/** @throws GatewayError `request.invalid` */
export function readExpiry(expiresAt: number | undefined, nowMs: number): number | undefined {
  if (expiresAt === undefined) return undefined;
  if (!Number.isSafeInteger(expiresAt) || expiresAt <= nowMs) {
    throw unfit('expires_at', 'The expiry must lie in the future.');
  }
  return expiresAt;
}

/**
 * What the secret before becomes when a key gets a new one.
 * @throws GatewayError `request.invalid` for an overlap that is too long
 */
export function previousSecret(
  hash: string,
  overlapMs: number,
  nowMs: number,
): { readonly previousHash: string | undefined; readonly previousUntil: number | undefined } {
  if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > OVERLAP_MAX_MS) {
    throw unfit('overlap_seconds', `The old secret can count on for at most ${OVERLAP_MAX_MS / 1000} seconds.`);
  }
  return overlapMs === 0
    ? { previousHash: undefined, previousUntil: undefined }
    : { previousHash: hash, previousUntil: nowMs + overlapMs };
}

/** A key that has ended stays so. @throws GatewayError `resource.conflict` */
export function assertNotEnded(
  key: { readonly revokedAt: number | undefined; readonly expiresAt: number | undefined },
  nowMs: number,
): void {
  if (key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > nowMs)) return;
  throw new GatewayError('resource.conflict', { message: 'The key was revoked or has expired. Make a new one.' });
}

/** @throws GatewayError `resource.changed` when the row has another revision than the caller has read */
export function assertRevision(row: { readonly revision: number }, ifRevision: number | undefined): void {
  if (ifRevision !== undefined && row.revision !== ifRevision) throw new GatewayError('resource.changed');
}

export function noSuchKey(): GatewayError {
  return new GatewayError('resource.not_found', { message: 'There is no such key.' });
}
