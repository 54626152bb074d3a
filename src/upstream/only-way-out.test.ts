import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOURCE = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a file outside `upstream/` may take of a module that can open connections: servers, constants, pure functions. */
const HARMLESS: Readonly<Record<string, ReadonlySet<string>>> = {
  http: new Set([
    'createServer',
    'Server',
    'IncomingMessage',
    'ServerResponse',
    'STATUS_CODES',
    'METHODS',
    'maxHeaderSize',
  ]),
  https: new Set(['createServer', 'Server']),
  net: new Set(['createServer', 'Server', 'Socket', 'isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress']),
  tls: new Set(['createServer', 'Server', 'createSecureContext', 'getCACertificates', 'rootCertificates']),
  http2: new Set(),
  dgram: new Set(),
  undici: new Set(),
};

/** The command line's client of the operator's own hub: it speaks to no one else. */
const SPEAKS_TO_THE_HUB = 'cli/http-hub.ts';

const IMPORT = /^import\s+(type\s+)?([^;]*?)\s*from\s+'(?:node:)?([\w/]+)'/gm;
const DYNAMIC = /\b(?:import|require)\(\s*'(?:node:)?([\w/]+)'\s*\)/g;
const OWN_CALL = /(?<![\w.])fetch\(|globalThis\.fetch|new (?:WebSocket|EventSource)\(/;

/** The ways out that one file's text opens, in words. */
function waysOut(path: string, text: string): string[] {
  const found: string[] = [];
  for (const [, isType, clause = '', module = ''] of text.matchAll(IMPORT)) {
    const harmless = HARMLESS[module];
    if (harmless === undefined || isType !== undefined) continue;
    const named = /^\{([^}]*)\}$/.exec(clause);
    if (named === null) found.push(`${path} takes all of ${module}`);
    const names = (named?.[1] ?? '').split(',').map((name) => name.trim());
    for (const name of names) {
      if (name === '' || name.startsWith('type ') || harmless.has(name.split(/\s+as\s+/)[0] ?? '')) continue;
      found.push(`${path} takes ${name} of ${module}`);
    }
  }
  for (const [, module = ''] of text.matchAll(DYNAMIC)) {
    if (HARMLESS[module] !== undefined) found.push(`${path} loads ${module}`);
  }
  if (OWN_CALL.test(text)) found.push(`${path} calls out by itself`);
  return found;
}

describe('the only sockets that leave the hub', () => {
  it('are opened in upstream/: other code asks it to send', () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .map((path) => relative(SOURCE, join(SOURCE, path)))
      .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|test-support/.test(path))
      .filter((path) => !path.startsWith('upstream/') && !path.includes('testing/') && path !== SPEAKS_TO_THE_HUB);
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((path) => waysOut(path, readFileSync(join(SOURCE, path), 'utf8')))).toEqual([]);
  });

  it.each([
    ["import http from 'node:http';", 'takes all of http'],
    ["import * as net from 'net';", 'takes all of net'],
    ["import { createServer, request } from 'node:https';", 'takes request of https'],
    ["import { connect as dial } from 'node:tls';", 'takes connect as dial of tls'],
    ["import {\n  Agent,\n} from 'undici';", 'takes Agent of undici'],
    ["const undici = await import('undici');", 'loads undici'],
    ["const answer = await fetch('https://example.com');", 'calls out by itself'],
  ])('are found by this check in %j', (text, way) => {
    expect(waysOut('policy/x.ts', text)).toEqual([`policy/x.ts ${way}`]);
  });

  it.each([
    "import type http from 'node:http';",
    "import { createServer, type Server, type ClientRequest } from 'node:http';",
    "import { isIP } from 'node:net';",
    'await this.fetch(key); prefetch(1);',
  ])('leave %j alone', (text) => {
    expect(waysOut('policy/x.ts', text)).toEqual([]);
  });
});
