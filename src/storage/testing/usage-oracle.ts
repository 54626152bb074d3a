import fc from 'fast-check';
import { expect } from 'vitest';
import { nanoUsd } from '../../kernel/money.ts';
import { countsOf } from '../../kernel/sketch.ts';
import { COUNTS, countOf, type Measures } from '../../protocol/measures.ts';
import { type UsageRecord } from '../../protocol/records.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { createUsageExplorer, type Explored, type ExploreQuery } from '../../records/explore.ts';
import { DEFAULT_TENANT } from '../default-tenant.ts';
import { type Store } from '../open-store.ts';
import { kindFor } from '../usage-plan.ts';

/** Records at random, and what views of them must say: what comes of adding those up that are asked for, one by one. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** So that ranges hold changes of clocks in New York and on Lord Howe Island. */
export const START = Date.UTC(2026, 2, 1);
export const SPAN_MS = 70 * DAY_MS;
const ZONES = ['UTC', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Asia/Taipei', 'America/New_York', 'Asia/Kathmandu'];
const TEAMS: Readonly<Record<string, string | undefined>> = {
  p_1: 'team_1',
  p_2: 'team_1',
  p_3: 'team_2',
  p_4: undefined,
};

export type Fields = Partial<UsageRecord>;

const maybe = <T>(...values: T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
export const instant = fc.integer({ min: 0, max: SPAN_MS }).map((ms) => START + ms);

export const record: fc.Arbitrary<Fields> = fc.record({
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

export const correction: fc.Arbitrary<Fields> = record.map((fields) => ({
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

export const query: fc.Arbitrary<ExploreQuery> = fc
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

export function expectExplored(explored: Explored, asked: ExploreQuery, records: readonly UsageRecord[]): void {
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
export async function expectTotals(store: Store, asked: ExploreQuery, records: readonly UsageRecord[]): Promise<void> {
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
  expect(countsOf(durations ?? [])).toBe(exact.length);
}

export const projects = async () => Object.entries(TEAMS).map(([id, teamId]) => ({ id, teamId }));

export function explorer(store: Store) {
  const explore = createUsageExplorer({ store: store.usage, projects });
  return (asked: ExploreQuery) => explore(DEFAULT_TENANT, asked);
}

export async function packAll(store: Store, beforeMs: number): Promise<void> {
  while (await store.usagePacks.pack(beforeMs)) continue;
}

export async function rollUpAll(store: Store, batch = 7): Promise<void> {
  for (;;) if ((await store.usageRollups.rollUp(batch)).taken === 0) return;
}
