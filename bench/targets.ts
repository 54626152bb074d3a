import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { giveMuch, setPrices, withStore } from '../test/support/credit-scene.ts';
import { startHub } from '../test/support/hub-process.ts';
import { freePort } from '../test/support/listen.ts';
import { postgresAvailable, postgresDatabase, syncCommits } from '../test/support/postgres.ts';
import { BENCH_MODEL, type CallerFormat } from './payload.ts';
import { findExecutable, type Pinning, startProcess, startScript } from './processes.ts';

/** Something that stands between the load and the upstream. */
export type Target = {
  readonly name: string;
  /** Whose CPU and memory count; `undefined` for the upstream itself, asked directly. */
  readonly pid: number | undefined;
  readonly origin: string;
  readonly path: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Keys that its callers use in turn, where it has several. */
  readonly secrets?: readonly string[];
  /** The wire format that callers speak to it. */
  readonly speaks: CallerFormat;
  readonly stop: () => Promise<void>;
};

export type TargetInput = { readonly upstreamPort: number; readonly pinning: Pinning; readonly workers: number };

/** A target, or why there is none. */
export type Found = Target | { readonly missing: string };

const CHAT_PATH = '/v1/chat/completions';
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 20;
const HEADERS = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };

/** The upstream itself: what the load and the upstream cost without anything between them. */
export function directTarget({ upstreamPort }: TargetInput): Target {
  return {
    name: 'direct',
    pid: undefined,
    origin: `http://127.0.0.1:${upstreamPort}`,
    path: CHAT_PATH,
    model: BENCH_MODEL,
    headers: HEADERS,
    speaks: 'openai',
    stop: () => Promise.resolve(),
  };
}

/** The bare relay. */
export async function relayTarget(input: TargetInput): Promise<Target> {
  const words = ['--upstream', `http://127.0.0.1:${input.upstreamPort}`];
  const relay = await startScript('relay.ts', { words, launcher: input.pinning.target });
  return {
    ...directTarget(input),
    name: 'relay',
    pid: relay.pid,
    origin: `http://127.0.0.1:${relay.port}`,
    stop: relay.stop,
  };
}

/** A real hub on its embedded store, with everything on that is on by default. */
export function hubTarget(input: TargetInput): Promise<Target> {
  return startTarget('hub', input, {});
}

const CREDIT = { HUB_CREDIT: 'true', HUB_CREDIT_MARGIN_PERCENT: '20' };
const ACCOUNTS = 50;

/** The same, where every call is paid for by one account's credit. */
export function creditTarget(input: TargetInput): Promise<Target> {
  return startTarget('credit', input, CREDIT, { store: 'sqlite', accounts: 0 });
}

/** The same, where every call is also paid for by one of fifty keys, each of which has a limit of its own. */
export function manyAccountsTarget(input: TargetInput): Promise<Target> {
  return startTarget('credit-50', input, CREDIT, { store: 'sqlite', accounts: ACCOUNTS });
}

/** Both on PostgreSQL, where it is installed. */
export async function postgresTargets(input: TargetInput, accounts: 0 | typeof ACCOUNTS): Promise<Found> {
  const found = postgresAvailable();
  if (!found.available) return { missing: found.reason };
  syncCommits();
  const name = accounts === 0 ? 'credit-pg' : `credit-${accounts}-pg`;
  return await startTarget(name, input, CREDIT, { store: 'postgres', accounts });
}

type Paying = { readonly store: 'sqlite' | 'postgres'; readonly accounts: number };

async function startTarget(
  name: string,
  input: TargetInput,
  environment: Readonly<Record<string, string>>,
  paying?: Paying,
): Promise<Target> {
  const database = paying?.store === 'postgres' ? await postgresDatabase() : undefined;
  const hub = await startHub({
    environment: { ...environment, ...(database && { HUB_DATABASE_URL: database.url }) },
    allow: [`127.0.0.1:${input.upstreamPort}`],
    launcher: input.pinning.target,
    flags: input.workers > 1 ? ['--workers', String(input.workers)] : [],
  });
  await hub.connectFake({ baseUrl: `http://127.0.0.1:${input.upstreamPort}/v1` }, { name: 'bench' });
  const keys = [await hub.createKey('bench')];
  while (keys.length < (paying?.accounts ?? 0)) keys.push(await hub.createKey(`bench ${keys.length}`));
  if (paying !== undefined) {
    await setPrices(hub);
    const limited = paying.accounts === 0 ? [] : keys.map(({ id }) => `key/${id}` as const);
    await withStore(
      database === undefined ? join(hub.dataDir, 'hub.db') : { kind: 'postgres', url: database.url },
      (store) => giveMuch(store, ['organization/org_default', ...limited]),
    );
  }
  return {
    ...directTarget(input),
    name,
    pid: hub.pid,
    origin: hub.address,
    model: `bench/${BENCH_MODEL}`,
    headers: { ...HEADERS, authorization: `Bearer ${keys[0]?.secret}` },
    ...(keys.length > 1 && { secrets: keys.map(({ secret }) => secret) }),
    stop: async () => {
      await hub.stop();
      await database?.drop();
    },
  };
}

/** The same hub, called in Anthropic's format: what translation costs beside passing through. */
export function translatedTarget(hub: Target): Target {
  return { ...hub, name: 'translated', path: '/v1/messages', speaks: 'anthropic', stop: () => Promise.resolve() };
}

/** nginx as a reverse proxy with kept-alive upstream connections: the floor that a compiled proxy sets. */
export async function nginxTarget(input: TargetInput): Promise<Found> {
  const nginx = findExecutable('nginx');
  if (nginx === undefined) return { missing: 'nginx is not installed' };
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), nginxConfiguration({ port, upstreamPort: input.upstreamPort, folder }));
  const [command, ...words] = [...input.pinning.target, nginx, '-p', folder, '-c', join(folder, 'nginx.conf')];
  const running = startProcess(command, { words, environment: {} });
  await untilListening(port);
  return {
    ...directTarget(input),
    name: 'nginx',
    pid: running.pid,
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The Portkey gateway, where somebody installed it beside the hub: https://github.com/Portkey-AI/gateway */
export async function portkeyTarget(input: TargetInput): Promise<Found> {
  const folder = process.env['PORTKEY_DIR'];
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  const places = [folder, fileURLToPath(new URL('..', import.meta.url))].flatMap((place) => place ?? []);
  const found = places.map((place) => join(place, script)).find((path) => existsSync(path));
  if (found === undefined) return { missing: 'the Portkey gateway is not installed (PORTKEY_DIR names its folder)' };
  const port = await freePort();
  const [command, ...words] = [...input.pinning.target, process.execPath, found, '--headless'];
  const running = startProcess(command, { words, environment: { PORT: String(port) } });
  await untilListening(port);
  return {
    ...directTarget(input),
    name: 'portkey',
    pid: running.pid,
    origin: `http://127.0.0.1:${port}`,
    headers: {
      ...HEADERS,
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${input.upstreamPort}/v1`,
    },
    stop: running.stop,
  };
}

/** Keep-alive to the upstream needs HTTP/1.1 and an empty Connection: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive */
function nginxConfiguration(input: {
  readonly port: number;
  readonly upstreamPort: number;
  readonly folder: string;
}): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${input.folder}/${name};`,
  );
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${input.folder}/nginx.pid;
error_log ${input.folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream bench { server 127.0.0.1:${input.upstreamPort}; keepalive 256; }
  server {
    listen 127.0.0.1:${input.port};
    keepalive_requests 1000000;
    client_max_body_size 64m;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/v1/models`)).arrayBuffer();
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await wait(READY_POLL_MS);
    }
  }
  throw new Error(`nothing listens on port ${port} after ${READY_TIMEOUT_MS} ms`);
}
