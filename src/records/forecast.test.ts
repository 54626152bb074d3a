import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { type SummedRecord, sumRecords } from '../protocol/usage-sums.ts';
import { createUsageForecaster, type DayCost, FORECAST_DAYS_MIN, project } from './forecast.ts';

const DAY_MS = 86_400_000;
const SCOPE = { organizationId: 'org_1' };
const utc = (text: string): number => new Date(text).getTime();

function call(startedAt: number, costNano: bigint | undefined, projectId = 'p_1'): SummedRecord {
  return {
    startedAt,
    costNano: costNano === undefined ? undefined : nanoUsd(costNano),
    projectId,
    operation: 'chat',
    requestedModel: 'm',
    routedModel: 'm',
    providerId: 'cloudy',
    connectionId: 'c_1',
    keyId: 'vk_1',
    memberId: undefined,
    application: 'a',
    endUser: undefined,
    tags: undefined,
    usage: NO_USAGE,
    usageBasis: 'reported',
    status: 'success',
    corrects: undefined,
    durationMs: 1,
    firstByteMs: undefined,
    streamed: false,
  };
}

/** A call of that cost at noon of so many days in a row. */
function daily(from: string, days: number, costNano: bigint): readonly SummedRecord[] {
  return Array.from({ length: days }, (_, index) => call(utc(from) + index * DAY_MS, costNano));
}

async function forecast(
  records: readonly SummedRecord[],
  { at, timeZone = 'UTC', projectIds }: { at: string; timeZone?: string; projectIds?: readonly string[] },
) {
  const forecaster = createUsageForecaster({
    store: {
      view: async (_scope, work) =>
        await work({ sums: async (wanted) => sumRecords(records, wanted), isCapped: async () => false }),
    },
  });
  return await forecaster(SCOPE, { timeZone, atMs: utc(at), projectIds });
}

const cost = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanoUsd);
const weekday = fc.integer({ min: 1, max: 7 });
const days: fc.Arbitrary<readonly DayCost[]> = fc.array(fc.record({ weekday, cost }), {
  minLength: FORECAST_DAYS_MIN,
  maxLength: 28,
});

describe('what a month will have cost', () => {
  it('lies within its range, and nothing of it is below what it has cost already', () => {
    fc.assert(
      fc.property(
        cost,
        cost,
        weekday,
        fc.array(weekday, { maxLength: 31 }),
        days,
        (before, today, day, toCome, past) => {
          const soFar = nanoUsd(before + today);
          const told = project({ soFar, today, todayWeekday: day, weekdaysToCome: toCome }, past);
          expect(told).toBeDefined();
          if (told === undefined) return;
          expect(told.lowest <= told.expected && told.expected <= told.highest).toBe(true);
          expect(told.lowest >= soFar).toBe(true);
        },
      ),
    );
  });

  it('is what it has cost, once it is over', () => {
    fc.assert(
      fc.property(cost, cost, days, (soFar, today, past) => {
        const told = project({ soFar, today, todayWeekday: undefined, weekdaysToCome: [] }, past);
        expect(told).toMatchObject({ expected: soFar, lowest: soFar, highest: soFar });
      }),
    );
  });

  it('is exact where every day costs the same', () => {
    fc.assert(
      fc.property(cost, fc.integer({ min: 0, max: 30 }), (each, toCome) => {
        const past = Array.from({ length: 28 }, (_, index) => ({ weekday: (index % 7) + 1, cost: each }));
        const weekdaysToCome = Array.from({ length: toCome }, (_, index) => (index % 7) + 1);
        const expected = each * BigInt(toCome + 1);
        const told = project({ soFar: nanoUsd(0n), today: nanoUsd(0n), todayWeekday: 1, weekdaysToCome }, past);
        expect(told).toMatchObject({ expected, lowest: expected, highest: expected });
      }),
    );
  });

  it.each([FORECAST_DAYS_MIN - 1, 0])('is not told from %i days', (count) => {
    const past = Array.from({ length: count }, () => ({ weekday: 1, cost: nanoUsd(5n) }));
    const month = { soFar: nanoUsd(5n), today: nanoUsd(0n), todayWeekday: 1, weekdaysToCome: [2] };
    expect(project(month, past)).toBeUndefined();
  });
});

describe('the forecast of an organization', () => {
  it('goes on as each weekday did: what was spent, the rest of today, and the days to come', async () => {
    // 2026-03-02 is a Monday; Saturdays and Sundays cost nothing.
    const weekdaysOnly = daily('2026-02-02T12:00Z', 43, 100n).filter(
      ({ startedAt }) => ![0, 6].includes(new Date(startedAt).getUTCDay()),
    );
    const { whole, fromMs, toMs, todayWeekday } = await forecast(weekdaysOnly, { at: '2026-03-17T10:00Z' });
    expect([fromMs, toMs, todayWeekday]).toEqual([utc('2026-03-01'), utc('2026-04-01'), 2]);
    // Eleven working days until Monday the 16th, today, and ten more until the 31st.
    expect(whole).toMatchObject({ soFar: 1100n, today: 0n, projection: { expected: 2200n, daysOfData: 28 } });
    expect(whole.projection?.weekdays.find(({ weekday: day }) => day === 6)).toMatchObject({ mean: 0n, toCome: 2 });
  });

  it('has no projection for who began less than fourteen full days ago, and none of what is not used', async () => {
    const young = await forecast(daily('2026-03-05T12:00Z', 13, 100n), { at: '2026-03-18T10:00Z' });
    expect(young.whole).toMatchObject({ soFar: 1300n, projection: undefined });
    const older = await forecast(daily('2026-03-04T12:00Z', 14, 100n), { at: '2026-03-18T10:00Z' });
    expect(older.whole.projection).toMatchObject({ daysOfData: 14 });
    const unused = await forecast([], { at: '2026-03-18T10:00Z' });
    expect(unused).toMatchObject({ whole: { soFar: 0n, projection: undefined }, projects: [] });
  });

  it('takes a day without use for one that cost nothing where there was use before it', async () => {
    const once = await forecast([call(utc('2020-01-01'), 5n)], { at: '2026-03-18T10:00Z' });
    expect(once.whole.projection).toMatchObject({ expected: 0n, daysOfData: 28 });
  });

  it('tells of each project, the dearest first, and how many requests no cost holds', async () => {
    const records = [
      ...daily('2026-03-01T12:00Z', 3, 100n),
      call(utc('2026-03-02T12:00Z'), 900n, 'p_2'),
      call(utc('2026-03-02T12:00Z'), undefined, 'p_2'),
    ];
    const all = await forecast(records, { at: '2026-03-18T10:00Z' });
    expect(all.projects).toMatchObject([
      { projectId: 'p_2', soFar: 900n, unpricedRequests: 1 },
      { projectId: 'p_1', soFar: 300n, unpricedRequests: 0 },
    ]);
    expect(all.whole).toMatchObject({ soFar: 1200n, unpricedRequests: 1 });
    const some = await forecast(records, { at: '2026-03-18T10:00Z', projectIds: ['p_1'] });
    expect(some).toMatchObject({ whole: { soFar: 300n }, projects: [{ projectId: 'p_1' }] });
  });

  it.each([
    ['a zone of half hours', 'Asia/Kolkata', '2026-02-28T18:30:00Z', '2026-03-31T18:30:00Z'],
    ['a zone of quarter hours', 'Asia/Kathmandu', '2026-02-28T18:15:00Z', '2026-03-31T18:15:00Z'],
    ['a month that springs forward', 'America/New_York', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    ['an island that shifts by half an hour', 'Australia/Lord_Howe', '2026-02-28T13:00:00Z', '2026-03-31T13:00:00Z'],
  ])('begins and ends as the clocks of the viewer say: %s', async (_what, timeZone, start, end) => {
    const records = [call(utc(start) - 1, 7n), call(utc(start), 100n), ...daily('2026-02-01T00:00Z', 20, 1n)];
    const { fromMs, toMs, whole } = await forecast(records, { at: '2026-03-18T10:00Z', timeZone });
    expect([fromMs, toMs]).toEqual([utc(start), utc(end)]);
    expect(whole.soFar).toBe(100n);
    const toCome = whole.projection?.weekdays.map((one) => one.toCome).reduce((a, b) => a + b, 0);
    expect(toCome).toBe(13);
  });

  it('adds up every day of a month, at any moment of it, in any zone', async () => {
    const zones = fc.constantFrom(
      'UTC',
      'Asia/Kolkata',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
    );
    const instant = fc.integer({ min: utc('2018-01-01'), max: utc('2027-01-01') });
    await fc.assert(
      fc.asyncProperty(zones, instant, async (timeZone, at) => {
        const now = new Date(at).toISOString();
        const records = [call(at - 100 * DAY_MS, 1n), call(at, 3n)];
        const { whole, fromMs, toMs } = await forecast(records, { at: now, timeZone });
        const toCome = whole.projection?.weekdays.map((one) => one.toCome).reduce((a, b) => a + b, 0) ?? 0;
        const passed = Math.round((at - fromMs) / DAY_MS - 0.5);
        const length = Math.round((toMs - fromMs) / DAY_MS);
        expect(Math.abs(passed + 1 + toCome - length)).toBeLessThanOrEqual(1);
        expect(whole).toMatchObject({ soFar: 3n, today: 3n, projection: { expected: 3n } });
      }),
      { numRuns: 60 },
    );
  });
});
