import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../../src/kernel/money.ts';
import { failingAt } from '../chaos/failpoints.ts';
import { ARK_TOKENS, FILMS } from '../support/fake-upstream/media-videos.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, eventually, type HubAnswer, textOf } from '../support/hub-calls.ts';
import { type HubOptions, type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';

/** Films that are paid for with credit: held before they are asked for, and charged when they end, whoever hears of that. */

const ACCOUNT = 'organization/org_default';
const SORA = 'sora-2';
/** Its films are as the test says. */
const WAITING = 'sora-waiting';
const FAILING = 'sora-failing';
const VEO = 'veo-3.1-generate-preview';
const SEEDANCE = 'doubao-seedance-2-0-260128';
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
const SECOND = 100_000_000n;
const LARGE_SECOND = 3n * SECOND;
const MUCH = 1_000_000_000_000n;
/** The scheduler looks every five seconds, and for a minute not at all where one died that was looking. */
const ASKED_WITHIN_MS = 90_000;
const TIMEOUT_MS = 200_000;

const postgres = postgresAvailable();
const STORES = [
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

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: [SORA, WAITING, FAILING, VEO, SEEDANCE] });
});

afterAll(() => upstream?.close());

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
      // Whoever dies while it looks for films keeps the others from looking for a minute.
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

function hub(): HubProcess {
  const [first] = scene.hubs;
  if (first === undefined) throw new Error('there is no hub');
  return first;
}

async function list(path: string): Promise<readonly JsonObject[]> {
  const page = await hub().control('GET', path);
  const data = isJsonObject(page) ? page['data'] : undefined;
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}

const nanoOf = (credits: unknown): bigint => parseCredits(String(credits)) ?? 0n;

async function account(): Promise<{ readonly left: bigint; readonly held: bigint }> {
  const [found] = await list(`/credit/accounts?account_id=${ACCOUNT}`);
  return { left: nanoOf(found?.['remaining']), held: nanoOf(found?.['held']) };
}

/** What is left once nothing is held any more. */
const settled = (): Promise<bigint> =>
  eventually(
    'end of every hold',
    async () => {
      const { left, held } = await account();
      return held === 0n ? left : undefined;
    },
    ASKED_WITHIN_MS,
  );

const give = (nano: bigint) =>
  hub().control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    amount: formatCredits(nanoCredits(nano)),
    name: 'Credit',
  });

const ask = (method: string, path: string, body?: JsonObject, headers: Record<string, string> = {}, of = hub()) =>
  callHub(of, scene.key, { method, path, headers, ...(body === undefined ? {} : { body }) });

const film = (more: JsonObject = {}, headers: Record<string, string> = {}): Promise<HubAnswer> =>
  ask('POST', '/v1/videos', { model: `openai/${WAITING}`, prompt: 'a calm sea', ...more }, headers);

const creations = (): number => upstream.journal.entries().filter(({ method }) => method === 'POST').length;

/** The charge of the newest record, as whoever pays sees it. */
async function lastCharge(): Promise<JsonObject> {
  const [record] = await list('/usage/records?limit=1');
  const detail = await hub().control('GET', `/usage/requests/${textOf(record?.['request_id'])}`);
  return isJsonObject(detail) ? asObject(detail['charge']) : {};
}

/** That it adds up: its lines, the least and the rounding come to the amount. */
function expectAddedUp(charge: JsonObject): void {
  const explained = asObject(charge['explained']);
  const lines = explained['lines'];
  const sum = (Array.isArray(lines) ? lines : []).reduce((all, line) => all + nanoOf(asObject(line)['credits']), 0n);
  const whole = sum + nanoOf(explained['minimum']) + nanoOf(explained['rounding']);
  expect([whole, nanoOf(explained['price'])]).toEqual([nanoOf(charge['amount']), nanoOf(charge['amount'])]);
}

describe.each(STORES)('a film at a hub on $kind', { timeout: TIMEOUT_MS }, ({ kind, skip }) => {
  beforeAll(async () => {
    if (!skip) scene = await openScene(kind);
  });

  afterAll(async () => {
    if (!skip) await scene?.close();
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

  it.skipIf(skip)(
    'keeps what it can cost until it ends, and is charged although its caller never returns',
    async () => {
      await give(MUCH);
      const begun = await film({ seconds: '8', size: '1792x1024' });
      expect(begun.status).toBe(200);
      expect(await account()).toEqual({ left: MUCH, held: 8n * LARGE_SECOND });
      const [hold] = await list('/credit/holds');
      expect(hold).toMatchObject({ amount: '2.4', awaits_job_since: expect.any(String) });
      // Two days, and not the quarter of an hour that calls have.
      const lasts = Date.parse(textOf(hold?.['expires_at'])) - Date.parse(textOf(hold?.['placed_at']));
      expect(lasts).toBeGreaterThan(47 * 3_600_000);
      FILMS.fate = 'completed';
      expect(await settled()).toBe(MUCH - 8n * LARGE_SECOND);
      const charge = await lastCharge();
      expect(charge).toMatchObject({ state: 'settled', amount: '2.4', held: '2.4', overrun: '0', basis: 'reported' });
      expect(asObject(charge['explained'])['lines']).toMatchObject([{ unit: 'video-second', units: 8 }]);
      expectAddedUp(charge);
      expect(await list('/credit/holds')).toEqual([]);
    },
  );

  it.skipIf(skip)('is charged the moment that its caller sees the end, and once however many look', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '4' });
    const path = `/v1/videos/${textOf(json['id'])}`;
    await ask('GET', path);
    expect((await account()).held).toBe(4n * SECOND);
    FILMS.fate = 'completed';
    const looks = scene.hubs.flatMap((each) => Array.from({ length: 10 }, () => ask('GET', path, undefined, {}, each)));
    for (const { json: seen } of await Promise.all(looks)) expect(seen['status']).toBe('completed');
    expect(await account()).toEqual({ left: MUCH - 4n * SECOND, held: 0n });
    expect((await list('/credit/entries?kind=charge')).filter(({ amount }) => amount === '-0.4')).toHaveLength(1);
  });

  it.skipIf(skip)('that could not be made is given back', async () => {
    await give(MUCH);
    await film({ seconds: '12' });
    FILMS.fate = 'failed';
    expect(await settled()).toBe(MUCH);
    expect(await lastCharge()).toMatchObject({ state: 'released', amount: '0', basis: 'it could not be made' });
  });

  it.skipIf(skip)('is asked for once with one key, and charged once', async () => {
    await give(MUCH);
    const headers = { 'idempotency-key': randomBytes(12).toString('hex') };
    const first = await film({ seconds: '4' }, headers);
    const again = await film({ seconds: '4' }, headers);
    expect([again.json['id'], again.headers['idempotency-replayed']]).toEqual([first.json['id'], 'true']);
    expect(creations()).toBe(1);
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 4n * SECOND);
  });

  it.skipIf(skip)('is refused before it is asked for where the credit does not pay for it', async () => {
    await give(8n * SECOND - 1n);
    const out = await film({ seconds: '8' });
    expect([out.status, out.error['code']]).toEqual([402, 'credit.exhausted']);
    expect((await film({ seconds: '4' })).status).toBe(200);
    const held = await film({ seconds: '4' });
    expect([held.status, held.error['code'], held.headers['retry-after']]).toEqual([429, 'credit.held', '2']);
    expect(creations()).toBe(1);
  });

  it.skipIf(skip)('that its caller deletes once it is made is charged before', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '4' });
    FILMS.fate = 'completed';
    expect((await ask('DELETE', `/v1/videos/${textOf(json['id'])}`)).status).toBe(200);
    expect(await account()).toEqual({ left: MUCH - 4n * SECOND, held: 0n });
  });

  it.skipIf(skip)('that is made anew is held and charged like the first', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '8', size: '1792x1024' });
    const path = `/v1/videos/${textOf(json['id'])}`;
    expect((await ask('POST', `${path}/remix`, { prompt: 'at night', seconds: '4' })).status).toBe(200);
    expect((await account()).held).toBe(16n * LARGE_SECOND);
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 16n * LARGE_SECOND);
  });

  it.skipIf(skip)('whose caller waits for it is charged although that one leaves', async () => {
    await give(MUCH);
    const gone = new AbortController();
    const body = { input: { modelOptions: { model: `openai/${WAITING}` }, prompt: 'a calm sea', seconds: 8 } };
    const call = callHub(hub(), scene.key, { path: '/api/v2/video', body, signal: gone.signal }).catch(() => undefined);
    await eventually('film', () => FILMS.begun.length > 0);
    await eventually('hold that waits', async () => (await list('/credit/holds'))[0]?.['awaits_job_since']);
    gone.abort();
    await call;
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 8n * SECOND);
  });

  it.skipIf(skip)('of another kind of provider is charged by what that says, else by what was asked for', async () => {
    await give(MUCH);
    await ask('POST', '/v1/videos', { model: `google/${VEO}`, prompt: 'a calm sea', size: '4k' });
    await settled();
    const veo = await lastCharge();
    expect(veo).toMatchObject({ state: 'estimated', amount: '4.8' });
    expectAddedUp(veo);
    const before = (await account()).left;
    await ask('POST', '/v1/videos', { model: `doubao/${SEEDANCE}`, prompt: 'a calm sea', seconds: '5', size: '720p' });
    expect(before - (await settled())).toBe(BigInt(ARK_TOKENS) * 7000n);
    const seedance = await lastCharge();
    expect(seedance).toMatchObject({ state: 'settled', overrun: '0' });
    expectAddedUp(seedance);
  });

  it.skipIf(skip).each(['job', 'bound', 'recorded'] as const)(
    'is charged exactly although the process that asked for it is killed: %s',
    async (point) => {
      await give(MUCH);
      await scene.restart(failingAt(point, 1));
      await film({ seconds: '8' }).catch(() => undefined);
      await hub().gone;
      expect(FILMS.begun).toHaveLength(1);
      FILMS.fate = 'completed';
      await scene.restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      expect(await lastCharge()).toMatchObject({ state: 'settled', amount: '0.8' });
    },
  );

  it.skipIf(skip).each(['before-end', 'ended'] as const)(
    'is charged once although the process that hears of its end is killed: %s',
    async (point) => {
      await give(MUCH);
      await scene.restart(failingAt(point, 1));
      const { json } = await film({ seconds: '8' });
      FILMS.fate = 'completed';
      await ask('GET', `/v1/videos/${textOf(json['id'])}`).catch(() => undefined);
      // Where another hub was quicker, this one lives and has nothing to end.
      await scene.restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      expect(await lastCharge()).toMatchObject({ state: 'settled', amount: '0.8' });
      const entries = await list('/credit/entries?kind=charge&limit=50');
      const [{ charge_id: id } = {}] = entries;
      expect(entries.filter(({ charge_id }) => charge_id === id)).toHaveLength(1);
    },
  );

  it.skipIf(skip)(
    'that its provider has begun when the process dies, and of which nobody knows the id, is presumed',
    async () => {
      await give(MUCH);
      await scene.restart(failingAt('before-job', 1));
      await film({ seconds: '8' }).catch(() => undefined);
      await hub().gone;
      expect(FILMS.begun).toHaveLength(1);
      await scene.restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      const charge = await lastCharge();
      expect(charge).toMatchObject({ state: 'estimated', amount: '0.8' });
      const reviews = await list('/installation/credit/review');
      expect(reviews.some(({ id }) => id === charge['id'])).toBe(true);
    },
  );
});
