import { createHash, createHmac, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** How every virtual key begins, so that people and secret scanners recognise one. */
export const VIRTUAL_KEY_PREFIX = 'sk-hub-';
/** 32 characters of 62 kinds are 190 random bits. */
const RANDOM_CHARS = 32;
/** A 32-bit checksum in base 62. */
const CHECKSUM_CHARS = 6;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 62 in a byte: bytes from here on are thrown away, so that every letter is equally likely. */
const FAIR_BYTES = 248;
const VIRTUAL_KEY = /^sk-hub-[0-9A-Za-z]{38}$/;

/** Characters of a secret that {@link maskSecret} shows at its beginning and its end: six together. */
const SHOWN_FIRST = 2;
const SHOWN_LAST = 4;
/** A secret so short that six of its characters would give too much of it away is not shown at all. */
const MASKED_CHARS_MIN = 20;

/** Fills with random bytes, as `crypto.randomBytes` does. */
export type RandomBytes = (count: number) => Buffer;
/** The keyed hash of a secret, 64 hex characters; the same text gives the same hash under the same pepper. */
export type HashKey = (secret: string) => string;

/** A new virtual key: the prefix, 190 random bits, and a checksum that tells typing errors from unknown keys. */
export function createVirtualKey(randomBytes: RandomBytes): string {
  return createSecret(VIRTUAL_KEY_PREFIX, randomBytes);
}

/** A new secret of another kind, made as a virtual key is. */
export function createSecret(prefix: string, randomBytes: RandomBytes): string {
  const body = prefix + randomText(RANDOM_CHARS, randomBytes);
  return body + checksumOf(body);
}

/** `count` letters and digits, each with equal chance. */
export function randomText(count: number, randomBytes: RandomBytes): string {
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count - text.length)) if (byte < FAIR_BYTES) text += ALPHABET.charAt(byte % 62);
  }
  return text;
}

/** Whether a text looks like one of our keys, and if so, whether its checksum is right. */
export function inspectVirtualKey(text: string): 'foreign' | 'mistyped' | 'well-formed' {
  if (!text.startsWith(VIRTUAL_KEY_PREFIX)) return 'foreign';
  if (!VIRTUAL_KEY.test(text)) return 'mistyped';
  const body = text.slice(0, -CHECKSUM_CHARS);
  return checksumOf(body) === text.slice(-CHECKSUM_CHARS) ? 'well-formed' : 'mistyped';
}

/** What may be shown of a secret: `sk-hub-ab…wxyz`, at most six characters of the secret part. */
export function maskSecret(secret: string, knownPrefix: string = VIRTUAL_KEY_PREFIX): string {
  const prefix = secret.startsWith(knownPrefix) ? knownPrefix : '';
  const rest = secret.slice(prefix.length);
  if (rest.length < MASKED_CHARS_MIN) return `${prefix}…`;
  return `${prefix}${rest.slice(0, SHOWN_FIRST)}…${rest.slice(-SHOWN_LAST)}`;
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let index = 0; index < CHECKSUM_CHARS; index += 1) {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Secrets up to this length are hashed in place; longer ones take the slow way. */
const FAST_CHARS_MAX = 512;
const ASCII = /^[\x20-\x7e]*$/;

/**
 * HMAC-SHA-256 under the pepper, in hex. It runs once per request, so it is written out (RFC 2104: two hashes over the
 * padded key) on Node's one-shot `crypto.hash`, with the pads made beforehand: 0.8 to 1.1 µs, where `createHmac` with a
 * `KeyObject` takes 2 µs and with a `Buffer` 15 µs (Node 24, one core of a shared server). A test holds it to
 * `createHmac`. https://www.rfc-editor.org/rfc/rfc2104#section-2
 */
export function createKeyHasher(pepper: Uint8Array): HashKey {
  const key = pepper.length > BLOCK_BYTES ? createHash('sha256').update(pepper).digest() : pepper;
  const inner = Buffer.alloc(BLOCK_BYTES + FAST_CHARS_MAX);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (secret) => {
    if (secret.length > FAST_CHARS_MAX || !ASCII.test(secret)) {
      return createHmac('sha256', pepper).update(secret, 'utf8').digest('hex');
    }
    const length = inner.write(secret, BLOCK_BYTES, 'latin1');
    outer.write(hash('sha256', inner.subarray(0, BLOCK_BYTES + length), 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', outer, 'hex');
  };
}
