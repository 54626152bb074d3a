import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { createPrivateFile, ensurePrivateDir, readPrivateFile } from '../kernel/private-file.ts';
import { assertStrong, parseSecret, SECRET_BYTES, WeakSecretError } from './secret-value.ts';

/** The file of the pepper that virtual keys and admin tokens are hashed under. */
export const PEPPER_NAME = 'key-pepper';

const SECRET_FILE_BYTES_MAX = 4096;
const SECRET_NAME = /^[a-z][a-z0-9-]{0,40}$/;

/** Fills with random bytes, as `crypto.randomBytes` does. */
export type RandomBytes = (count: number) => Buffer;

/**
 * The secret of this name in `dir`, made on first use: mode 0600 in a 0700 folder. Of several processes that start at
 * once all get the same bytes. There is no default value.
 * @throws PrivateFileError when others may read it; WeakSecretError when what lies there is not a secret.
 */
export function ensureSecret(input: {
  readonly dir: string;
  readonly name: string;
  readonly bytes?: number | undefined;
  readonly randomBytes: RandomBytes;
}): Buffer {
  if (!SECRET_NAME.test(input.name)) throw new RangeError(`not a name for a secret: ${input.name}`);
  const bytes = input.bytes ?? SECRET_BYTES;
  ensurePrivateDir(input.dir);
  const path = join(input.dir, input.name);
  const found = readPrivateFile(path, SECRET_FILE_BYTES_MAX);
  if (found !== undefined) return parseSecret(path, found.toString('utf8'), bytes);
  const made = input.randomBytes(bytes);
  assertStrong(path, made, bytes);
  if (createPrivateFile(path, `${made.toString('base64')}\n`)) return made;
  return parseSecret(path, readPrivateFile(path, SECRET_FILE_BYTES_MAX)?.toString('utf8') ?? '', bytes);
}

/**
 * The pepper: from the environment when it is given there (base64, at least 32 random bytes), else from the data
 * directory, where it is made on first start.
 */
export function loadPepper(input: {
  /** The value of `HUB_KEY_PEPPER`. */
  readonly fromEnvironment: string | undefined;
  readonly dir: string;
  readonly randomBytes: RandomBytes;
}): Buffer {
  if (input.fromEnvironment !== undefined) return parseSecret('HUB_KEY_PEPPER', input.fromEnvironment);
  return ensureSecret({ dir: input.dir, name: PEPPER_NAME, randomBytes: input.randomBytes });
}

/** Each secret has one job: two names for the same bytes are refused. @throws WeakSecretError naming both. */
export function assertDistinct(secrets: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
  for (const [index, one] of secrets.entries()) {
    const twin = secrets.slice(index + 1).find((other) => sameBytes(one.bytes, other.bytes));
    if (twin === undefined) continue;
    throw new WeakSecretError(`${one.name} and ${twin.name} are the same secret: give each its own random bytes`);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
