import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import type { RandomBytes } from './virtual-key.ts';

/**
 * How AIGNE's command line takes a key over: what OpenSSL's `enc -aes-256-cbc -md md5 -a` writes, under a passphrase that
 * both sides derive. It is the clients' format and guards nothing by itself: the way is TLS, and the challenge is known to
 * whoever began the session. https://docs.openssl.org/3.0/man1/openssl-enc/ , EVP_BytesToKey
 */
const MAGIC = 'Salted__';
const SALT_BYTES = 8;
const KEY_BYTES = 32;
const IV_BYTES = 16;
const PASSPHRASE_ROUNDS = 256;

/** Wraps a key's secret for the client that knows the challenge. */
export function wrapKey(
  secret: string,
  {
    challenge,
    keyId,
    randomBytes,
  }: { readonly challenge: string; readonly keyId: string; readonly randomBytes: RandomBytes },
): string {
  const salt = randomBytes(SALT_BYTES);
  const { key, iv } = keyAndIv(passphraseOf(challenge, keyId), salt);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([Buffer.from(MAGIC, 'latin1'), salt, cipher.update(secret, 'utf8'), cipher.final()]).toString(
    'base64',
  );
}

/** What the client does with it. */
export function unwrapKey(
  wrapped: string,
  { challenge, keyId }: { readonly challenge: string; readonly keyId: string },
): string {
  const bytes = Buffer.from(wrapped, 'base64');
  const salt = bytes.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
  const { key, iv } = keyAndIv(passphraseOf(challenge, keyId), salt);
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([decipher.update(bytes.subarray(MAGIC.length + SALT_BYTES)), decipher.final()]).toString('utf8');
}

function passphraseOf(challenge: string, keyId: string): string {
  return pbkdf2Sync(challenge, keyId, PASSPHRASE_ROUNDS, KEY_BYTES, 'sha512').toString('hex');
}

/** OpenSSL's EVP_BytesToKey with MD5 and one round. */
function keyAndIv(passphrase: string, salt: Buffer): { readonly key: Buffer; readonly iv: Buffer } {
  let derived = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  while (derived.length < KEY_BYTES + IV_BYTES) {
    last = createHash('md5').update(last).update(passphrase, 'utf8').update(salt).digest();
    derived = Buffer.concat([derived, last]);
  }
  return { key: derived.subarray(0, KEY_BYTES), iv: derived.subarray(KEY_BYTES, KEY_BYTES + IV_BYTES) };
}
