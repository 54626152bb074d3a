/**
 * What counts as a secret here: random bytes written in base64. Placeholders, sentences, counters and short values are
 * refused, so that no hub ever runs on a value that somebody could guess.
 */

/** Bytes of every secret that the hub makes for itself. */
export const SECRET_BYTES = 32;

/** 32 random bytes hold about 30 different values; fewer than 16 do not happen by chance (p < 10⁻¹²). */
const DISTINCT_BYTES_MIN = 16;

/** Values that manuals, examples and other products' defaults are full of. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'admin',
  'change-me',
  'change_me',
  'changeit',
  'changeme',
  'default',
  'example',
  'password',
  'replace-me',
  'secret',
  'sk-1234',
  'test',
  'todo',
  'your-secret-key',
]);

/** A secret that is not fit for use. The message names the secret, never its value. */
export class WeakSecretError extends Error {
  override readonly name = 'WeakSecretError';
}

/**
 * Base64 (either alphabet, padding optional) → at least `bytesMin` random-looking bytes.
 * @throws WeakSecretError naming the secret and what is wrong with it.
 */
export function parseSecret(name: string, text: string, bytesMin: number = SECRET_BYTES): Buffer {
  const trimmed = text.trim();
  const reason = textWeakness(trimmed);
  if (reason !== undefined) throw weak(name, reason);
  const bytes = decodeBase64(trimmed);
  if (bytes === undefined) throw weak(name, 'is not base64');
  assertStrong(name, bytes, bytesMin);
  return bytes;
}

/** @throws WeakSecretError when the bytes are too few or do not look random. */
export function assertStrong(name: string, bytes: Uint8Array, bytesMin: number = SECRET_BYTES): void {
  const reason = bytesWeakness(bytes, bytesMin);
  if (reason !== undefined) throw weak(name, reason);
}

/** Base64 or base64url, written exactly as an encoder writes it (padding optional); `undefined` for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const urlSafe = text
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
  const bytes = Buffer.from(urlSafe, 'base64url');
  // Node's decoder skips what it does not know, so that only writing it again shows whether all of it was read.
  return bytes.toString('base64url') === urlSafe ? bytes : undefined;
}

function textWeakness(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (PLACEHOLDERS.has(text.toLowerCase())) return 'is a well-known placeholder';
  return undefined;
}

function bytesWeakness(bytes: Uint8Array, bytesMin: number): string | undefined {
  if (bytes.length < bytesMin) return `has ${bytes.length} bytes and needs ${bytesMin}`;
  if (bytes.every((byte) => byte === 0)) return 'is all zeros';
  if (new Set(bytes).size < DISTINCT_BYTES_MIN) return 'repeats too few bytes to be random';
  if (isCounting(bytes)) return 'counts up or down';
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'is encoded text, not random bytes';
  return undefined;
}

/** True for 00 01 02 … and every other sequence with one constant step. */
function isCounting(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  const step = (second - first) & 0xff;
  return bytes.every((byte, index) => byte === ((first + step * index) & 0xff));
}

function weak(name: string, reason: string): WeakSecretError {
  return new WeakSecretError(
    `${name} ${reason}: give it ${SECRET_BYTES} random bytes in base64, as \`openssl rand -base64 ${SECRET_BYTES}\` writes them`,
  );
}
