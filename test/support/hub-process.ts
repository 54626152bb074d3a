import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CliFailure } from '../../src/cli/failure.ts';
import { connectOverHttp } from '../../src/cli/http-hub.ts';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import type { FakeUpstream } from './fake-upstream.ts';

export type HubOptions = {
  /** Kept after the hub ended; without one, a temporary folder is made and removed by `stop`. */
  readonly dataDir?: string;
  /** Variables for the hub; nothing of this process's own environment but PATH reaches it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Appended to `start --port 0 --host 127.0.0.1 --data-dir DIR`. */
  readonly flags?: readonly string[];
  /** `host:port` targets on loopback that the hub may call. */
  readonly allow?: readonly string[];
  readonly readyTimeoutMs?: number;
  /** Put before the command, as `taskset -c 0`; it has to become the hub by exec, so that the pid is the hub's. */
  readonly launcher?: readonly string[];
};

/** A hub that runs as a process of its own. */
export type HubProcess = {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly controlToken: string;
  /** PEM of the certificate that it serves; `undefined` over plain HTTP. */
  readonly certificate: string | undefined;
  readonly pid: number;
  readonly dataDir: string;
  /** What it wrote to standard output and standard error, in the order in which it came. */
  readonly log: () => string;
  /**
   * Calls the control API below `/control/v1` and gives the answer's JSON.
   * @throws ControlCallError for a status other than 2xx
   */
  readonly control: (method: string, path: string, body?: JsonObject) => Promise<JsonValue>;
  /** Makes a virtual key. */
  readonly createKey: (name?: string, more?: JsonObject) => Promise<{ readonly id: string; readonly secret: string }>;
  /** Connects a stand-in as a provider; its models are then `NAME/model`. */
  readonly connectFake: (upstream: Pick<FakeUpstream, 'baseUrl'>, connection?: FakeConnection) => Promise<string>;
  /** SIGTERM; resolves when the process is gone. Afterwards SIGKILL, where it does not go. */
  readonly stop: () => Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** SIGKILL to the hub and its workers; resolves when the process is gone. The data directory stays. */
  readonly kill9: () => Promise<void>;
  /** Resolves when the process is gone, in whatever way. */
  readonly gone: Promise<void>;
};

export type FakeConnection = {
  readonly providerId?: string;
  readonly name?: string;
  readonly secret?: string;
};

/** A hub that was spawned and may not be ready yet. */
export type StartingHub = {
  readonly pid: number;
  readonly dataDir: string;
  readonly ready: Promise<HubProcess>;
  readonly kill9: () => Promise<void>;
};

/** An answer of the control API other than 2xx. */
export class ControlCallError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(call: string, answer: { readonly status: number; readonly body: string }) {
    super(`${call} answered ${answer.status}: ${answer.body}`);
    this.name = 'ControlCallError';
    this.status = answer.status;
    this.body = answer.body;
  }
}

/** The variable that names a file with which a hub of a test begins, in place of no store at all. */
export const STORE_TEMPLATE = 'HUB_TEST_STORE_TEMPLATE';
/** As `npm start` runs it. */
const NODE_FLAGS = [
  '--max-semi-space-size=8',
  '--heap-growing-percent=40',
  '--no-allocation-site-pretenuring',
  '--no-parallel-scavenge',
];
const START = fileURLToPath(new URL('../../bin/start.js', import.meta.url));
/** Set for a hub that is to run as the modules below `src/`, since something that is loaded before wraps what they make. */
export const FROM_SOURCES = 'CHAOS_FROM_SOURCES';
const SOURCES: readonly string[] = [fileURLToPath(new URL('../../src/main.ts', import.meta.url)), 'start'];
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 15;
const STOP_TIMEOUT_MS = 15_000;
const LOG_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Starts a hub and waits until it takes requests. @throws Error with its log when it ends or is not ready in time */
export async function startHub(options: HubOptions = {}): Promise<HubProcess> {
  return (await spawnHub(options)).ready;
}

/** Starts a hub and does not wait, for a test that kills it while it starts. */
export async function spawnHub(options: HubOptions = {}): Promise<StartingHub> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'hub-test-')));
  const isTemporary = options.dataDir === undefined;
  const template = process.env[STORE_TEMPLATE];
  if (isTemporary && template !== undefined) await copyFile(template, join(dataDir, 'hub.db'));
  const [command = process.execPath, ...words] = [
    ...(options.launcher ?? []),
    process.execPath,
    ...NODE_FLAGS,
    ...(options.environment?.[FROM_SOURCES] === undefined ? [START] : SOURCES),
    '--port',
    '0',
    '--host',
    '127.0.0.1',
    '--data-dir',
    dataDir,
    ...(options.flags ?? []),
  ];
  const child = spawn(command, words, {
    cwd: isTemporary ? dataDir : tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that a kill reaches its workers too.
    detached: true,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dataDir,
      HUB_DISCOVER_LOCAL: 'false',
      HUB_SIMULATED: 'off',
      // Else it would begin again with it, which takes a while.
      MALLOC_ARENA_MAX: '2',
      HUB_EGRESS_ALLOW: (options.allow ?? []).join(','),
      ...options.environment,
    },
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('the hub could not be spawned');
  const log = collectLog(child);
  // A test runner that is told to end takes its hubs along: they have a process group of their own.
  const onExit = (): void => killGroup(pid);
  const onSignal = (): never => process.exit(1);
  process.once('exit', onExit);
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  child.once('exit', () => {
    process.removeListener('exit', onExit);
    process.removeListener('SIGTERM', onSignal);
    process.removeListener('SIGINT', onSignal);
  });
  const kill9 = async (): Promise<void> => {
    killGroup(pid);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  const ready = waitUntilReady(child, { dataDir, timeoutMs: options.readyTimeoutMs ?? READY_TIMEOUT_MS, log }).then(
    (found) => describeHub({ ...found, child, pid, dataDir, isTemporary, log, kill9 }),
  );
  // A starting hub that is killed on purpose is nobody's unhandled rejection; its temporary folder goes with it.
  ready.catch(() => (isTemporary ? rm(dataDir, { recursive: true, force: true }) : undefined));
  return { pid, dataDir, ready, kill9 };
}

type Running = {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly dataDir: string;
  readonly isTemporary: boolean;
  readonly address: string;
  readonly controlToken: string;
  readonly certificate: string | undefined;
  readonly log: () => string;
  readonly kill9: () => Promise<void>;
};

function describeHub(running: Running): HubProcess {
  const { address, controlToken, certificate, pid, dataDir, log, kill9, child } = running;
  const isGone = child.exitCode !== null || child.signalCode !== null;
  const control = (method: string, path: string, body?: JsonObject): Promise<JsonValue> =>
    callControl({ address, controlToken, certificate, method, path, body });
  return {
    address,
    controlToken,
    certificate,
    pid,
    dataDir,
    log,
    kill9,
    gone: isGone ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve())),
    control,
    createKey: async (name = 'test', more = {}) => {
      const created = await control('POST', '/keys', { name, ...more });
      const key = isJsonObject(created) ? created['key'] : undefined;
      const secret = isJsonObject(created) ? created['secret'] : undefined;
      if (!isJsonObject(key) || typeof key['id'] !== 'string' || typeof secret !== 'string') {
        throw new Error(`a new key is not {key: {id}, secret}: ${Object.keys(created ?? {}).join(', ')}`);
      }
      return { id: key['id'], secret };
    },
    connectFake: async (upstream, { providerId = 'openai', name = 'fake', secret = 'sk-fake-credential' } = {}) => {
      const created = await control('POST', '/connections', {
        provider_id: providerId,
        name,
        base_url: upstream.baseUrl,
        credential: { secret },
      });
      const connection = isJsonObject(created) ? created['connection'] : undefined;
      if (!isJsonObject(connection) || typeof connection['id'] !== 'string') throw new Error('no connection was made');
      return connection['id'];
    },
    stop: () => stopHub(running),
  };
}

async function stopHub(running: Running): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  const { child, pid, dataDir, isTemporary } = running;
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => killGroup(pid), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(late);
  }
  if (isTemporary) await rm(dataDir, { recursive: true, force: true });
  return { code: child.exitCode, signal: child.signalCode };
}

async function callControl(call: {
  readonly address: string;
  readonly controlToken: string;
  readonly certificate: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
}): Promise<JsonValue> {
  const { address, controlToken: token, certificate } = call;
  const { status, text } = await connectOverHttp({ address, token, certificate })({
    // Tests write the methods that the control API has.
    method: call.method as 'GET',
    path: `/control/v1${call.path}`,
    body: call.body === undefined ? undefined : JSON.stringify(call.body),
  });
  if (status < 200 || status > 299) throw new ControlCallError(`${call.method} ${call.path}`, { status, body: text });
  return text === '' ? null : parseJson(text);
}

function collectLog(child: ChildProcess): () => string {
  let text = '';
  const add = (part: Buffer): void => {
    if (text.length < LOG_CHARACTERS_MAX) text += part.toString('utf8');
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

async function waitUntilReady(
  child: ChildProcess,
  { dataDir, timeoutMs, log }: { readonly dataDir: string; readonly timeoutMs: number; readonly log: () => string },
): Promise<Found> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the hub ended (${child.exitCode ?? child.signalCode}) before it was ready:\n${log()}`);
    }
    const found = await readHubFile(dataDir);
    // A file that a killed hub left behind names another process.
    if (found !== undefined && found.pid === child.pid && (await isReady(found))) return found;
    await wait(READY_POLL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the hub was not ready within ${timeoutMs} ms:\n${log()}`);
}

/** What a hub writes down for its command line. */
type Found = {
  readonly pid: number;
  readonly address: string;
  readonly controlToken: string;
  readonly certificate: string | undefined;
};

async function readHubFile(dataDir: string): Promise<Found | undefined> {
  const text = await readFile(join(dataDir, 'run', 'hub.json'), 'utf8').catch((reason: unknown) => {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return '';
    throw reason;
  });
  const value = parseJsonOrUndefined(text);
  if (!isJsonObject(value)) return undefined;
  const { pid, address, controlToken, certificate } = value;
  if (typeof pid !== 'number' || typeof address !== 'string' || typeof controlToken !== 'string') return undefined;
  return { pid, address, controlToken, certificate: typeof certificate === 'string' ? certificate : undefined };
}

async function isReady({ address, controlToken: token, certificate }: Found): Promise<boolean> {
  const send = connectOverHttp({ address, token, certificate });
  try {
    return (await send({ method: 'GET', path: '/readyz', body: undefined })).status === 200;
  } catch (error) {
    if (error instanceof CliFailure) return false;
    throw error;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
