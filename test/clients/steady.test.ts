import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { callHub, eventually } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { freePort } from '../support/listen.ts';
import { connectDialect, MODEL_OF, type ProviderDialect } from '../support/provider-scene.ts';
import { startTap, type Tap } from '../support/tap.ts';
import { REQUESTS } from './requests.ts';

/**
 * The stand-in that the vendors' own SDKs are tested against, behind the hub: it holds every request against the vendor's
 * OpenAPI document. What it answers is made up and never streamed, so only what it was sent is looked at.
 */

const SPECS = process.env['HUB_TEST_SPECS'];
const CLI = fileURLToPath(new URL('./node_modules/@stdy/cli/steady.js', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** Each vendor's document, and where it has the address of the format's base URL. */
const VENDORS: readonly { readonly dialect: ProviderDialect; readonly spec: string; readonly basePath: string }[] = [
  { dialect: 'openai-chat', spec: 'openai-node-openapi.transformed.yml', basePath: '' },
  { dialect: 'openai-responses', spec: 'openai-node-openapi.transformed.yml', basePath: '' },
  { dialect: 'anthropic-messages', spec: 'anthropic-openapi.tryagi.yaml', basePath: '/v1' },
];

type Steady = { readonly url: string; readonly stop: () => Promise<void> };

async function startSteady(spec: string): Promise<Steady> {
  const folder = await mkdtemp(join(tmpdir(), 'steady-'));
  // It tells JSON from YAML by the name, and one document is JSON under a name of YAML.
  const file = join(folder, spec.includes('anthropic') ? 'spec.json' : 'spec.yml');
  await copyFile(join(SPECS ?? '', spec), file);
  const port = await freePort();
  const formats = ['query-array', 'form-array', 'query-object', 'form-object'];
  const child = spawn(
    process.execPath,
    [
      CLI,
      '--host',
      '127.0.0.1',
      '-p',
      String(port),
      '--quiet',
      ...formats.map((name) => `--validator-${name}-format=brackets`),
      file,
    ],
    // A process group of its own: what it starts ends with it.
    { stdio: 'ignore', detached: true, env: { PATH: process.env['PATH'] ?? '' } },
  );
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', kill);
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      kill();
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  await eventually('answer of steady', () => answers(url), READY_WITHIN_MS);
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

describe.skipIf(SPECS === undefined)(
  `requests held against the vendors’ documents${SPECS === undefined ? ' (not run: set HUB_TEST_SPECS)' : ''}`,
  () => {
    const running: (() => Promise<unknown>)[] = [];
    let taps: ReadonlyMap<string, Tap>;
    let hub: HubProcess;
    let secret: string;

    beforeAll(async () => {
      taps = new Map(
        await Promise.all(
          [...new Set(VENDORS.map(({ spec }) => spec))].map(async (spec): Promise<[string, Tap]> => {
            const steady = await startSteady(spec);
            const tap = await startTap(steady.url);
            running.push(tap.close, steady.stop);
            return [spec, tap];
          }),
        ),
      );
      hub = await startHub({ allow: [...taps.values()].map(({ port }) => `127.0.0.1:${port}`) });
      for (const { dialect, spec, basePath } of VENDORS) {
        const baseUrl = `${taps.get(spec)?.url ?? ''}${basePath}`;
        await connectDialect(hub, { dialect, baseUrl, listing: 'unlisted' });
      }
      ({ secret } = await hub.createKey());
    }, 2 * READY_WITHIN_MS);

    afterAll(async () => {
      await hub?.stop();
      for (const stop of running) await stop();
    });

    describe.each(VENDORS)('in $dialect', ({ dialect, spec }) => {
      it.each(REQUESTS)('$name', async ({ path, body }) => {
        const tap = taps.get(spec);
        if (tap === undefined) throw new Error(`nothing stands for ${spec}`);
        tap.exchanges.length = 0;
        const input = body['input'];
        const model = MODEL_OF[dialect];
        const whole: JsonObject = path.startsWith('/api/')
          ? { ...body, input: { ...(isJsonObject(input) ? input : {}), modelOptions: { model } } }
          : { ...body, model };
        const answer = await callHub(hub, secret, { path, body: whole });
        const [exchange] = tap.exchanges;
        expect(exchange, answer.text).toBeDefined();
        const { 'x-steady-error-count': count, ...headers } = exchange?.headers ?? {};
        expect(count, JSON.stringify([headers, parseJson(exchange?.body ?? '{}')], null, 1)).toBe('0');
      });
    });
  },
);
