import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { quantileOf, RELATIVE_ERROR } from '../kernel/sketch.ts';
import { countOf } from '../protocol/measures.ts';
import { type UsageRecord } from '../protocol/records.ts';
import { createUsageExplorer, type ExploreQuery } from '../records/explore.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import {
  correction,
  DAY_MS,
  expectExplored,
  expectTotals,
  explorer,
  type Fields,
  HOUR_MS,
  instant,
  packAll,
  projects,
  query,
  record,
  rollUpAll,
  SPAN_MS,
  START,
} from './testing/usage-oracle.ts';

let made = 0;
function outcomesOf(fields: readonly Fields[]) {
  return fields.map((each) => {
    made += 1;
    return outcome(made, each);
  });
}

const WHOLE: ExploreQuery = {
  fromMs: START,
  toMs: START + SPAN_MS,
  timeZone: 'Asia/Kolkata',
  granularity: 'day',
  groupBy: 'model',
  filters: {},
  teamIds: undefined,
  projectIds: undefined,
  orderBy: 'cost',
  top: 10,
  compare: undefined,
};

describe.each(TEST_ENGINES)('usage in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('every view is the sum of the records, summed and packed already or not, late ones and corrections included', {
      timeout: 120_000,
    }, async () => {
      const location = await engine.migratedLocation();
      const [store, other] = [openAt(location, { usageListedMin: 2 }), openAt(location, { usageListedMin: 2 })];
      const explore = explorer(store);
      const records: UsageRecord[] = [];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof({ arbitrary: record, weight: 5 }, { arbitrary: correction, weight: 1 }), { maxLength: 25 }),
          fc.integer({ min: 0, max: 5 }),
          fc.array(query, { minLength: 1, maxLength: 4 }),
          fc.option(instant, { nil: undefined }),
          async (fields, batches, queries, packedBefore) => {
            const outcomes = outcomesOf(fields);
            await store.records.commit(outcomes);
            // What is committed again counts once.
            await store.records.commit(outcomes.slice(0, 2));
            records.push(...outcomes.map(({ usage }) => usage));
            // Two at once: one of them finds that the other was there.
            for (let batch = 0; batch < batches; batch += 1) {
              await Promise.all([store.usageRollups.rollUp(9), other.usageRollups.rollUp(4)]);
            }
            if (packedBefore !== undefined) {
              await rollUpAll(store, 100);
              const steps = [store, other, store].map((each) => each.usagePacks.pack(packedBefore));
              await Promise.all([...steps, other.usageRollups.rollUp(4)]);
              if (batches > 2) await packAll(store, packedBefore);
            }
            for (const asked of queries) {
              expectExplored(await explore(asked), asked, records);
              await expectTotals(store, asked, records);
            }
          },
        ),
        { numRuns: engine.kind === 'sqlite' ? 40 : 12 },
      );
      await rollUpAll(store);
      expect(await store.usageRollups.waiting()).toBe(0);
    });

    test('the first of many groups are the dearest or busiest ones, whichever months are packed', {
      timeout: 120_000,
    }, async () => {
      const store = openAt(await engine.migratedLocation(), { usageListedMin: 2 });
      const explore = explorer(store);
      const day = fc.integer({ min: 0, max: 200 }).map((days) => START + days * DAY_MS);
      const call = fc.record({
        startedAt: day,
        keyId: fc.integer({ min: 1, max: 12 }).map((number) => `vk_${number}`),
        endUser: fc.integer({ min: 1, max: 12 }).map((number) => `e_${number}`),
        status: fc.constantFrom('success' as const, 'timeout' as const),
        costNano: fc.bigInt({ min: -5n, max: 10n ** 17n }).map(nanoUsd),
      });
      const asked = fc.record({
        fromMs: day,
        toMs: day,
        groupBy: fc.constantFrom('key' as const, 'end_user' as const, 'project' as const),
        top: fc.integer({ min: 1, max: 4 }),
        orderBy: fc.constantFrom('cost' as const, 'requests' as const),
        isNarrowed: fc.boolean(),
      });
      const records: UsageRecord[] = [];
      await fc.assert(
        fc.asyncProperty(
          fc.array(call, { minLength: 5, maxLength: 40 }),
          fc.array(asked, { minLength: 4, maxLength: 8 }),
          day,
          async (calls, questions, packedBefore) => {
            const outcomes = outcomesOf(calls);
            await store.records.commit(outcomes);
            records.push(...outcomes.map(({ usage }) => usage));
            // Some are read from their notes, some are packed again, and some wait for their sums.
            await rollUpAll(store, 100);
            await packAll(store, packedBefore);
            const late = outcomesOf(calls.slice(0, 10));
            await store.records.commit(late);
            records.push(...late.map(({ usage }) => usage));
            await store.usageRollups.rollUp(8);
            for (const { isNarrowed, ...question } of questions) {
              const filters = isNarrowed && question.groupBy !== 'end_user' ? { status: ['success'] } : {};
              const [fromMs, toMs] = [
                Math.min(question.fromMs, question.toMs),
                Math.max(question.fromMs, question.toMs),
              ];
              const whole = { ...WHOLE, ...question, filters, granularity: 'none' as const, fromMs, toMs: toMs + 1 };
              expectExplored(await explore(whole), whole, records);
            }
          },
        ),
        { numRuns: engine.kind === 'sqlite' ? 15 : 6 },
      );
    });

    test('values beyond the number that a day keeps apart are in the rest, and the answer says so', async () => {
      const store = openAt(await engine.migratedLocation(), { usageValuesPerDayMax: 2 });
      const values = ['a_1', 'a_2', 'a_3', 'a_1', 'a_4'];
      const outcomes = outcomesOf(values.map((application, index) => ({ application, startedAt: START + index })));
      await store.records.commit(outcomes);
      await rollUpAll(store, 2);
      const explored = await explorer(store)({ ...WHOLE, groupBy: 'application', orderBy: 'requests' });
      const requests = explored.groups.map(({ value, isRest, totals }) => [value, isRest, countOf(totals, 'requests')]);
      expect(requests).toEqual([
        ['a_1', false, 2],
        ['a_2', false, 1],
        [undefined, true, 2],
      ]);
      expect(countOf(explored.totals, 'requests')).toBe(5);
      expect(explored.isCapped).toBe(true);
      // Another day has room again, and its answers are whole.
      const nextDay = { ...WHOLE, groupBy: 'application', fromMs: START + DAY_MS } as const;
      await store.records.commit(outcomesOf([{ application: 'a_4', startedAt: START + DAY_MS }]));
      await rollUpAll(store);
      const next = await explorer(store)(nextDay);
      expect(next.groups.map(({ value }) => value)).toEqual(['a_4']);
      expect(next.isCapped).toBe(false);
    });

    test('percentiles of a long time are those of its records, within the promised error', async () => {
      const store = openAt(await engine.migratedLocation());
      const durations = Array.from({ length: 200 }, (_, index) => 1 + ((index * 7919) % 1000) ** 2);
      const outcomes = outcomesOf(
        durations.map((durationMs, index) => ({ durationMs, startedAt: START + index * HOUR_MS * 8 })),
      );
      await store.records.commit(outcomes);
      await rollUpAll(store, 50);
      const { totals } = await explorer(store)({ ...WHOLE, granularity: 'none', timeZone: 'UTC' });
      const sorted = durations.toSorted((a, b) => a - b);
      for (const share of [0.5, 0.95]) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        const told = quantileOf(totals.sketches[0] ?? [], share) ?? 0;
        expect(Math.abs(told / exact - 1)).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
      }
    });

    test('what is summed of an organization is no other’s to see', async () => {
      const store = openAt(await engine.migratedLocation());
      await store.records.commit(
        outcomesOf([{ startedAt: START }, { startedAt: START + 1, organizationId: 'org_other' }]),
      );
      const explore = createUsageExplorer({ store: store.usage, projects });
      for (const isSummed of [false, true]) {
        if (isSummed) await rollUpAll(store);
        for (const organizationId of [DEFAULT_TENANT.organizationId, 'org_other']) {
          const { totals } = await explore({ organizationId }, WHOLE);
          expect([organizationId, countOf(totals, 'requests')]).toEqual([organizationId, 1]);
        }
        const { totals } = await explore({ organizationId: 'org_third' }, WHOLE);
        expect(countOf(totals, 'requests')).toBe(0);
      }
    });

    test('what only records can answer is answered for a month and a number of records at most', async () => {
      const store = openAt(await engine.migratedLocation(), { usageRecordsReadMax: 2 });
      const asked: ExploreQuery = { ...WHOLE, groupBy: 'tag', filters: { key: ['vk_one'] } };
      await expect(explorer(store)(asked)).rejects.toMatchObject({ code: 'request.invalid', param: 'from' });
      const short = { ...asked, toMs: START + 31 * DAY_MS };
      await store.records.commit(outcomesOf([{ startedAt: START }, { startedAt: START + 1 }]));
      expect(countOf((await explorer(store)(short)).totals, 'requests')).toBe(2);
      await store.records.commit(outcomesOf([{ startedAt: START + 2 }]));
      await expect(explorer(store)(short)).rejects.toMatchObject({ code: 'request.invalid', param: 'from' });
    });
  });
});

describe('a process that is killed while it sums', () => {
  test('has summed each record once or not at all', async () => {
    const [engine] = TEST_ENGINES;
    const location = await engine?.migratedLocation();
    if (location?.kind !== 'sqlite') throw new Error('SQLite is the first engine');
    const store = openAt(location);
    const outcomes = outcomesOf(
      Array.from({ length: 120 }, (_, index) => ({ startedAt: START + index * 10 * HOUR_MS })),
    );
    await store.records.commit(outcomes);
    for (let kills = 0; kills < 3; kills += 1) {
      const script = fileURLToPath(new URL('./testing/endless-rollup.ts', import.meta.url));
      const child = spawn(process.execPath, [script, location.path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      let batches = 0;
      for await (const _line of createInterface({ input: child.stdout })) {
        batches += 1;
        // The kill lands somewhere in the batch after this one.
        if (batches === 5 + kills * 3) child.kill('SIGKILL');
      }
      await ended;
      const waiting = await store.usageRollups.waiting();
      expect(waiting).toBeGreaterThan(0);
      expect(waiting).toBeLessThan(outcomes.length);
      const asked = { ...WHOLE, fromMs: START + kills, timeZone: 'Australia/Lord_Howe' };
      const records = outcomes.map(({ usage }) => usage);
      expectExplored(await explorer(store)(asked), asked, records);
    }
    await rollUpAll(store, 100);
    expectExplored(
      await explorer(store)(WHOLE),
      WHOLE,
      outcomes.map(({ usage }) => usage),
    );
  });
});
