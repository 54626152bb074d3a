import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { usdToNano } from '../../src/kernel/money.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import {
  asObject,
  callHub,
  chatBody,
  eventually,
  listOf,
  scriptByUser,
  textOf,
  usageRecords,
} from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';
import { redisMissing, startRedis, type TestRedis } from '../support/redis.ts';

/** Limits that are one limit for several processes, and go on where they were after whatever end. */

const PRICES: JsonObject[] = [
  { unit: 'input', usd_per_million: '100' },
  { unit: 'output', usd_per_million: '1000' },
];
const DAY = { kind: 'calendar', unit: 'day', time_zone: 'UTC' };
const DOLLAR = 1_000_000_000n;

let upstream: FakeUpstream;
let dataDir: string | undefined;
let hub: HubProcess;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream?.close());

async function prepare(): Promise<{ readonly id: string; readonly secret: string }> {
  await hub.connectFake(upstream, { name: 'fake' });
  const [connection] = await listOf(hub, '/connections');
  const providerId = connection?.['provider_id'] ?? null;
  await hub.control('POST', '/prices', { provider_id: providerId, model: 'fake-small', prices: PRICES });
  return hub.createKey('limited');
}

const TERMS = { name: 'Ours', subject: { kind: 'organization' }, measure: 'requests', amount: '10', mode: 'hard' };

const limit = (more: JsonObject) =>
  hub.control('POST', '/limits', { ...TERMS, ...(more['measure'] === 'concurrent' ? {} : { window: DAY }), ...more });

const chat = (key: string, more: JsonObject = {}) => callHub(hub, key, { body: chatBody({ max_tokens: 64, ...more }) });

async function spentIn(projectId: string): Promise<bigint> {
  const records = (await usageRecords(hub)).filter((record) => record['project_id'] === projectId);
  return records.reduce((sum, record) => sum + BigInt(textOf(record['cost_nano_usd'] ?? '0')), 0n);
}

async function usedOf(limitId: unknown): Promise<JsonValue | undefined> {
  const { counts } = asObject(await hub.control('GET', `/limits/${String(limitId)}`));
  return asObject(Array.isArray(counts) ? counts[0] : undefined)['used'];
}

beforeEach(() => upstream.setScript(undefined));

async function start(flags: readonly string[] = []): Promise<void> {
  dataDir ??= await mkdtemp(join(tmpdir(), 'hub-limits-'));
  hub = await startHub({ dataDir, allow: [new URL(upstream.url).host], flags, readyTimeoutMs: 90_000 });
}

async function stop(): Promise<void> {
  await hub?.stop();
  if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  dataDir = undefined;
}

/** https://man7.org/linux/man-pages/man5/proc_tid_children.5.html */
function workerPids(): readonly number[] {
  const text = readFileSync(`/proc/${hub.pid}/task/${hub.pid}/children`, 'utf8');
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

describe('four workers', () => {
  let marker: { readonly id: string; readonly secret: string };
  let marks = 100_000;

  beforeAll(async () => {
    await start(['--workers', '4']);
    marker = await prepare();
  }, 90_000);
  afterAll(stop);

  /** Resolves once each of them knows all limits that were made so far: what comes later is known later. */
  async function untilKnown(): Promise<void> {
    marks -= 1000;
    await limit({ amount: String(marks) });
    await eventually('the limits in all workers', async () => {
      const answers = await Promise.all(Array.from({ length: 24 }, () => chat(marker.secret, { max_tokens: 1 })));
      return answers.every(({ headers }) => headers['x-ratelimit-limit-requests'] === String(marks));
    });
  }

  async function newProject(): Promise<{ readonly key: string; readonly subject: JsonObject }> {
    const { id } = asObject(await hub.control('POST', '/projects', { name: `Project ${marks}` }));
    const { secret } = await hub.createKey(`key ${marks}`, { project_id: textOf(id) });
    return { key: secret, subject: { kind: 'project', id: textOf(id) } };
  }

  it('admit exactly as many as a window holds', { timeout: 60_000 }, async () => {
    const { key, subject } = await newProject();
    const { id } = asObject(await limit({ subject, amount: '60' }));
    await untilKnown();
    const many = await Promise.all(Array.from({ length: 200 }, () => chat(key, { max_tokens: 10 })));
    const admitted = many.filter(({ status }) => status === 200);
    expect(admitted).toHaveLength(60);
    expect(many.every((answer) => answer.status === 200 || answer.error['code'] === 'limit.exceeded')).toBe(true);
    expect(await usedOf(id)).toBe('60');
  });

  it('never spend more than a budget', { timeout: 60_000 }, async () => {
    const { key, subject } = await newProject();
    const { id } = asObject(await limit({ subject, measure: 'money', amount: '1.00' }));
    await untilKnown();
    const many = await Promise.all(Array.from({ length: 200 }, () => chat(key, { max_tokens: 900 })));
    expect(many.some(({ error }) => error['code'] === 'budget.exhausted')).toBe(true);
    expect(many.some(({ status }) => status === 200)).toBe(true);
    const spent = await spentIn(textOf(subject['id']));
    expect(spent).toBeLessThanOrEqual(DOLLAR);
    await eventually('correct every call', async () => usdToNano(textOf(await usedOf(id))) === spent);
  });

  it('give back what a worker held that died', { timeout: 90_000 }, async () => {
    const { key, subject } = await newProject();
    const { id } = asObject(await limit({ subject, measure: 'concurrent', amount: '12' }));
    await untilKnown();
    upstream.setScript(scriptByUser);
    const hanging = Array.from({ length: 12 }, () => chat(key, { user: '@hang:headers' }).catch(() => undefined));
    await eventually('be full', async () => (await usedOf(id)) === '12');
    expect((await chat(key)).error['code']).toBe('limit.exceeded');
    // One is left: all of them share whatever port the first took.
    for (const pid of workerPids().slice(1)) process.kill(pid, 'SIGKILL');
    await Promise.any(hanging);
    await eventually('serve again', async () => (await chat(key).catch(() => undefined))?.status === 200, 60_000);
  });
});

describe('after a kill', () => {
  afterAll(stop);

  it('counts go on where they were, with what was under way', { timeout: 60_000 }, async () => {
    await start();
    const { secret } = await prepare();
    const { id } = asObject(await limit({ amount: '5' }));
    const budget = asObject(await limit({ measure: 'money', amount: '1.00' }));
    expect([(await chat(secret)).status, (await chat(secret)).status]).toEqual([200, 200]);
    upstream.setScript(scriptByUser);
    const hanging = chat(secret, { user: '@hang:headers' }).catch(() => undefined);
    await eventually('be under way', async () => (await usedOf(id)) === '3');
    await hub.kill9();
    await hanging;
    await start();
    expect(await usedOf(id)).toBe('3');
    expect(usdToNano(textOf(await usedOf(budget['id'])))).toBe(await spentIn('proj_default'));
    upstream.setScript(undefined);
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await chat(secret)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

const isPostgresThere = postgresAvailable().available;
const redisLack = redisMissing();

describe.skipIf(!isPostgresThere).each(['PostgreSQL', 'Redis'] as const)(
  'two hubs that count in one %s',
  (counting) => {
    const isLeftOut = counting === 'Redis' && redisLack !== undefined;
    describe.skipIf(isLeftOut)('here', () => {
      let redis: TestRedis | undefined;
      let database: Awaited<ReturnType<typeof postgresDatabase>>;
      let folders: string[];
      let hubs: HubProcess[];
      let key: { readonly id: string; readonly secret: string };
      const secrets = {
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_KEY_PEPPER: randomBytes(32).toString('base64'),
      };
      const startOn = (folder: string): Promise<HubProcess> =>
        startHub({
          dataDir: folder,
          allow: [new URL(upstream.url).host],
          environment: { ...secrets, HUB_DATABASE_URL: database.url, ...(redis && { HUB_REDIS_URL: redis.url }) },
          readyTimeoutMs: 90_000,
        });

      beforeAll(async () => {
        database = await postgresDatabase();
        if (counting === 'Redis') redis = await startRedis();
        folders = [await mkdtemp(join(tmpdir(), 'hub-limits-a-')), await mkdtemp(join(tmpdir(), 'hub-limits-b-'))];
        hubs = [];
        for (const folder of folders) hubs.push(await startOn(folder));
        [hub = hub] = hubs;
        key = await prepare();
      }, 120_000);

      afterAll(async () => {
        for (const each of hubs ?? []) await each.stop();
        for (const folder of folders ?? []) await rm(folder, { recursive: true, force: true });
        await database?.drop();
        await redis?.close();
      });

      const at = (place: number, body: JsonObject = {}) =>
        callHub(hubs[place % hubs.length] ?? hub, key.secret, { body: chatBody({ max_tokens: 64, ...body }) });
      const inBoth = (header: string) =>
        eventually('the limit in both', async () => {
          const answers = await Promise.all([at(0, { max_tokens: 1 }), at(1, { max_tokens: 1 })]);
          return answers.every(({ headers }) => headers['x-ratelimit-limit-requests'] === header);
        });
      const clear = async (): Promise<void> => {
        for (const { id } of await listOf(hub, '/limits')) await hub.control('DELETE', `/limits/${textOf(id)}`);
      };

      it('admit together exactly as many as a window holds', { timeout: 90_000 }, async () => {
        const { id } = asObject(await limit({ amount: '1000' }));
        await inBoth('1000');
        const used = Number(await usedOf(id));
        await hub.control('PUT', `/limits/${textOf(id)}`, { ...TERMS, amount: String(used + 40), window: DAY });
        await inBoth(String(used + 40));
        const left = used + 40 - Number(await usedOf(id));
        const many = await Promise.all(Array.from({ length: 120 }, (_, place) => at(place)));
        expect(many.filter(({ status }) => status === 200)).toHaveLength(left);
        expect(many.every((answer) => answer.status === 200 || answer.error['code'] === 'limit.exceeded')).toBe(true);
        await clear();
      });

      it('never spend more than a budget together', { timeout: 120_000 }, async () => {
        const { id: projectId } = asObject(await hub.control('POST', '/projects', { name: 'Shared' }));
        const { secret } = await hub.createKey('shared', { project_id: textOf(projectId) });
        const { id } = asObject(
          await limit({ subject: { kind: 'project', id: textOf(projectId) }, measure: 'money', amount: '1.00' }),
        );
        await limit({ amount: '5000' });
        await inBoth('5000');
        const many = await Promise.all(
          Array.from({ length: 200 }, (_, place) =>
            callHub(hubs[place % 2] ?? hub, secret, { body: chatBody({ max_tokens: 900 }) }),
          ),
        );
        expect(many.some(({ error }) => error['code'] === 'budget.exhausted')).toBe(true);
        const spent = await spentIn(textOf(projectId));
        expect(spent).toBeGreaterThan(0n);
        expect(spent).toBeLessThanOrEqual(DOLLAR);
        await eventually('correct every call', async () => usdToNano(textOf(await usedOf(id))) === spent);
        await clear();
      });

      it('give back what a hub held that was killed, once it starts again', { timeout: 120_000 }, async () => {
        const { id } = asObject(await limit({ measure: 'concurrent', amount: '4' }));
        await limit({ amount: '6000' });
        await inBoth('6000');
        // The places of those that have just been answered are given back.
        await eventually('be idle', async () => (await usedOf(id)) === '0');
        upstream.setScript(scriptByUser);
        const hanging = Array.from({ length: 4 }, () => at(1, { user: '@hang:headers' }).catch(() => undefined));
        await eventually('be full', async () => (await usedOf(id)) === '4');
        expect((await at(0)).error['code']).toBe('limit.exceeded');
        await hubs[1]?.kill9();
        await Promise.all(hanging);
        expect((await at(0)).error['code']).toBe('limit.exceeded');
        hubs[1] = await startOn(folders[1] ?? '');
        await eventually('serve again', async () => (await at(0)).status === 200);
        await clear();
      });

      it('go on where they were when what counted is lost with all that was in it', { timeout: 60_000 }, async () => {
        const lost = redis;
        if (lost === undefined) return;
        const { id: underWay } = asObject(await limit({ measure: 'concurrent', amount: '1000' }));
        const { id } = asObject(await limit({ amount: '7000' }));
        await inBoth('7000');
        // A call whose end is not told yet would be counted as one on record and one under way.
        await eventually('be idle', async () => (await usedOf(underWay)) === '0');
        await lost.kill();
        await lost.start();
        await eventually('serve again', async () => (await at(0)).status === 200);
        const counted = (await usageRecords(hub)).filter(({ status }) => status !== 'rejected');
        expect(await usedOf(id)).toBe(String(counted.length));
        await clear();
      });
    });
  },
);

describe.skipIf(redisLack !== undefined)('a Redis that is lost', () => {
  const lose = async (
    localPercent: string,
    work: (at: {
      readonly limited: string;
      readonly free: string;
      readonly lost: () => Promise<void>;
      readonly back: () => Promise<void>;
      readonly used: () => Promise<JsonValue | undefined>;
    }) => Promise<void>,
  ): Promise<void> => {
    const redis = await startRedis();
    const proxy = await startFaultProxy(redis.url);
    hub = await startHub({
      allow: [new URL(upstream.url).host],
      environment: { HUB_REDIS_URL: proxy.url, HUB_LIMITS_LOCAL_PERCENT: localPercent, HUB_LOG_LEVEL: 'error' },
    });
    try {
      const limited = await prepare();
      const free = await hub.createKey('free');
      const { id } = asObject(await limit({ subject: { kind: 'key', id: limited.id }, amount: '40' }));
      expect((await chat(limited.secret)).status).toBe(200);
      await work({
        limited: limited.secret,
        free: free.secret,
        lost: async () => proxy.set('silent'),
        back: async () => proxy.set('none'),
        used: () => usedOf(id),
      });
    } finally {
      await hub.stop();
      await proxy.close();
      await redis.close();
    }
  };
  const many = (key: string, count: number) => Promise.all(Array.from({ length: count }, () => chat(key)));

  it('refuses what is limited, as unavailable, and nobody else waits', { timeout: 60_000 }, async () => {
    await lose('0', async ({ limited, free, lost, back, used }) => {
      await lost();
      for (const { status, error, headers } of await many(limited, 20)) {
        expect([status, error['code'], headers['retry-after']]).toEqual([503, 'hub.store_unavailable', '1']);
      }
      const begunAt = performance.now();
      expect((await many(free, 20)).map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(performance.now() - begunAt).toBeLessThan(1000);
      await back();
      await eventually('serve again', async () => (await chat(limited)).status === 200, 30_000);
      await eventually('count what was served', async () => (await used()) === '2', 30_000);
    });
  });

  it('leaves a stated part of each limit to each process, and is told of it later', { timeout: 60_000 }, async () => {
    await lose('25', async ({ limited, lost, back, used }) => {
      await lost();
      const answers = await many(limited, 30);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
      expect(answers.every(({ status, error }) => status === 200 || error['code'] === 'limit.exceeded')).toBe(true);
      await back();
      await eventually('count what was served', async () => (await used()) === '11', 30_000);
      await eventually('ask together again', async () => (await chat(limited)).status === 200);
    });
  });
});

describe.skipIf(!isPostgresThere)('a PostgreSQL that is lost', () => {
  it('refuses what is limited and nothing else, as unavailable, and goes on afterwards', {
    timeout: 120_000,
  }, async () => {
    const database = await postgresDatabase();
    const proxy = await startFaultProxy(database.url);
    const environment = { HUB_DATABASE_URL: proxy.url, HUB_LOG_LEVEL: 'error' };
    hub = await startHub({ allow: [new URL(upstream.url).host], environment, readyTimeoutMs: 90_000 });
    try {
      const limited = await prepare();
      const free = await hub.createKey('free');
      const { id } = asObject(await limit({ subject: { kind: 'key', id: limited.id }, amount: '100' }));
      expect((await chat(limited.secret)).status).toBe(200);
      for (const fault of ['down', 'silent'] as const) {
        proxy.set(fault);
        const refused = await Promise.all(Array.from({ length: 6 }, () => chat(limited.secret)));
        for (const { status, error, headers } of refused) {
          expect([fault, status, error['code'], headers['retry-after']]).toEqual([
            fault,
            503,
            'hub.store_unavailable',
            '1',
          ]);
        }
        expect((await chat(free.secret)).status).toBe(200);
        proxy.set('none');
        await eventually('serve again', async () => (await chat(limited.secret)).status === 200, 30_000);
      }
      // What was served while the store was still taken for lost is on record once that is written again.
      const isCounted = async (): Promise<boolean> => {
        const { length: served } = await usageRecords(hub, `&key_id=${limited.id}&status=success`);
        return served >= 3 && (await usedOf(id)) === String(served);
      };
      await eventually('count what was served', isCounted, 30_000);
    } finally {
      await hub.stop();
      await proxy.close();
      await database.drop();
    }
  });
});
