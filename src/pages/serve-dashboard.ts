import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PAGE_HEADERS } from './page-answer.ts';

/** What stands in what was built for the path under which the hub lies. */
const BASE_WORD = '/__HUB_BASE__';
const PREFIX = '/dashboard/';
const SMALL_BYTES = 1024;

const zip = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type Built = {
  readonly type: string;
  readonly plain: Buffer;
  /** Made when somebody first asks, by another thread; `undefined` for what is small. */
  readonly zipped: (() => Promise<Buffer>) | undefined;
  readonly etag: string;
  /** Whether its address changes with its content. */
  readonly isFixed: boolean;
};

export type DashboardInput = {
  /** The folder that was built; it is read once. */
  readonly folder: string;
  /** The path of `publicUrl`; empty where there is none. */
  readonly base: string;
};

/** Answers a request for the dashboard; false where it was not built, or for another path. */
export type Dashboard = {
  readonly isBuilt: boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
};

/** Serves the files that were built from `dashboard/`: every address without a file of its own is the page itself. */
export function createDashboard({ folder, base }: DashboardInput): Dashboard {
  const files = readBuilt(folder, base);
  const page = files.get('index.html');
  return {
    isBuilt: page !== undefined,
    handle: (request, response, path) => {
      if (page === undefined || (path !== '/dashboard' && !path.startsWith(PREFIX))) return false;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { ...PAGE_HEADERS, allow: 'GET, HEAD' }).end();
        return true;
      }
      const name = path.slice(PREFIX.length);
      const file = files.get(name) ?? (name.startsWith('assets/') ? undefined : page);
      if (file === undefined) response.writeHead(404, { ...PAGE_HEADERS, 'cache-control': 'no-store' }).end();
      else give(request, response, file);
      return true;
    },
  };
}

function give(request: IncomingMessage, response: ServerResponse, file: Built): void {
  const headers = {
    ...PAGE_HEADERS,
    'content-type': file.type,
    'cache-control': file.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const send = (bytes: Buffer, encoding?: 'gzip'): void => {
    response
      .writeHead(200, {
        ...headers,
        'content-length': bytes.length,
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      })
      .end(request.method === 'HEAD' ? undefined : bytes);
  };
  const takesZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (file.zipped === undefined || !takesZipped) return send(file.plain);
  file.zipped().then(
    (bytes) => send(bytes, 'gzip'),
    // Whoever takes it zipped takes it plain, too.
    () => send(file.plain),
  );
}

function readBuilt(folder: string, base: string): ReadonlyMap<string, Built> {
  return new Map(
    listFiles(folder).map((path) => {
      const name = relative(folder, path).split(sep).join('/');
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      const plain = Buffer.from(readFileSync(path, 'utf8').replaceAll(BASE_WORD, base));
      const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
      let made: Promise<Buffer> | undefined;
      const zipped = plain.length < SMALL_BYTES ? undefined : () => (made ??= zip(plain));
      return [name, { type, plain, zipped, etag, isFixed: name.startsWith('assets/') }];
    }),
  );
}

/** The files of a folder and of those in it; none where it is not there. */
function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
