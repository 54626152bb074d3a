import { describe, expect, test } from 'vitest';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { awaitJob, giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { AccountId } from '../protocol/ledger.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, TEST_ENGINES, type TestEngine } from './testing/stores.ts';

/** Jobs that holds wait for: written and removed with them, asked after by one at a time, and ended by nobody else. */

const PATH: readonly AccountId[] = ['organization/org_default'];
const SCOPE = { organizationId: 'org_default' };
const MINUTE_MS = 60_000;
const ALL = { limit: 100, leaseMs: MINUTE_MS };

const end = (id: string, amount: bigint) =>
  ({ kind: 'end', id, path: PATH, state: 'settled', amountNano: nanoCredits(amount), basis: 'reported' }) as const;

async function sceneOn(engine: TestEngine) {
  const store = await freshStore(engine);
  const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
  await ledger.do(giveGrant('gr_1', 1000n));
  const holdAndAwait = async (id: string, fields: Parameters<typeof awaitJob>[2] = {}): Promise<void> => {
    await ledger.do(placeHold(id, 10n, { path: PATH }));
    await ledger.do(awaitJob(id, PATH, fields));
  };
  return { store, ledger, holdAndAwait };
}

describe.each(TEST_ENGINES)('a job on $kind', (engine) => {
  test.skipIf(engine.skip)('is found with its hold until that ends, and then is gone', async () => {
    const { store, ledger, holdAndAwait } = await sceneOn(engine);
    await holdAndAwait('ur_1', { fallbackNano: nanoCredits(7n) });
    const found = await store.awaitedJobs.find(SCOPE, 'ur_1');
    expect(found?.job).toEqual(awaitJob('ur_1', PATH).job);
    expect(found?.hold).toMatchObject({ id: 'ur_1', fallbackNano: 7n, awaitsJobSince: expect.any(Number) });
    expect(await store.awaitedJobs.find({ organizationId: 'org_2' }, 'ur_1')).toBeUndefined();
    const used = { usage: { ...NO_USAGE, seconds: 8 }, usageBasis: 'reported', made: { imageSize: '4k' } } as const;
    await ledger.do({ ...end('ur_1', 5n), used });
    expect(await store.awaitedJobs.find(SCOPE, 'ur_1')).toBeUndefined();
    expect(await store.awaitedJobs.claimDue(ALL)).toEqual([]);
    expect((await store.ledgerReader.charge(SCOPE, 'ur_1'))?.charge).toMatchObject({ amountNano: 5n, used });
  });

  test.skipIf(engine.skip)('is charged once, however many processes hear of its end at once', async () => {
    const { store, ledger, holdAndAwait } = await sceneOn(engine);
    const overloaded = () => new Error('too much at once');
    const ledgers = [ledger, ...[1, 2, 3].map(() => new Ledger({ store: store.ledger, overloaded }))];
    for (const index of [1, 2, 3, 4, 5]) {
      const id = `ur_${index}`;
      await holdAndAwait(id);
      // What is told first counts, whatever is told after it.
      const ends = await Promise.all(ledgers.map((each, place) => each.do(end(id, BigInt(place + 4)))));
      const charged = ends.map((ended) => ('chargedNano' in ended ? ended.chargedNano : undefined));
      expect(new Set(charged).size).toBe(1);
      const found = await store.ledgerReader.charge(SCOPE, id);
      expect(found?.entries).toHaveLength(1);
      expect(found?.charge.amountNano).toBe(charged[0]);
    }
  });

  test.skipIf(engine.skip)(
    'that is told of twice, or of a hold that has ended, is written once or not at all',
    async () => {
      const { store, ledger, holdAndAwait } = await sceneOn(engine);
      await holdAndAwait('ur_1');
      expect(await ledger.do(awaitJob('ur_1', PATH))).toEqual({ kind: 'awaiting' });
      await ledger.do(placeHold('ur_2', 10n, { path: PATH }));
      await ledger.do(end('ur_2', 1n));
      expect(await ledger.do(awaitJob('ur_2', PATH))).toEqual({ kind: 'gone' });
      expect((await store.awaitedJobs.claimDue(ALL)).map(({ job }) => job.id)).toEqual(['ur_1']);
    },
  );

  test.skipIf(engine.skip)('is taken by one of many that ask at once', async () => {
    const { store, holdAndAwait } = await sceneOn(engine);
    const ids = Array.from({ length: 12 }, (_, index) => `ur_${String(index).padStart(2, '0')}`);
    for (const id of ids) await holdAndAwait(id);
    const claims = await Promise.all(
      Array.from({ length: 6 }, () => store.awaitedJobs.claimDue({ limit: 4, leaseMs: MINUTE_MS })),
    );
    const taken = claims.flat().map(({ job }) => job.id);
    expect(new Set(taken).size).toBe(taken.length);
    const rest = (await store.awaitedJobs.claimDue(ALL)).map(({ job }) => job.id);
    expect([...taken, ...rest].toSorted()).toEqual(ids);
  });

  test.skipIf(engine.skip)('is due when it was said to be, and counts how often it was asked after', async () => {
    const { store, holdAndAwait } = await sceneOn(engine);
    await holdAndAwait('ur_1', { firstAskMs: MINUTE_MS });
    expect(await store.awaitedJobs.claimDue(ALL)).toEqual([]);
    await store.awaitedJobs.postpone('ur_1', { inMs: -1, misses: 2 });
    expect(await store.awaitedJobs.claimDue(ALL)).toMatchObject([{ asks: 1, misses: 2 }]);
    expect(await store.awaitedJobs.claimDue(ALL)).toEqual([]);
    await store.awaitedJobs.postpone('ur_1', { inMs: -1, misses: 0 });
    expect(await store.awaitedJobs.claimDue(ALL)).toMatchObject([{ asks: 2, misses: 0 }]);
  });

  test.skipIf(engine.skip)(
    'keeps its hold from whoever ends those that nobody ends, until its own time is over',
    async () => {
      const { store, ledger, holdAndAwait } = await sceneOn(engine);
      await holdAndAwait('ur_unrecorded');
      const { usage, request } = outcome(1, { usage: NO_USAGE });
      await holdAndAwait(usage.id);
      await store.records.commit([{ usage, request }]);
      expect(await store.ledgerHolds.stray(10)).toEqual({ recorded: [], due: [] });
      expect(await store.ledgerHolds.unrecordedOf('inst_1', 10)).toEqual([]);
      // A sign of life that its process sent before.
      await ledger.do({ kind: 'renew', id: 'ur_unrecorded', path: PATH, ttlMs: -1 });
      expect((await store.ledgerHolds.stray(10)).due).toEqual([]);
      await holdAndAwait('ur_lost', { ttlMs: -1, fallbackNano: nanoCredits(4n) });
      expect((await store.ledgerHolds.stray(10)).due.map(({ id }) => id)).toEqual(['ur_lost']);
      const swept = await ledger.do({ kind: 'sweep', id: 'ur_lost', path: PATH });
      expect(swept).toMatchObject({ kind: 'ended', state: 'presumed', chargedNano: 4n });
      expect(await store.awaitedJobs.find(SCOPE, 'ur_lost')).toBeUndefined();
    },
  );
});
