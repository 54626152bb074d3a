import { createHmac, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** A digest of several parts, hex. What is missing differs from what is empty. */
export type KeyedDigest = (parts: readonly (string | number | bigint | undefined)[]) => string;

/**
 * Keys digests with a secret of their own, derived for a purpose from one that the hub has (HKDF, RFC 5869): a copy of
 * the store, or write access to it, is not enough to make one that fits.
 */
export function createKeyedDigest(secret: Uint8Array, purpose: string): KeyedDigest {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES));
  return (parts) => {
    const hmac = createHmac('sha256', key);
    // Each part is preceded by its length, so that no two lists of parts read alike.
    for (const part of parts) {
      const text = part === undefined ? '-' : `+${part}`;
      hmac.update(`${Buffer.byteLength(text)}:`).update(text);
    }
    return hmac.digest('hex');
  };
}
