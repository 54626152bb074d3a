import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/**
 * Files that hold secrets: readable by their owner alone, and never half-written. A reader sees the old content or the
 * new one, also after a crash or a power cut. Owner-only modes are a POSIX matter; on Windows the folder's access list
 * decides, and no mode is checked.
 */

const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_DIR_MODE = 0o700;
const OTHERS_BITS = 0o077;

/** A file or folder that must be private and is not, or is larger than it may be. `message` says what to do. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError';
}

/** Makes a folder, and those above it, that only its owner may enter. @throws PrivateFileError when it is open to others. */
export function ensurePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: PRIVATE_DIR_MODE });
  if (process.platform === 'win32') return;
  if ((statSync(dir).mode & OTHERS_BITS) === 0) return;
  throw new PrivateFileError(`${dir} holds secrets and is open to other users: run \`chmod 700 ${dir}\``);
}

/**
 * The bytes of a private file, or `undefined` where there is none.
 * @throws PrivateFileError when others may read or write it, or when it is larger than `bytesMax`.
 */
export function readPrivateFile(path: string, bytesMax: number): Buffer | undefined {
  const file = openOrUndefined(path);
  if (file === undefined) return undefined;
  try {
    // The open file is asked, not the path, so that nobody can swap it between the check and the reading.
    const facts = fstatSync(file);
    if (process.platform !== 'win32' && (facts.mode & OTHERS_BITS) !== 0) {
      throw new PrivateFileError(`${path} holds a secret and is open to other users: run \`chmod 600 ${path}\``);
    }
    const bytes = Buffer.alloc(bytesMax + 1);
    const length = readFully(file, bytes);
    if (length > bytesMax) throw new PrivateFileError(`${path} is larger than ${bytesMax} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Writes a private file in one step, in place of what was there. */
export function replacePrivateFile(path: string, content: string): void {
  const temporary = writeTemporary(path, content);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDir(dirname(path));
}

/**
 * Writes a private file only if there is none. Of several that try at once exactly one wins, and its content is whole
 * from the first moment. Returns false for those that lost: they read what the winner wrote.
 */
export function createPrivateFile(path: string, content: string): boolean {
  const temporary = writeTemporary(path, content);
  try {
    // A hard link fails when its name exists; a rename would overwrite.
    linkSync(temporary, path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDir(dirname(path));
  return true;
}

/** True for a system error of this code, such as `ENOENT`. */
function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function readFully(file: number, bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
}

let temporaryCount = 0;

function writeTemporary(path: string, content: string): string {
  temporaryCount += 1;
  const temporary = `${path}.${process.pid}-${temporaryCount}.tmp`;
  // A process of the same id that died here before may have left its file.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', PRIVATE_FILE_MODE);
  try {
    fchmodSync(file, PRIVATE_FILE_MODE);
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return temporary;
}

/** Makes the new name itself durable. Windows cannot open folders and does not need it. */
function syncDir(dir: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
