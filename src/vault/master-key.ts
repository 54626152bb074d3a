import { createHmac } from 'node:crypto';
import { parseSecret, SECRET_BYTES, WeakSecretError } from './secret-value.ts';

/** One version of the master key. */
export type MasterKey = {
  readonly version: number;
  /** 32 bytes. Never logged, never stored, never sent. */
  readonly key: Buffer;
  /** Recognises the key without giving it away: 16 hex characters, a keyed hash under a fixed label. */
  readonly fingerprint: string;
};

/** The master keys at hand. */
export type Keyring = {
  readonly source: 'file' | 'environment' | 'command';
  /** Ascending. */
  readonly versions: () => readonly number[];
  readonly get: (version: number) => MasterKey | undefined;
  readonly newest: () => MasterKey;
  /**
   * Reads the file again, for keys that another process added. Returns whether it had changed. The other sources are
   * read once: a process gets their new keys when it is restarted.
   */
  readonly reload: () => boolean;
  /**
   * Adds the next version with a new random key and returns it. `undefined` where the hub cannot write its own keys
   * (environment, command): there the operator adds the next version and restarts.
   */
  readonly addVersion: (() => MasterKey) | undefined;
};

/** The master keys cannot be read. The message says what to do and holds nothing of a key. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}

const VERSION_MAX = 999_999_999;
const KEYS_MAX = 100;

/** The fingerprint of a secret for one purpose: the same bytes give another fingerprint under another label. */
export function fingerprintOf(label: string, secret: Uint8Array): string {
  // The secret keys the hash, so that the fingerprint tells nothing about it; 64 bits are enough to tell keys apart.
  return createHmac('sha256', secret).update(`aigne-hub fingerprint: ${label}`).digest('hex').slice(0, 16);
}

/** @throws KeyringError when the versions are used up. */
export function masterKey(version: number, key: Buffer): MasterKey {
  if (version > VERSION_MAX) throw new KeyringError(`there is no master key version after ${VERSION_MAX}`);
  return { version, key, fingerprint: fingerprintOf('master key', key) };
}

/**
 * Master keys from text: `<base64>` alone, which is version 1, or `<version>:<base64>` separated by commas or line ends;
 * a line that begins with `#` is a comment. `where` names the text in messages.
 * @throws KeyringError, WeakSecretError
 */
export function parseKeys(where: string, text: string): ReadonlyMap<number, MasterKey> {
  const entries = text
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !entry.startsWith('#'));
  const [only] = entries;
  if (only === undefined) throw new WeakSecretError(`${where} is empty: it must hold a master key`);
  if (entries.length > KEYS_MAX) throw new KeyringError(`${where} holds more than ${KEYS_MAX} keys`);
  if (entries.length === 1 && !only.includes(':')) return new Map([[1, masterKey(1, parseKey(where, only))]]);
  const keys = new Map<number, MasterKey>();
  for (const entry of entries) {
    const match = /^([1-9]\d{0,8}):(.*)$/.exec(entry);
    if (match === null) throw new KeyringError(`${where} must hold keys of the form \`1:<base64>\``);
    const [, versionText = '', keyText = ''] = match;
    const version = Number(versionText);
    if (keys.has(version)) throw new KeyringError(`${where} names version ${version} twice`);
    const key = masterKey(version, parseKey(`${where}, version ${version},`, keyText));
    const twin = [...keys.values()].find((other) => other.fingerprint === key.fingerprint);
    if (twin !== undefined) throw new KeyringError(`${where} gives versions ${twin.version} and ${version} one key`);
    keys.set(version, key);
  }
  return keys;
}

/** The form of the master key file, which {@link parseKeys} reads: one `<version>:<base64>` a line, ascending. */
export function writeKeys(keys: Iterable<MasterKey>): string {
  const ordered = [...keys].sort((a, b) => a.version - b.version);
  return ordered.map(({ version, key }) => `${version}:${key.toString('base64')}\n`).join('');
}

/** @throws KeyringError when there is none. */
export function newestOf(keys: ReadonlyMap<number, MasterKey>): MasterKey {
  let newest: MasterKey | undefined;
  for (const key of keys.values()) if (newest === undefined || key.version > newest.version) newest = key;
  if (newest === undefined) throw new KeyringError('the keyring is empty');
  return newest;
}

/** Ascending. */
export function versionsOf(keys: ReadonlyMap<number, MasterKey>): readonly number[] {
  return [...keys.keys()].sort((a, b) => a - b);
}

function parseKey(name: string, text: string): Buffer {
  const key = parseSecret(name, text);
  if (key.length === SECRET_BYTES) return key;
  throw new WeakSecretError(`${name} has ${key.length} bytes; a master key has exactly ${SECRET_BYTES}`);
}
