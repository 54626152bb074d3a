import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DataDirFacts, ListenFacts, TlsFileFacts } from './facts.ts';

const SECRETS_FOLDER = 'secrets';

/** Looks at a data directory without changing anything in it. */
export async function inspectDataDir(path: string, platform: NodeJS.Platform): Promise<DataDirFacts> {
  if (!(await canAccess(path, constants.F_OK))) {
    return { path, state: 'missing', freeBytes: undefined, secretFiles: [] };
  }
  const state = (await canAccess(path, constants.R_OK | constants.W_OK | constants.X_OK)) ? 'writable' : 'read_only';
  const disk = await statfs(path);
  return {
    path,
    state,
    freeBytes: disk.bavail * disk.bsize,
    // Windows shows permission bits that mean nothing there.
    secretFiles: platform === 'win32' || state === 'read_only' ? [] : await secretFiles(join(path, SECRETS_FOLDER)),
  };
}

async function secretFiles(folder: string): Promise<DataDirFacts['secretFiles']> {
  if (!(await canAccess(folder, constants.R_OK | constants.X_OK))) return [];
  const names = await readdir(folder);
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      return { path, mode: (await stat(path)).mode & 0o777 };
    }),
  );
}

async function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Tries to listen for a moment. Port 0 is always free. */
export async function inspectPort(host: string, port: number): Promise<ListenFacts['state']> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const state = error.code === undefined ? undefined : LISTEN_ERRORS[error.code];
      if (state === undefined) reject(error);
      else resolve(state);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

const LISTEN_ERRORS: Readonly<Record<string, ListenFacts['state']>> = {
  EADDRINUSE: 'taken',
  EACCES: 'not_allowed',
  EADDRNOTAVAIL: 'no_such_address',
  ENOTFOUND: 'no_such_address',
};

/** Reads a TLS certificate or key as the hub would. */
export async function inspectTlsFile(path: string, kind: 'certificate' | 'key'): Promise<TlsFileFacts> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return { path, endsAtMs: undefined, problem: `cannot be read (${text.code ?? 'error'})` };
  if (kind === 'key') {
    const isKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
    return { path, endsAtMs: undefined, problem: isKey ? undefined : 'holds no private key in PEM' };
  }
  try {
    return { path, endsAtMs: new X509Certificate(text).validToDate.getTime(), problem: undefined };
  } catch (error) {
    return {
      path,
      endsAtMs: undefined,
      problem: `holds no certificate (${error instanceof Error ? error.message : 'error'})`,
    };
  }
}
