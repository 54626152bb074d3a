import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { quantileOf, RELATIVE_ERROR } from '../kernel/sketch.ts';
import { COUNTS, countOf, type Measures } from '../protocol/measures.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { createUsageExplorer, type Explored, type ExploreQuery } from '../records/explore.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { kindFor } from './usage-plan.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So that ranges hold changes of clocks in New York and on Lord Howe Island. */
const START = Date.UTC(2026, 2, 1);
const SPAN_MS = 70 * DAY_MS;
const ZONES = ['UTC', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Asia/Taipei', 'America/New_York', 'Asia/Kathmandu'];
const TEAMS: Readonly<Record<string, string | undefined>> = {
  p_1: 'team_1',
  p_2: 'team_1',
  p_3: 'team_2',
  p_4: undefined,
};

type Fields = Partial<UsageRecord>;

const maybe = <T>(...values: T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
const instant = fc.integer({ min: 0, max: SPAN_MS }).map((ms) => START + ms);

const record: fc.Arbitrary<Fields> = fc.record({
  startedAt: fc.oneof(
    instant,
    instant.map((ms) => ms - (ms % 900_000)),
  ),
  projectId: fc.constantFrom(...Object.keys(TEAMS)),
  memberId: maybe('m_1', 'm_2'),
  keyId: fc.constantFrom('vk_1', 'vk_2', 'vk_3'),
  connectionId: maybe('c_1', 'c_2'),
  providerId: maybe('openai', 'other'),
  application: fc.constantFrom('a_1', 'a_2', 'a_3', 'a_4'),
  endUser: maybe('e_1', 'e_2', 'e_3', 'e_4'),
  tags: maybe<Record<string, string>>({ team: 'x' }, { team: 'y', stage: 'z' }, { team: 'w' }),
  operation: fc.constantFrom('chat' as const, 'embeddings' as const),
  requestedModel: fc.constantFrom('m_1', 'm_2'),
  routedModel: maybe('m_1', 'm_3'),
  streamed: fc.boolean(),
  usage: fc
    .record({
      inputTokens: maybe(1, 1000),
      cachedInputTokens: maybe(7),
      outputTokens: maybe(20, 300),
      reasoningTokens: maybe(5),
      images: maybe(2),
      seconds: maybe(1.5),
      toolCalls: maybe(1),
    })
    .map((usage) => ({ ...NO_USAGE, ...usage })),
  usageBasis: maybe('reported' as const, 'estimated' as const),
  costNano: maybe(nanoUsd(0n), nanoUsd(12_345n), nanoUsd(2n ** 53n + 1n)),
  rateCardVersion: maybe(1, 2),
  status: fc.constantFrom('success' as const, 'timeout' as const),
  firstByteMs: maybe(3.25, 900),
  durationMs: fc.double({ min: 0.5, max: 100_000, noNaN: true }),
});

const correction: fc.Arbitrary<Fields> = record.map((fields) => ({
  ...fields,
  corrects: 'ur_before',
  usage: { ...NO_USAGE, inputTokens: -9, outputTokens: 4 },
  costNano: fields.costNano === undefined ? undefined : nanoUsd(0n - fields.costNano),
}));

const filters = fc.record(
  {
    model: fc.subarray(['m_1', 'm_2', 'm_3', 'm_none'], { minLength: 1 }),
    provider: fc.constant(['openai']),
    key: fc.subarray(['vk_1', 'vk_2'], { minLength: 1 }),
    project: fc.subarray(['p_1', 'p_3', 'p_4'], { minLength: 1 }),
    member: fc.constant(['m_1']),
    connection: fc.constant(['c_1']),
    operation: fc.constant(['chat']),
    status: fc.constant(['success']),
    application: fc.subarray(['a_1', 'a_2'], { minLength: 1 }),
    tag: fc.subarray(['team=x', 'stage=z'], { minLength: 1 }),
    end_user: fc.constant(['e_1']),
  },
  { requiredKeys: [] },
);
// Most questions have one filter or none; with several, free dimensions are answered from records.
const fewFilters = fc
  .tuple(filters, fc.integer({ min: 0, max: 2 }))
  .map(([all, count]) => Object.fromEntries(Object.entries(all).slice(0, count)));

const GROUPS = [
  'model',
  'provider',
  'connection',
  'key',
  'member',
  'team',
  'project',
  'application',
  'tag',
  'end_user',
  'operation',
  'status',
] as const;

const query: fc.Arbitrary<ExploreQuery> = fc
  .record({
    range: fc.tuple(instant, fc.oneof(fc.integer({ min: 1, max: 31 * DAY_MS }), fc.integer({ min: 1, max: SPAN_MS }))),
    timeZone: fc.constantFrom(...ZONES),
    granularity: fc.constantFrom(
      'none' as const,
      'hour' as const,
      'day' as const,
      'week' as const,
      'month' as const,
      'auto' as const,
    ),
    groupBy: maybe(...GROUPS),
    filters: fewFilters,
    teamIds: fc.option(fc.constant(['team_1']), { nil: undefined, freq: 5 }),
    projectIds: fc.option(fc.constant(['p_1', 'p_2', 'p_4']), { nil: undefined, freq: 5 }),
    orderBy: fc.constantFrom('cost' as const, 'requests' as const),
    top: fc.integer({ min: 1, max: 5 }),
    compare: fc.constantFrom('previous' as const, undefined),
  })
  .map(({ range: [fromMs, lengthMs], ...rest }) => {
    const mostMs = isSummed(rest) ? SPAN_MS : 31 * DAY_MS;
    return { ...rest, fromMs, toMs: fromMs + Math.min(lengthMs, mostMs) };
  })
  .filter(({ granularity, fromMs, toMs }) => granularity !== 'hour' || toMs - fromMs < 60 * DAY_MS);

/** Whether the sums that are kept answer a question, however long the time. */
function isSummed({ filters: wanted, groupBy, teamIds, projectIds }: Omit<ExploreQuery, 'fromMs' | 'toMs'>): boolean {
  const isNarrowed = teamIds !== undefined || projectIds !== undefined;
  const all = isNarrowed ? { ...wanted, project: [] } : wanted;
  return kindFor({ filters: all, groupBy: groupBy === 'team' ? 'project' : groupBy }) !== undefined;
}

/** Everything of a record that a filter or a group may name, as plain text. */
function namesOf(usage: UsageRecord, dimension: string): readonly (string | undefined)[] {
  const names: Readonly<Record<string, readonly (string | undefined)[]>> = {
    model: [usage.routedModel ?? usage.requestedModel],
    provider: [usage.providerId],
    connection: [usage.connectionId],
    key: [usage.keyId],
    member: [usage.memberId],
    team: [TEAMS[usage.projectId]],
    project: [usage.projectId],
    application: [usage.application],
    tag: Object.entries(usage.tags ?? {}).map(([name, value]) => `${name}=${value}`),
    end_user: [usage.endUser],
    operation: [usage.operation],
    status: [usage.status],
  };
  return names[dimension] ?? [];
}

function isAsked(usage: UsageRecord, { filters: wanted, teamIds, projectIds }: ExploreQuery): boolean {
  if (projectIds?.includes(usage.projectId) === false) return false;
  if (teamIds?.includes(TEAMS[usage.projectId] ?? '') === false) return false;
  return Object.entries(wanted).every(([dimension, values]) =>
    namesOf(usage, dimension).some((name) => name !== undefined && values.includes(name)),
  );
}

/** The sums in plain words, in the order in which the store's counts are listed. */
function plainSums(records: readonly UsageRecord[]) {
  const requests = records.filter(({ corrects }) => corrects === undefined);
  const sum = (of: (usage: UsageRecord) => number | undefined) =>
    records.reduce((total, each) => total + (of(each) ?? 0), 0);
  return {
    requests: requests.length,
    failed: requests.filter(({ status }) => status !== 'success').length,
    estimated: requests.filter(({ usageBasis }) => usageBasis === 'estimated').length,
    unpriced: requests.filter(({ costNano }) => costNano === undefined).length,
    input_tokens: sum(({ usage }) => usage.inputTokens),
    cached_input_tokens: sum(({ usage }) => usage.cachedInputTokens),
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    audio_input_tokens: 0,
    output_tokens: sum(({ usage }) => usage.outputTokens),
    reasoning_tokens: sum(({ usage }) => usage.reasoningTokens),
    audio_output_tokens: 0,
    image_input_tokens: 0,
    image_output_tokens: 0,
    images: sum(({ usage }) => usage.images),
    seconds_ms: sum(({ usage }) => usage.seconds && usage.seconds * 1000),
    characters: 0,
    tool_calls: sum(({ usage }) => usage.toolCalls),
    cost: records.reduce((total, { costNano }) => total + (costNano ?? 0n), 0n),
  };
}

function told(measures: Measures) {
  return { ...Object.fromEntries(COUNTS.map((name) => [name, countOf(measures, name)])), cost: measures.costNano };
}

function toldFew(measures: Measures) {
  const { requests, failed, input_tokens, output_tokens } = Object.fromEntries(
    COUNTS.map((name) => [name, countOf(measures, name)]),
  );
  return { requests, failed, input_tokens, output_tokens, cost: measures.costNano };
}

function plainFew(records: readonly UsageRecord[]) {
  const { requests, failed, input_tokens, output_tokens, cost } = plainSums(records);
  return { requests, failed, input_tokens, output_tokens, cost };
}

const DATE = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** The name of the day or month that an instant lies in, as the runtime writes it. */
function calendarName(at: number, { timeZone }: ExploreQuery, unit: 'day' | 'month'): string {
  const format = FORMATS.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, ...DATE });
  FORMATS.set(timeZone, format);
  const date = format.format(at);
  return unit === 'day' ? date : date.slice(0, 'YYYY-MM'.length);
}

function expectExplored(explored: Explored, asked: ExploreQuery, records: readonly UsageRecord[]): void {
  const { fromMs, toMs } = asked;
  const within = (from: number, to: number) =>
    records.filter((usage) => usage.startedAt >= from && usage.startedAt < to && isAsked(usage, asked));
  const inRange = within(fromMs, toMs);
  expect(told(explored.totals)).toEqual(plainSums(inRange));
  if (explored.previousTotals !== undefined) {
    expect(told(explored.previousTotals)).toEqual(plainSums(within(fromMs - (toMs - fromMs), fromMs)));
  }
  const dimension = asked.groupBy;
  const named = explored.groups.filter(({ isRest }) => !isRest);
  for (const { value, isRest, totals, points } of explored.groups) {
    const own = (list: readonly UsageRecord[]): readonly UsageRecord[] => {
      if (dimension === undefined) return list;
      const others = new Set(named.map((group) => group.value));
      return list.flatMap((usage) =>
        namesOf(usage, dimension)
          .filter((name) => (isRest ? !others.has(name) : name === value))
          .map(() => usage),
      );
    };
    expect([value, told(totals)]).toEqual([value, plainSums(own(inRange))]);
    for (const [index, point] of points?.entries() ?? []) {
      const [from = 0, to = 0] = explored.edges.slice(index, index + 2);
      const unit = explored.granularity;
      const inBucket =
        unit === 'day' || unit === 'month'
          ? inRange.filter(({ startedAt }) => calendarName(startedAt, asked, unit) === calendarName(from, asked, unit))
          : within(from, to);
      expect([value, from, toldFew(point)]).toEqual([value, from, plainFew(own(inBucket))]);
    }
  }
  if (dimension !== undefined) expectFirst(named, asked, { dimension, records: inRange });
  expectPercentile(explored.totals, inRange);
}

/** Totals of the same time and filters, in all, by a dimension and by day. */
async function expectTotals(store: Store, asked: ExploreQuery, records: readonly UsageRecord[]): Promise<void> {
  const { fromMs, toMs } = asked;
  const [model] = asked.filters.model ?? [];
  const projectIds = asked.projectIds;
  const filter = { fromMs, toMs, model, projectIds };
  const own = records.filter(
    (usage) =>
      usage.startedAt >= fromMs &&
      usage.startedAt < toMs &&
      projectIds?.includes(usage.projectId) !== false &&
      (model === undefined || namesOf(usage, 'model').includes(model)),
  );
  const dayOf = ({ startedAt }: UsageRecord) => new Date(startedAt).toISOString().slice(0, 10);
  const groups = [
    [undefined, () => undefined],
    ['key', ({ keyId }: UsageRecord) => keyId],
    ['provider', ({ providerId }: UsageRecord) => providerId],
    ['day', dayOf],
  ] as const;
  for (const [groupBy, nameOf] of groups) {
    const expected = [...Map.groupBy(own, nameOf)].map(([group, list]) => plainTotals(group, list));
    const totals = (await store.records.totals(DEFAULT_TENANT, filter, groupBy)).map(
      ({ group, requests, failedRequests, inputTokens, cachedInputTokens, reasoningTokens, costNano }) => {
        return { group, requests, failedRequests, inputTokens, cachedInputTokens, reasoningTokens, costNano };
      },
    );
    const isSomething = (sums: (typeof totals)[number]) =>
      Object.entries(sums).some(([name, sum]) => name !== 'group' && sum !== 0 && sum !== 0n);
    const sorted = (list: typeof totals) =>
      list.filter(isSomething).toSorted((a, b) => ((a.group ?? '') < (b.group ?? '') ? -1 : 1));
    expect(sorted(totals)).toEqual(sorted(expected));
  }
}

function plainTotals(group: string | undefined, records: readonly UsageRecord[]) {
  const sums = plainSums(records);
  return {
    group,
    requests: sums.requests,
    failedRequests: sums.failed,
    inputTokens: sums.input_tokens,
    cachedInputTokens: sums.cached_input_tokens,
    reasoningTokens: sums.reasoning_tokens,
    costNano: sums.cost,
  };
}

/** The groups that are shown are the dearest or busiest ones, in that order. */
function expectFirst(
  named: Explored['groups'],
  asked: ExploreQuery,
  of: { readonly dimension: string; readonly records: readonly UsageRecord[] },
): void {
  const byName = Map.groupBy(
    of.records.flatMap((usage) => namesOf(usage, of.dimension).map((name) => ({ name, usage }))),
    ({ name }) => name,
  );
  const sums = [...byName.values()].map((list) => plainSums(list.map(({ usage }) => usage)));
  const measureOf = ({ requests, cost }: { requests?: number; cost: bigint }) =>
    asked.orderBy === 'cost' ? cost : BigInt(requests ?? 0);
  const first = sums
    .map(measureOf)
    .toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0))
    .slice(0, asked.top);
  expect(named.map(({ totals }) => measureOf(told(totals)))).toEqual(first);
}

function expectPercentile({ sketches: [durations] }: Measures, records: readonly UsageRecord[]): void {
  const exact = records
    .filter(({ corrects }) => corrects === undefined)
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  const counted = [...(durations ?? [])].reduce((sum, [, count]) => sum + count, 0);
  expect(counted).toBe(exact.length);
}

const projects = async () => Object.entries(TEAMS).map(([id, teamId]) => ({ id, teamId }));

function explorer(store: Store) {
  const explore = createUsageExplorer({ store: store.usage, projects });
  return (asked: ExploreQuery) => explore(DEFAULT_TENANT, asked);
}

async function packAll(store: Store, beforeMs: number): Promise<void> {
  while (await store.usagePacks.pack(beforeMs)) continue;
}

async function rollUpAll(store: Store, batch = 7): Promise<void> {
  for (;;) if ((await store.usageRollups.rollUp(batch)).taken === 0) return;
}

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
        const told = quantileOf(totals.sketches[0] ?? new Map(), share) ?? 0;
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
