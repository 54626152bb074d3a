import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './listen.ts';

/** A throw-away Redis for tests, made from the machine's own program. It keeps everything in memory. */
export type TestRedis = {
  readonly url: string;
  /** Ends it as a crash does: what was in it is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again, at the same address. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const READY_TRIES = 200;
const READY_LOOK_MS = 25;
/** The server ends with whoever holds its input, however that ends. */
const KEPT_ALIVE = 'redis-server "$@" >/dev/null & server=$!; cat >/dev/null; kill -9 $server';

/** Why this machine can run no Redis, for `describe.skipIf`; `undefined` where it can. */
export function redisMissing(): string | undefined {
  const { status } = spawnSync('redis-server', ['--version'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'Redis is not installed (apt-get install redis-server)';
}

/** @throws Error when it does not start */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const folder = mkdtempSync(join(tmpdir(), 'hub-redis-'));
  let shell: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    shell = spawn('sh', ['-c', KEPT_ALIVE, 'sh', ...words], { stdio: ['pipe', 'ignore', 'inherit'] });
    await untilReady(url);
  };
  const kill = async (): Promise<void> => {
    const ended = shell;
    shell = undefined;
    if (ended === undefined) return;
    const gone = once(ended, 'exit');
    ended.stdin?.end();
    await gone;
  };
  await start();
  return {
    url,
    kill,
    start,
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    const isReady = await redis
      .connect()
      .then(() => redis.ping())
      .then(
        () => true,
        () => false,
      );
    redis.disconnect();
    if (isReady) return;
    await delay(READY_LOOK_MS);
  }
  throw new Error('Redis does not start');
}
