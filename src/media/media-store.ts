import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import { isSigned, type Sign, signPath } from './signed-path.ts';

/**
 * Files that providers made and whose callers asked for an address: kept in the data directory for a while, served to
 * whoever has the signed address, then deleted. The files themselves tell when they run out, so that nothing has to be
 * remembered over a restart.
 */
export type MediaStore = {
  /** Keeps a file and gives the path and query under which it is fetched. @throws GatewayError `hub.overloaded` */
  readonly keep: (file: { readonly mediaType: string; readonly data: Buffer }) => Promise<string>;
  /** Opens a file by its name and query; `undefined` for one that is not there, or whose address is not valid. */
  readonly open: (name: string, query: URLSearchParams) => Promise<OpenedMedia | undefined>;
  /** Deletes what has run out. Returns how many files are left and their bytes. */
  readonly sweep: () => Promise<{ readonly files: number; readonly bytes: number }>;
};

export type OpenedMedia = { readonly handle: FileHandle; readonly bytes: number; readonly mediaType: string };

export type MediaStoreDeps = {
  readonly directory: string;
  /** All files together. */
  readonly bytesMax: number;
  readonly keptMs: number;
  readonly clock: Clock;
  readonly newName: () => string;
  readonly sign: Sign;
};

/** What is served is one of these and nothing that a browser would run. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpg'],
  ['image/webp', 'webp'],
  ['image/gif', 'gif'],
  ['video/mp4', 'mp4'],
  ['video/webm', 'webm'],
  ['audio/mpeg', 'mp3'],
  ['audio/wav', 'wav'],
]);
const UNKNOWN_EXTENSION = 'bin';
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([...EXTENSIONS].map(([type, extension]) => [extension, type]));
/** `<name>.<expiry in seconds>.<extension>`. */
const FILE_NAME = /^([a-z0-9_]{1,64})\.(\d{1,12})\.([a-z0-9]{1,8})$/;
/** Behind the name of a file that is not whole. It runs out like any other, should nobody be left to finish it. */
const UNFINISHED = '.part';

export function createMediaStore(deps: MediaStoreDeps): MediaStore {
  const { directory, clock, sign } = deps;
  let usedBytes: number | undefined;

  const sweep: MediaStore['sweep'] = async () => {
    const left = { files: 0, bytes: 0 };
    for (const name of await listed(directory)) {
      const path = join(directory, name);
      const expires = expiryOf(name);
      if (expires <= clock.now()) {
        await rm(path, { force: true });
        continue;
      }
      left.files += 1;
      left.bytes += await sizeOf(path);
    }
    usedBytes = left.bytes;
    return left;
  };

  return {
    keep: async ({ mediaType, data }) => {
      usedBytes ??= (await sweep()).bytes;
      if (usedBytes + data.length > deps.bytesMax) usedBytes = (await sweep()).bytes;
      if (usedBytes + data.length > deps.bytesMax) {
        throw new GatewayError('hub.overloaded', {
          message: 'This hub keeps as many generated files as it may; ask for the bytes instead of an address.',
        });
      }
      usedBytes += data.length;
      const expiresSeconds = Math.ceil((clock.now() + deps.keptMs) / 1000);
      const name = `${deps.newName()}.${expiresSeconds}.${EXTENSIONS.get(mediaType) ?? UNKNOWN_EXTENSION}`;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      // A file has its name only once it is whole.
      const unfinished = join(directory, `${name}${UNFINISHED}`);
      await writeFile(unfinished, data, { mode: 0o600 });
      await rename(unfinished, join(directory, name));
      return signPath(name, expiresSeconds, sign);
    },
    open: async (name, query) => {
      const extension = FILE_NAME.exec(name)?.[3];
      if (extension === undefined || !isSigned(name, query, { sign, nowMs: clock.now() })) return undefined;
      const handle = await openOrUndefined(join(directory, name));
      if (handle === undefined) return undefined;
      const { size } = await handle.stat();
      return { handle, bytes: size, mediaType: MEDIA_TYPES.get(extension) ?? 'application/octet-stream' };
    },
    sweep,
  };
}

/** When a file runs out, in milliseconds since the epoch; 0 for one that is none of the hub's. */
function expiryOf(name: string): number {
  const whole = name.endsWith(UNFINISHED) ? name.slice(0, -UNFINISHED.length) : name;
  return Number(FILE_NAME.exec(whole)?.[2] ?? 0) * 1000;
}

async function listed(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
