import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createPrivateFile, ensurePrivateDir, readPrivateFile, replacePrivateFile } from '../kernel/private-file.ts';
import {
  type Keyring,
  KeyringError,
  type MasterKey,
  masterKey,
  newestOf,
  parseKeys,
  versionsOf,
  writeKeys,
} from './master-key.ts';
import { SECRET_BYTES } from './secret-value.ts';
import type { RandomBytes } from './secrets-file.ts';

const KEY_FILE_BYTES_MAX = 16_384;

/**
 * A keyring kept in a file of mode 0600 in a folder of mode 0700.
 * @throws KeyringError when the file is missing and must not be made, PrivateFileError when others may read it.
 */
export function openKeyFile(input: {
  readonly path: string;
  readonly whenMissing: 'create' | 'refuse';
  readonly randomBytes: RandomBytes;
}): Keyring {
  const { path } = input;
  if (readText(path) === undefined) makeFirst(input);
  let text = readExisting(path);
  let keys = parseKeys(path, text);

  const reload = (): boolean => {
    const now = readExisting(path);
    if (now === text) return false;
    const read = parseKeys(path, now);
    refuseChanged(path, keys, read);
    keys = read;
    text = now;
    return true;
  };

  const addVersion = (): MasterKey => {
    reload();
    const version = newestOf(keys).version + 1;
    // The next key is first laid down under a name that only one process can create, so that two that rotate at once
    // write the same key, and one that was killed here is taken up where it stopped.
    const nextPath = `${path}.next-${version}`;
    createPrivateFile(nextPath, writeKeys([masterKey(version, input.randomBytes(SECRET_BYTES))]));
    const agreed = readText(nextPath);
    reload();
    if (agreed !== undefined && !keys.has(version)) {
      const next = parseKeys(nextPath, agreed).values();
      replacePrivateFile(path, writeKeys([...keys.values(), ...next]));
      reload();
    }
    rmSync(nextPath, { force: true });
    const added = keys.get(version);
    if (added === undefined) throw new KeyringError(`version ${version} could not be added to ${path}: try again`);
    return added;
  };

  return {
    source: 'file',
    versions: () => versionsOf(keys),
    get: (version) => keys.get(version),
    newest: () => newestOf(keys),
    reload,
    addVersion,
  };
}

function makeFirst(input: Parameters<typeof openKeyFile>[0]): void {
  if (input.whenMissing === 'refuse') {
    throw new KeyringError(
      `the master key file ${input.path} is missing, and the store knows a master key: put the file back`,
    );
  }
  ensurePrivateDir(dirname(input.path));
  // Whoever comes second reads the first one's key.
  createPrivateFile(input.path, writeKeys([masterKey(1, input.randomBytes(SECRET_BYTES))]));
}

/** A version never changes its key: whoever swaps the file under a running hub is told, and the hub keeps its keys. */
function refuseChanged(
  path: string,
  before: ReadonlyMap<number, MasterKey>,
  after: ReadonlyMap<number, MasterKey>,
): void {
  for (const [version, key] of after) {
    const known = before.get(version);
    if (known === undefined || known.fingerprint === key.fingerprint) continue;
    throw new KeyringError(
      `version ${version} in ${path} became another key (${known.fingerprint} before, ${key.fingerprint} now): put the right file back`,
    );
  }
}

function readText(path: string): string | undefined {
  return readPrivateFile(path, KEY_FILE_BYTES_MAX)?.toString('utf8');
}

function readExisting(path: string): string {
  const text = readText(path);
  if (text === undefined) throw new KeyringError(`the master key file ${path} is gone: put it back`);
  return text;
}
