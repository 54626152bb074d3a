import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './listen.ts';

/**
 * A throw-away PostgreSQL for tests, made from the machine's own programs: one cluster per test process, a fresh
 * database per test. It listens on loopback with a password of its own, and ends with the process that asked for it,
 * however that process ends.
 */

const VERSIONS_DIR = '/usr/lib/postgresql';
const START_TRIES = 5;
const READY_WAIT_MS = 20_000;
const READY_LOOK_MS = 25;
const SUPERUSER = 'hub';
/** https://www.postgresql.org/docs/15/sql-createdatabase.html */
const FIRST_WITH_STRATEGIES = 15;

export type PostgresAvailability =
  | { readonly available: true; readonly binDir: string }
  | { readonly available: false; readonly reason: string };

/** A database that nobody else uses. */
export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** A database to copy from, made once per cluster: `prepare` fills it. */
export type DatabaseTemplate = { readonly name: string; readonly prepare: (url: string) => Promise<void> };

/** Whether this machine can run a PostgreSQL, and if not, why: for `describe.skipIf`. */
export function postgresAvailable(): PostgresAvailability {
  const binDir = candidateDirs().find((dir) => ['initdb', 'postgres'].every((name) => existsSync(join(dir, name))));
  if (binDir === undefined)
    return { available: false, reason: 'PostgreSQL is not installed (apt-get install postgresql)' };
  if (runAs() === 'nobody') {
    return { available: false, reason: 'PostgreSQL refuses root, and this machine has no user named postgres' };
  }
  return { available: true, binDir };
}

/** A fresh database, empty or a copy of a template. @throws Error when PostgreSQL is not available or does not start */
export async function postgresDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const cluster = await theCluster();
  if (template !== undefined) await cluster.template(template);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const from = template === undefined ? 'template1' : templateName(template);
  await cluster.run(`CREATE DATABASE ${name} TEMPLATE ${from} ${cluster.copying}`);
  return {
    url: cluster.url(name),
    drop: () => cluster.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

type Cluster = {
  readonly url: (database: string) => string;
  readonly run: (sql: string) => Promise<void>;
  readonly template: (template: DatabaseTemplate) => Promise<void>;
  /** How CREATE DATABASE copies fastest here. */
  readonly copying: string;
};

/** Test runners load modules anew for every file; the cluster outlives that, so it hangs on the process. */
const CLUSTER = Symbol.for('aigne-hub.test.postgres');
const SYNCED = Symbol.for('aigne-hub.test.postgres.synced');
const held = globalThis as { [CLUSTER]?: Promise<Cluster>; [SYNCED]?: boolean };

/** Has the cluster of this process wait for the disk as one that keeps money does, for whoever measures it. Said before it starts. */
export function syncCommits(): void {
  held[SYNCED] = true;
}

function theCluster(): Promise<Cluster> {
  held[CLUSTER] ??= startCluster();
  return held[CLUSTER];
}

async function startCluster(): Promise<Cluster> {
  const found = postgresAvailable();
  if (!found.available) throw new Error(found.reason);
  const user = runAs();
  const dir = mkdtempSync(join(tmpdir(), 'hub-pg-'));
  chmodSync(dir, 0o700);
  if (user !== 'nobody' && user !== 'self') chownSync(dir, user.uid, user.gid);
  const password = randomBytes(18).toString('base64url');
  initialize({ binDir: found.binDir, dir, password, identity: identityOf(user) });
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const server = startServer({ binDir: found.binDir, dir, port, identity: identityOf(user) });
    const url = (database: string) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
    if (await isReady(server, url('postgres'))) return createCluster(url, found.binDir);
    // Somebody else may have taken the port between the look and the start.
    if (tries >= START_TRIES) throw new Error(`PostgreSQL did not start:\n${readFileSync(join(dir, 'log'), 'utf8')}`);
  }
}

function createCluster(url: (database: string) => string, binDir: string): Cluster {
  const templates = new Map<string, Promise<void>>();
  const run = (sql: string) => runOn(url('postgres'), sql);
  async function prepare(template: DatabaseTemplate): Promise<void> {
    await run(`CREATE DATABASE ${templateName(template)}`);
    await template.prepare(url(templateName(template)));
  }
  return {
    url,
    run,
    copying: copyingOf(binDir),
    template(template) {
      const prepared = templates.get(template.name) ?? prepare(template);
      templates.set(template.name, prepared);
      return prepared;
    },
  };
}

/** Whole files are copied several times as fast as pages through the log, which is what newer versions do unasked. */
function copyingOf(binDir: string): string {
  const { stdout } = spawnSync(join(binDir, 'postgres'), ['--version'], { encoding: 'utf8' });
  const major = Number(/\b(\d+)/.exec(stdout)?.[1] ?? 0);
  return major < FIRST_WITH_STRATEGIES ? '' : 'STRATEGY file_copy';
}

function templateName(template: DatabaseTemplate): string {
  return `template_${template.name}`;
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

type Identity = { readonly uid?: number; readonly gid?: number };
type Machine = { readonly binDir: string; readonly dir: string; readonly identity: Identity };

function initialize(input: Machine & { readonly password: string }): void {
  const passwordFile = join(input.dir, 'password');
  writeFileSync(passwordFile, input.password, { mode: 0o600 });
  const { uid, gid } = input.identity;
  if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
  const done = spawnSync(
    join(input.binDir, 'initdb'),
    [
      '-D',
      join(input.dir, 'data'),
      '-U',
      SUPERUSER,
      '-A',
      'scram-sha-256',
      '--pwfile',
      passwordFile,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...input.identity, cwd: input.dir, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } },
  );
  rmSync(passwordFile);
  if (done.status !== 0) throw new Error(`initdb failed: ${done.error?.message ?? done.stderr}`);
}

/**
 * A shell stands between: it waits for the end of its standard input, which comes when this process ends in whatever
 * way, then stops the server and removes its files.
 */
function startServer(input: Machine & { readonly port: number }): ChildProcess {
  const settings = [
    `port=${input.port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${input.dir}`,
    'shared_buffers=16MB',
    'max_connections=60',
    'logging_collector=off',
    // Nothing here outlives the server, so nothing waits for a disk.
    ...(held[SYNCED] === true ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting]);
  const script = '"$0" "$@" >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$DIR"';
  const shell = spawn(
    '/bin/sh',
    ['-c', script, join(input.binDir, 'postgres'), '-D', join(input.dir, 'data'), ...settings],
    {
      ...input.identity,
      cwd: input.dir,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin', DIR: input.dir, LOG: join(input.dir, 'log') },
      // Away from the terminal's group, so that Ctrl+C ends it by the same way as everything else.
      detached: true,
    },
  );
  shell.unref();
  if (shell.stdin !== null && 'unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return shell;
}

async function isReady(server: ChildProcess, url: string): Promise<boolean> {
  const deadline = performance.now() + READY_WAIT_MS;
  while (performance.now() < deadline && server.exitCode === null) {
    try {
      await runOn(url, 'SELECT 1');
      return true;
    } catch {
      // Not listening yet.
      await delay(READY_LOOK_MS);
    }
  }
  return false;
}

/** PostgreSQL refuses to run as root; root lends the files to the user that the distribution made for it. */
function runAs(): 'self' | 'nobody' | { readonly uid: number; readonly gid: number } {
  if (process.getuid?.() !== 0) return 'self';
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? 'nobody' : { uid: Number(uid), gid: Number(gid) };
}

function identityOf(user: ReturnType<typeof runAs>): Identity {
  return user === 'self' || user === 'nobody' ? {} : user;
}

/** The newest installed version first, then what is on the PATH. */
function candidateDirs(): readonly string[] {
  const versions = existsSync(VERSIONS_DIR) ? readdirSync(VERSIONS_DIR) : [];
  const installed = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS_DIR, version, 'bin'));
  return [...installed, ...(process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '')];
}
