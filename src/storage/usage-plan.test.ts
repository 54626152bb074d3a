import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, timeZone } from '../kernel/time-zone.ts';
import { DAY_MS, endOf, HOUR_MS, LEVELS, QUARTER_MS, SIX_HOURS_MS, startOf } from './rollup-columns.ts';
import { kindFor, type Plan, planFor } from './usage-plan.ts';

const START = Date.UTC(2026, 0, 1);

/** How often each quarter-hour is counted in each bucket, as `bucket at`; what cancels out is left out. */
function countedBy({ runs, shares, slices }: Plan): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  const count = (bucket: number, at: number, times: number): void => {
    const sum = (counted.get(`${bucket} ${at}`) ?? 0) + times;
    if (sum === 0) counted.delete(`${bucket} ${at}`);
    else counted.set(`${bucket} ${at}`, sum);
  };
  expect(slices).toEqual([]);
  for (const { level, fromMs, toMs, times: signed, part, stepMs } of runs) {
    for (let at = fromMs; at < toMs; at += QUARTER_MS) {
      const row = startOf(level, at);
      expect(row >= fromMs && endOf(level, row) <= toMs).toBe(true);
      for (const { bucket, times } of shares.get(part + Math.floor((row - fromMs) / stepMs)) ?? [])
        count(bucket, at, times * signed);
    }
  }
  return counted;
}

function quartersBetween(edges: readonly number[]): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const [bucket, toMs] of edges.slice(1).entries()) {
    for (let at = edges[bucket] ?? toMs; at < toMs; at += QUARTER_MS) counted.set(`${bucket} ${at}`, 1);
  }
  return counted;
}

/** Rows of one series that a plan reads where every quarter-hour has one. */
function rowsReadBy({ runs }: Plan): number {
  const lengths = {
    [LEVELS.quarterHour]: QUARTER_MS,
    [LEVELS.hour]: HOUR_MS,
    [LEVELS.sixHours]: SIX_HOURS_MS,
    [LEVELS.day]: DAY_MS,
    [LEVELS.month]: 28 * DAY_MS,
  };
  return runs.reduce((sum, { level, fromMs, toMs }) => sum + Math.ceil((toMs - fromMs) / lengths[level]), 0);
}

describe('planFor', () => {
  it('counts every quarter-hour once, in its own bucket, whatever the zone and its changes of clocks', () => {
    const quarters = fc.integer({ min: 0, max: 120 * 96 });
    fc.assert(
      fc.property(
        fc.record({
          from: quarters,
          length: fc.integer({ min: 1, max: 60 * 96 }),
          zone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati'),
          unit: fc.constantFrom(
            'quarter_hour' as const,
            'hour' as const,
            'day' as const,
            'week' as const,
            'month' as const,
          ),
          kind: fc.constantFrom('all' as const, 'record' as const, 'status_in_project' as const),
        }),
        ({ from, length, zone, unit, kind }) => {
          const fromMs = START + from * QUARTER_MS;
          const edges = cut(timeZone(zone), { fromMs, toMs: fromMs + length * QUARTER_MS }, unit, 10_000) ?? [];
          expect(countedBy(planFor(edges, kind))).toEqual(quartersBetween(edges));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('reads records where an edge cuts a quarter-hour', () => {
    expect(planFor([START + 1, START + QUARTER_MS + 2], 'all').slices).toEqual([
      { fromMs: START + 1, toMs: START + QUARTER_MS },
      { fromMs: START + QUARTER_MS, toMs: START + QUARTER_MS + 2 },
    ]);
  });

  it.each([
    ['UTC', 366],
    ['Asia/Kolkata', 4.1 * 366],
    ['Asia/Taipei', 4.1 * 366],
  ])('reads a year of days in %s from few rows', (zone, most) => {
    const edges = cut(timeZone(zone), { fromMs: START, toMs: START + 365 * DAY_MS }, 'day', 1000) ?? [];
    expect(rowsReadBy(planFor(edges, 'all'))).toBeLessThanOrEqual(most);
  });

  it.each([
    ['a year that begins on the 28th', 27, 365, 22],
    ['90 days that begin on the 31st', 30, 90, 5],
    ['90 days that begin in the middle of a month', 14, 90, 33],
  ])('reads %s as whole months, and by the day what is too little or too much', (_, startDay, days, most) => {
    const fromMs = START + startDay * DAY_MS;
    expect(rowsReadBy(planFor([fromMs, fromMs + days * DAY_MS], 'caller'))).toBeLessThanOrEqual(most);
  });
});

describe('kindFor', () => {
  it.each([
    ['everything', {}, undefined, 'all'],
    ['a model by the day', { model: ['m'] }, undefined, 'model'],
    ['models that failed', { status: ['timeout'] }, 'model', 'call'],
    ['projects that failed', { status: ['timeout'] }, 'project', 'status_in_project'],
    ['models of a project', { project: ['p'] }, 'model', 'model_in_project'],
    ['a provider of a project', { project: ['p'], provider: ['o'] }, undefined, 'provider_in_project'],
    ['projects by what failed', { status: ['timeout'], model: ['m'] }, 'project', 'project_call'],
    ['connections of a project', { project: ['p'] }, 'connection', 'project_call'],
    ['keys of a project', { project: ['p'] }, 'key', 'caller'],
    ['models of a key', { key: ['k'] }, 'model', 'record'],
    ['tags', {}, 'tag', 'tag'],
    ['tags of a project', { project: ['p'] }, 'tag', 'tag_in_project'],
    ['all tags of a project', { project: ['p'] }, 'every_tag', 'every_tag_in_project'],
    ['tags of a key', { key: ['k'] }, 'tag', undefined],
    ['tags beside one another', { tag: ['a=b'] }, 'tag', undefined],
  ] as const)('answers %s from the coarsest series', (_, filters, groupBy, kind) => {
    expect(kindFor({ filters, groupBy })).toBe(kind);
  });
});
