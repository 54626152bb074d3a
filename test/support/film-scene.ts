import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../../src/kernel/money.ts';
import { FILMS } from './fake-upstream/media-videos.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';
import { asObject, callHub, eventually, type HubAnswer, textOf } from './hub-calls.ts';
import { type HubOptions, type HubProcess, startHub } from './hub-process.ts';
import { postgresAvailable, postgresDatabase } from './postgres.ts';

/** Hubs at which films are paid for with credit, and what tests do with them. */

export const ACCOUNT = 'organization/org_default';
export const SORA = 'sora-2';
/** Its films are as the test says. */
export const WAITING = 'sora-waiting';
export const FAILING = 'sora-failing';
export const VEO = 'veo-3.1-generate-preview';
export const SEEDANCE = 'doubao-seedance-2-0-260128';
const BY_SIZE: JsonObject[] = [
  { unit: 'video-second', usd_per_million: '100000' },
  { unit: 'video-second', usd_per_million: '300000', image_size: '1792x1024' },
];
/** Dollars for a million, by provider and model; a credit is a dollar. */
const PRICES: readonly (readonly [string, string, JsonObject[]])[] = [
  ['openai', SORA, BY_SIZE],
  ['openai', WAITING, BY_SIZE],
  ['openai', FAILING, BY_SIZE],
  [
    'google',
    VEO,
    [
      { unit: 'video-second', usd_per_million: '400000' },
      { unit: 'video-second', usd_per_million: '600000', image_size: '4k' },
    ],
  ],
  ['doubao', SEEDANCE, [{ unit: 'output', usd_per_million: '7' }]],
];
export const SECOND = 100_000_000n;
export const LARGE_SECOND = 3n * SECOND;
export const MUCH = 1_000_000_000_000n;
/** The scheduler looks every five seconds; where hubs share a store, and one dies that was looking, not for a minute. */
const ASKED_WITHIN_MS = 90_000;
export const TIMEOUT_MS = 200_000;

const postgres = postgresAvailable();
export const STORES = [
  { kind: 'SQLite', skip: false },
  { kind: 'PostgreSQL, with two hubs', skip: !postgres.available },
];

type Scene = {
  readonly hubs: HubProcess[];
  readonly key: string;
  /** Starts the first hub anew on what it has left, for it to kill itself at a point. */
  readonly restart: (environment?: Readonly<Record<string, string>>) => Promise<void>;
  readonly close: () => Promise<void>;
};

let upstream: FakeUpstream;
let scene: Scene;

/** Starts the first hub anew on what it has left, for it to kill itself at a point. */
export const restart: Scene['restart'] = (environment) => scene.restart(environment);

export const keyOfFilms = (): string => scene.key;

export const hubs = (): readonly HubProcess[] => scene.hubs;

async function openScene(kind: string): Promise<Scene> {
  const database = kind === 'SQLite' ? undefined : await postgresDatabase();
  const environment = {
    HUB_CREDIT: 'true',
    HUB_SIMULATED: 'off',
    HUB_MASTER_KEY: randomBytes(32).toString('base64'),
    HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
    ...(database === undefined ? {} : { HUB_DATABASE_URL: database.url }),
  };
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-credit-films-'));
  const options: HubOptions = { allow: [new URL(upstream.url).host], environment };
  const first = await startHub({ ...options, dataDir });
  await first.connectFake(upstream, { name: 'openai' });
  await first.connectFake(upstream, { name: 'google', providerId: 'google' });
  await first.connectFake({ baseUrl: `${upstream.url}/api/v3` }, { name: 'doubao', providerId: 'doubao' });
  for (const [provider_id, model, prices] of PRICES) {
    await first.control('POST', '/prices', { provider_id, model, prices });
  }
  const { secret } = await first.createKey('films');
  const hubs = database === undefined ? [first] : [first, await startHub(options)];
  return {
    hubs,
    key: secret,
    restart: async (more = {}) => {
      // One that is to kill itself takes the place of one that has left nothing undone.
      await hub().stop();
      const stoppedAt = Date.now();
      hubs[0] = await startHub({ ...options, dataDir, environment: { ...environment, ...more } });
      await eventually(
        'look for films',
        async () => {
          const job = (await list('/jobs')).find(({ name }) => name === 'films.settle');
          const [begunAt, nextAt] = [job?.['last_run_at'], job?.['next_due_at']].map((at) => Date.parse(textOf(at)));
          return begunAt !== undefined && nextAt !== undefined && begunAt > stoppedAt && nextAt >= begunAt;
        },
        ASKED_WITHIN_MS,
      );
    },
    close: async () => {
      await Promise.all(hubs.map((each) => each.stop()));
      await rm(dataDir, { recursive: true, force: true });
      await database?.drop();
    },
  };
}

export function hub(): HubProcess {
  const [first] = scene.hubs;
  if (first === undefined) throw new Error('there is no hub');
  return first;
}

export async function list(path: string): Promise<readonly JsonObject[]> {
  const page = await hub().control('GET', path);
  const data = isJsonObject(page) ? page['data'] : undefined;
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}

const nanoOf = (credits: unknown): bigint => parseCredits(String(credits)) ?? 0n;

export async function account(): Promise<{ readonly left: bigint; readonly held: bigint }> {
  const [found] = await list(`/credit/accounts?account_id=${ACCOUNT}`);
  return { left: nanoOf(found?.['remaining']), held: nanoOf(found?.['held']) };
}

/** What is left once nothing is held any more. */
export const settled = (): Promise<bigint> =>
  eventually(
    'end of every hold',
    async () => {
      const { left, held } = await account();
      return held === 0n ? left : undefined;
    },
    ASKED_WITHIN_MS,
  );

export const give = (nano: bigint) =>
  hub().control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    amount: formatCredits(nanoCredits(nano)),
    name: 'Credit',
  });

export const ask = (
  method: string,
  path: string,
  body?: JsonObject,
  headers: Record<string, string> = {},
  of = hub(),
) => callHub(of, scene.key, { method, path, headers, ...(body === undefined ? {} : { body }) });

export const film = (more: JsonObject = {}, headers: Record<string, string> = {}): Promise<HubAnswer> =>
  ask('POST', '/v1/videos', { model: `openai/${WAITING}`, prompt: 'a calm sea', ...more }, headers);

export const creations = (): number => upstream.journal.calls().length;

/** The charge of the newest record, as whoever pays sees it. */
export async function lastCharge(): Promise<JsonObject> {
  const [record] = await list('/usage/records?limit=1');
  const detail = await hub().control('GET', `/usage/requests/${textOf(record?.['request_id'])}`);
  return isJsonObject(detail) ? asObject(detail['charge']) : {};
}

/** That it adds up: its lines, the least and the rounding come to the amount. */
export function expectAddedUp(charge: JsonObject): void {
  const explained = asObject(charge['explained']);
  const lines = explained['lines'];
  const sum = (Array.isArray(lines) ? lines : []).reduce((all, line) => all + nanoOf(asObject(line)['credits']), 0n);
  const whole = sum + nanoOf(explained['minimum']) + nanoOf(explained['rounding']);
  expect([whole, nanoOf(explained['price'])]).toEqual([nanoOf(charge['amount']), nanoOf(charge['amount'])]);
}

/** Has the tests of a suite share a hub, or two, each with no credit at its beginning. */
export function shareFilmScene({ kind, skip }: (typeof STORES)[number]): void {
  beforeAll(async () => {
    if (skip) return;
    upstream = await startFakeUpstream({ models: [SORA, WAITING, FAILING, VEO, SEEDANCE] });
    scene = await openScene(kind);
  });

  afterAll(async () => {
    if (skip) return;
    await scene?.close();
    await upstream?.close();
  });

  beforeEach(async () => {
    if (skip) return;
    upstream.setScript(undefined);
    upstream.journal.clear();
    FILMS.fate = 'completed';
    const left = await settled();
    FILMS.fate = 'queued';
    FILMS.begun.length = 0;
    if (left === 0n) return;
    await hub().control('POST', '/installation/credit/withdrawals', {
      organization_id: 'org_default',
      amount: formatCredits(nanoCredits(left)),
      reason: 'the next test',
    });
  });
}
