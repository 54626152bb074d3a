import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisMissing, startRedis, type TestRedis } from '../../../test/support/redis.ts';
import { MemoryCounters } from '../../limits/memory-counters.ts';
import { OutageCounters } from '../../limits/outage-counters.ts';
import type { Take, TakeResult, TakingCall, UsedBefore, UsedByCall } from '../../limits/ports.ts';
import { SharedCounters } from '../../limits/shared-counters.ts';
import type { SharedCountsStore } from '../../limits/shared-ports.ts';
import { openRedis } from './connection.ts';
import { createRedisCounts } from './limit-counts.ts';

/** Two instances that count in one Redis, as two hubs do. */

const NOW = 1_800_000_000_000;
const ORGANIZATION = 'org_counts';
const DAY = { kind: 'calendar', startMs: NOW - 1000, endMs: NOW + 86_400_000 } as const;
const REQUESTS: Take = {
  limitId: 'lim_requests',
  countsSince: 1,
  subject: '',
  measure: 'requests',
  span: DAY,
  cap: 50n,
  isHard: true,
  amount: 1n,
  least: 1n,
};
const MONEY: Take = { ...REQUESTS, limitId: 'lim_money', measure: 'money', cap: 90_000_000_000_000_001n, amount: 7n };
const PLACES: Take = { ...REQUESTS, limitId: 'lim_places', measure: 'concurrent', span: { kind: 'concurrent' } };
const ONE: UsedByCall = { requests: 1, inputTokens: 0, outputTokens: 0, moneyNano: 3n };

const missing = redisMissing();

describe.skipIf(missing !== undefined)('counts of limits in Redis', () => {
  let server: TestRedis;
  let redis: [Redis, Redis];
  let stores: [SharedCountsStore, SharedCountsStore];
  let instances: [SharedCounters, SharedCounters];
  let before: UsedBefore[];

  beforeAll(async () => {
    server = await startRedis();
    const open = () => openRedis(server.url, { now: Date.now, note: () => undefined });
    redis = [await open(), await open()];
    stores = redis.map((each) => createRedisCounts({ redis: each, prefix: 'test', now: () => NOW })) as typeof stores;
  });
  afterAll(async () => {
    for (const each of redis ?? []) each.disconnect();
    await server?.close();
  });
  beforeEach(async () => {
    await untilConnected();
    await redis[0].flushall();
    before = [];
    instances = stores.map((store) => newInstance(store)) as typeof instances;
  });

  async function untilConnected(): Promise<void> {
    for (const each of redis) {
      if (each.status !== 'ready') await new Promise((resolve) => each.once('ready', resolve));
    }
  }
  const newInstance = (store: SharedCountsStore): SharedCounters =>
    new SharedCounters({
      store,
      usedBefore: async () => before,
      inTime: (asked) => asked,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
      now: () => NOW,
      onError: () => undefined,
    });
  const call = (id: string | number, holder = 'inst_a'): TakingCall => ({
    organizationId: ORGANIZATION,
    id: `ur_${id}`,
    requestId: `req_${id}`,
    holder,
    at: NOW,
  });
  const isAdmitted = ({ kind }: TakeResult): boolean => kind === 'admitted';
  const of = ({ limitId, countsSince, span }: Take) => ({ organizationId: ORGANIZATION, limitId, countsSince, span });
  const usedOf = async (take: Take): Promise<bigint> => {
    const [counts] = await instances[1].peek([of(take)], NOW);
    return counts?.find(({ subject }) => subject === take.subject)?.used ?? 0n;
  };
  const ended = async (): Promise<void> => {
    await Promise.all(instances.map((each) => each.close()));
  };

  it('admit exactly as many as there is room for, whoever asks', async () => {
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, place) => instances[place % 2 === 0 ? 0 : 1].take(call(place), [REQUESTS])),
    );
    expect(results.filter(isAdmitted)).toHaveLength(50);
    expect(await usedOf(REQUESTS)).toBe(50n);
  });

  it('take of all limits or of none, and keep amounts to the last digit', async () => {
    before = [{ subject: '', at: NOW, used: 0n }];
    const most = { ...MONEY, amount: 90_000_000_000_000_000n };
    expect(isAdmitted(await instances[0].take(call(1), [REQUESTS, most]))).toBe(true);
    expect(await instances[1].take(call(2), [REQUESTS, { ...MONEY, amount: 5n, least: 2n }])).toMatchObject({
      kind: 'refused',
      place: 1,
      standing: { left: 1n },
    });
    expect(await usedOf(REQUESTS)).toBe(1n);
    instances[0].end('ur_1', ONE);
    await ended();
    expect([await usedOf(REQUESTS), await usedOf(MONEY)]).toEqual([1n, 3n]);
    instances[0].end('ur_1', ONE);
    await ended();
    expect(await usedOf(MONEY)).toBe(3n);
  });

  it('begin with what is on record, once', async () => {
    before = [{ subject: '', at: NOW, used: 48n }];
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, place) => instances[place % 2 === 0 ? 0 : 1].take(call(place), [REQUESTS])),
    );
    expect(results.filter(isAdmitted)).toHaveLength(2);
  });

  it('begin again from the records where they are lost, with what is under way', async () => {
    await instances[0].take(call(1), [REQUESTS, PLACES]);
    await instances[1].take(call(2), [REQUESTS]);
    before = [{ subject: '', at: NOW, used: 5n }];
    await redis[0].flushall();
    // What the other instance has under way is back once that one asks.
    await instances[1].take(call(3), [REQUESTS]);
    await instances[0].take(call(4), [REQUESTS]);
    expect(await usedOf(REQUESTS)).toBe(5n + 4n);
    expect(await usedOf(PLACES)).toBe(1n);
    await redis[0].flushall();
    instances[0].end('ur_1', ONE);
    await ended();
    expect(await usedOf(PLACES)).toBe(0n);
  });

  it('know what an instance holds that is gone', async () => {
    await instances[0].take(call(1, 'inst_gone'), [REQUESTS, PLACES]);
    await instances[1].take(call(2, 'inst_here'), [REQUESTS]);
    const [store] = stores;
    expect((await store.left({ holder: 'inst_gone' })).map((take) => take.call.id)).toEqual(['ur_1']);
    await store.renew('inst_here', NOW + 120_000);
    const left = await store.left({ leaseBefore: NOW + 61_000 });
    expect(left.map((take) => take.call.id)).toEqual(['ur_1']);
    for (const take of left) await instances[1].lose(take, undefined);
    expect([await usedOf(REQUESTS), await usedOf(PLACES)]).toEqual([2n, 0n]);
    expect(await store.left({ holder: 'inst_gone' })).toEqual([]);
  });

  it('are forgotten when nobody has touched them for long, and one at a time', async () => {
    await instances[0].take(call(1), [{ ...REQUESTS, subject: 'end user, with blanks\n' }]);
    await stores[0].removeBefore(NOW);
    expect(await usedOf({ ...REQUESTS, subject: 'end user, with blanks\n' })).toBe(1n);
    await stores[0].removeBefore(NOW + 1);
    expect(await usedOf({ ...REQUESTS, subject: 'end user, with blanks\n' })).toBe(0n);
  });

  it('are counted in part by each instance while Redis is gone, and together afterwards', {
    timeout: 30_000,
  }, async () => {
    let monotonic = 0;
    const [shared] = instances;
    const local = new MemoryCounters({ usedBefore: async () => [] });
    const through = (localPercent: number) => new OutageCounters({ shared, local, localPercent, now: () => monotonic });
    const [partly, never] = [through(20), through(0)];
    expect(isAdmitted(await partly.take(call('before'), [REQUESTS]))).toBe(true);
    await server.kill();
    const results = [];
    for (let place = 0; place < 15; place += 1) results.push(await partly.take(call(place), [REQUESTS]));
    // A fifth of fifty.
    expect(results.filter(isAdmitted)).toHaveLength(10);
    await expect(never.take(call('never'), [REQUESTS])).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    for (let place = 0; place < 15; place += 1) partly.end(`ur_${place}`, ONE);
    await server.start();
    await untilConnected();
    monotonic += 10_000;
    before = [{ subject: '', at: NOW, used: 30n }];
    await ended();
    // What is on record, the ten that Redis was not told of, and the one that is under way.
    expect(await usedOf(REQUESTS)).toBe(41n);
    expect(isAdmitted(await partly.take(call('after'), [REQUESTS]))).toBe(true);
    expect(await usedOf(REQUESTS)).toBe(42n);
  });
});
