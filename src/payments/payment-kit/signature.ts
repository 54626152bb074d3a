import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';

/**
 * How the components of one app prove to each other who calls: ed25519 over the SHA3-256 of the request, written as JSON with
 * its keys in order. All of them have the app's key, so what another signs is checked with one's own.
 */

/** What a signature says of a request; `path` has no query. */
export type SignedRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonValue | undefined;
};

/** From when to when a signature is good, in seconds since the epoch. */
export type SignedTime = { readonly iat: number; readonly exp: number };

export const SIGNATURE_LASTS_SECONDS = 300;

const SEED_BYTES = 32;
const KEY_BYTES = 64;

export type SigningKey = { readonly secret: KeyObject; readonly public: KeyObject };

/** A secret key of 64 bytes, of which the second half is its public one; `undefined` for what is none. */
export function readSigningKey(hex: string): SigningKey | undefined {
  const bytes = bytesOf(hex, KEY_BYTES);
  if (bytes === undefined) return undefined;
  const [seed, end] = [bytes.subarray(0, SEED_BYTES), bytes.subarray(SEED_BYTES)];
  const curve = { kty: 'OKP', crv: 'Ed25519' } as const;
  const jwk = { ...curve, d: seed.toString('base64url'), x: end.toString('base64url') };
  const secret = createPrivateKey({ format: 'jwk', key: jwk });
  const made = createPublicKey(secret);
  // Node takes the public half as it is given: a key with a wrong letter would sign what nobody believes.
  const probe = Buffer.from('probe');
  return verify(null, probe, made, sign(null, probe, secret)) && isPublicOf(made, end)
    ? { secret, public: made }
    : undefined;
}

/** A public key of 32 bytes; `undefined` for what is none. */
export function readPublicKey(hex: string): KeyObject | undefined {
  const bytes = bytesOf(hex, SEED_BYTES);
  if (bytes === undefined) return undefined;
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') } });
}

/** The text that is signed. */
export function canonicalText({ method, path, query, body }: SignedRequest, { iat, exp }: SignedTime): string {
  const signed: JsonObject = {
    body: body ?? {},
    exp,
    iat,
    method: method.toLowerCase(),
    query: { ...query },
    url: path,
  };
  return orderedJson(signed);
}

export function signText(text: string, key: KeyObject): string {
  return `0x${sign(null, digestOf(text), key).toString('hex')}`;
}

/** Whether that is the signature of the text; whatever else was sent is none. */
export function isSignedBy(text: string, signature: string, key: KeyObject): boolean {
  const bytes = bytesOf(signature, KEY_BYTES);
  return bytes !== undefined && verify(null, digestOf(text), key, bytes);
}

function digestOf(text: string): Buffer {
  return createHash('sha3-256').update(text, 'utf8').digest();
}

function isPublicOf(key: KeyObject, bytes: Buffer): boolean {
  return key.export({ format: 'jwk' }).x === bytes.toString('base64url');
}

function bytesOf(hex: string, length: number): Buffer | undefined {
  const [, digits = ''] = /^(?:0x)?([0-9a-f]+)$/i.exec(hex) ?? [];
  return digits.length === length * 2 ? Buffer.from(digits, 'hex') : undefined;
}

/** JSON with the keys of every object in the order of their characters, which an object itself does not keep for numbers. */
function orderedJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(orderedJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted()
    .flatMap((name) => {
      const each = value[name];
      return each === undefined ? [] : [`${JSON.stringify(name)}:${orderedJson(each)}`];
    });
  return `{${members.join(',')}}`;
}
