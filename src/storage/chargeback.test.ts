import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { addMeasures, countOf, type Measures, noMeasures } from '../protocol/measures.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { type ChargebackBy, createChargeback } from '../records/chargeback.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';

const HOUR_MS = 3_600_000;
const MONTH = Date.UTC(2026, 2, 1);
const PROJECTS = [
  { id: 'p_1', name: 'Search', teamId: 'team_1' },
  { id: 'p_2', name: 'Ads', teamId: 'team_1' },
  { id: 'p_3', name: 'Own', teamId: undefined },
];
const TAGS: readonly UsageRecord['tags'][] = [
  undefined,
  { cost_center: '100' },
  { cost_center: '200', feature: 'chat' },
  { feature: 'chat' },
];
/** When March begins and ends by the clocks of each zone. */
const ZONES = [
  ['UTC', '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'],
  ['Asia/Kolkata', '2026-02-28T18:30:00Z', '2026-03-31T18:30:00Z'],
  ['America/St_Johns', '2026-03-01T03:30:00Z', '2026-04-01T02:30:00Z'],
  ['Pacific/Kiritimati', '2026-02-28T10:00:00Z', '2026-03-31T10:00:00Z'],
] as const;

/** Calls from the middle of February to the middle of April, some at the edges of each zone's March; one is corrected. */
function calls(): readonly UsageRecord[] {
  const edges = ZONES.flatMap(([, from, to]) => [from, to].map(Date.parse)).flatMap((at) => [at - 1, at]);
  const times = [...edges, ...Array.from({ length: 205 }, (_, index) => MONTH + (index * 7 - 14 * 24) * HOUR_MS)];
  const records = times.map(
    (startedAt, index) =>
      outcome(index, {
        startedAt,
        projectId: ['p_1', 'p_2', 'p_3', 'p_gone'][index % 4] ?? '',
        tags: TAGS[index % 5],
        costNano: index % 11 === 0 ? undefined : nanoUsd(BigInt(index) * 1_000_000_007n),
      }).usage,
  );
  const [first] = records.filter(({ startedAt }) => startedAt > MONTH + HOUR_MS);
  if (first === undefined) throw new Error('there are calls in March');
  const { usage } = outcome(999, { ...first, id: 'ur_correction', requestId: 'req_correction', corrects: first.id });
  return [...records, { ...usage, costNano: nanoUsd(-5n) }];
}

function partOf({ projectId, tags }: UsageRecord, by: ChargebackBy): string | undefined {
  const project = PROJECTS.find(({ id }) => id === projectId);
  if (by.kind === 'team') return project?.teamId;
  if (by.kind === 'project') return projectId;
  return by.tag === undefined ? undefined : tags?.[by.tag];
}

const told = (measures: Measures) => [
  countOf(measures, 'requests'),
  countOf(measures, 'input_tokens'),
  measures.costNano,
];

describe.each(TEST_ENGINES)('a chargeback on $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test.each(ZONES)('in %s is of the records from %s to %s, each in one row', async (timeZone, from, to) => {
      const store = openAt(await engine.migratedLocation());
      const records = calls();
      const { request } = outcome(0);
      await store.records.commit(
        records.map((usage) => ({ usage, request: { ...request, ...usage, losses: [], attempts: [] } })),
      );
      const chargeback = createChargeback({
        store: store.usage,
        projects: async () => PROJECTS,
        teamName: async (_scope, id) => (id === 'team_1' ? 'Growth' : undefined),
      });
      const of = (by: ChargebackBy) =>
        chargeback(DEFAULT_TENANT, { monthMs: MONTH, timeZone, by, projectIds: undefined });
      const month = records.filter(({ startedAt }) => startedAt >= Date.parse(from) && startedAt < Date.parse(to));
      const check = async (by: ChargebackBy) => {
        const { fromMs, toMs, rows, whole } = await of(by);
        expect([new Date(fromMs), new Date(toMs)]).toEqual([new Date(from), new Date(to)]);
        const parts = Map.groupBy(month, (record) => partOf(record, by));
        const sums = [...parts].map(([value, own]) => [
          value,
          own.filter(({ corrects }) => corrects === undefined).length,
          own.reduce((sum, { usage }) => sum + (usage.inputTokens ?? 0), 0),
          own.reduce((sum, { costNano }) => sum + (costNano ?? 0n), 0n),
        ]);
        expect(
          new Set(rows.map(({ value, measures }) => JSON.stringify([value, ...told(measures).map(String)]))),
        ).toEqual(new Set(sums.map(([value, ...numbers]) => JSON.stringify([value, ...numbers.map(String)]))));
        const sum = noMeasures();
        for (const { measures } of rows) addMeasures(sum, measures);
        expect(sum.counts).toEqual(whole.counts);
        expect(sum.costNano).toBe(whole.costNano);
        return rows;
      };
      for (const taken of [0, 100, 1000]) {
        await store.usageRollups.rollUp(taken === 0 ? 1 : taken);
        const teams = await check({ kind: 'team' });
        expect(teams.map(({ name, value }) => name ?? value)).toEqual(['Growth', undefined]);
        const projects = await check({ kind: 'project' });
        expect(new Set(projects.map(({ name }) => name))).toEqual(new Set(['Search', 'Ads', 'Own', undefined]));
        await check({ kind: 'tag', tag: 'cost_center' });
        await check({ kind: 'tag', tag: 'nobody says this' });
        const { tags, tag } = await of({ kind: 'tag', tag: undefined });
        expect([tags, tag]).toEqual([['cost_center', 'feature'], 'cost_center']);
      }
    });
  });
});
