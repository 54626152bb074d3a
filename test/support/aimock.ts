import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { freePort } from './listen.ts';

/** An OpenAI-format stand-in that this project did not write: https://github.com/CopilotKit/aimock */
export type Aimock = {
  readonly port: number;
  /** The base URL that a connection takes. */
  readonly baseUrl: string;
  /** The requests that it received: what the hub really sent. */
  readonly journal: () => Promise<readonly JsonObject[]>;
  readonly stop: () => Promise<void>;
};

const CLI = fileURLToPath(new URL('../../node_modules/@copilotkit/aimock/dist/cli.js', import.meta.url));
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 20;

/** Starts it on loopback with the fixtures given, in its own format. */
export async function startAimock(fixtures: readonly JsonObject[]): Promise<Aimock> {
  const folder = await mkdtemp(join(tmpdir(), 'aimock-'));
  const file = join(folder, 'fixtures.json');
  await writeFile(file, JSON.stringify({ fixtures }));
  const port = await freePort();
  const child = spawn(process.execPath, [CLI, '-p', String(port), '-f', file, '--log-level', 'warn'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    process.removeListener('exit', onExit);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(`${url}/v1/models`))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`the stand-in did not start on port ${port}`);
    }
    await wait(READY_POLL_MS);
  }
  return { port, baseUrl: `${url}/v1`, journal: () => readJournal(url), stop };
}

async function readJournal(url: string): Promise<readonly JsonObject[]> {
  const value: JsonValue = parseJson(await (await fetch(`${url}/__aimock/journal`)).text());
  if (!Array.isArray(value)) throw new Error('the journal is no list');
  return value.filter((entry) => isJsonObject(entry));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
