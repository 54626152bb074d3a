import { addNano, meanNano, type NanoUsd, nanoUsd, timesNano, ZERO_NANO_USD } from '../kernel/money.ts';
import { cut, type TimeZone } from '../kernel/time-zone.ts';
import { countOf } from '../protocol/measures.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, SumsWanted, UsageFilters } from '../protocol/usage-sums.ts';
import { zoneOf } from './explore.ts';
import type { UsageStore, UsageSums } from './usage-ports.ts';

/** Full days that a forecast looks back: each weekday four times. */
export const FORECAST_DAYS = 28;
/** With fewer days of data there is no forecast: each weekday has to have been there twice. */
export const FORECAST_DAYS_MIN = 14;
/** Projects that are told of, the dearest of the month first. */
const PROJECTS_MAX = 200;
const DAY_MS = 86_400_000;
/** Longer than any month, and than the days that are looked back at. */
const REACH_DAYS = 33;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday, three days after a Monday. */
const DAYS_TO_MONDAY = 3;

/** What a weekday has cost, and how many of it are still to come in the month, today not counted. */
export type WeekdayCost = {
  /** 1 is Monday. */
  readonly weekday: number;
  readonly days: number;
  readonly mean: NanoUsd;
  readonly lowest: NanoUsd;
  readonly highest: NanoUsd;
  readonly toCome: number;
};

export type Projection = {
  readonly expected: NanoUsd;
  /** As if every day to come were like the cheapest, and like the dearest, of its weekday. */
  readonly lowest: NanoUsd;
  readonly highest: NanoUsd;
  readonly daysOfData: number;
  readonly weekdays: readonly WeekdayCost[];
};

export type CostForecast = {
  readonly soFar: NanoUsd;
  readonly today: NanoUsd;
  /** Requests of the month without a known price; no cost here holds them. */
  readonly unpricedRequests: number;
  /** `undefined`: there are too few days of data. */
  readonly projection: Projection | undefined;
};

export type MonthForecast = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
  readonly todayWeekday: number;
  readonly whole: CostForecast;
  readonly projects: readonly (CostForecast & { readonly projectId: string })[];
};

export type ForecastQuery = {
  readonly timeZone: string;
  readonly atMs: number;
  /** The projects that may be seen; `undefined`: all of the organization. */
  readonly projectIds: readonly string[] | undefined;
};

/** Says what an organization's calendar month will have cost, from what its days have cost of late. */
export function createUsageForecaster({ store }: { readonly store: UsageStore }) {
  return async (scope: OrganizationScope, { timeZone, atMs, projectIds }: ForecastQuery): Promise<MonthForecast> => {
    const calendar = calendarAt(zoneOf(timeZone), atMs);
    const filters: UsageFilters = projectIds === undefined ? {} : { project: projectIds };
    return await store.view(scope, async (sums) => {
      const wanted = { filters, groupBy: 'project', detail: 'few', edges: calendar.edges } as const;
      const byProject = Map.groupBy(await sums.sums(wanted), ({ value }) => value);
      const unpriced = await unpricedByProject(sums, { filters, edges: [calendar.monthStart, atMs + 1] });
      const projects = [...byProject].flatMap(([projectId, cells]) =>
        projectId === undefined ? [] : [{ projectId, ...forecastOf(calendar, cells, unpriced.get(projectId) ?? 0) }],
      );
      const dearest = projects.toSorted((a, b) => (a.soFar === b.soFar ? 0 : a.soFar < b.soFar ? 1 : -1));
      const unpricedInAll = [...unpriced.values()].reduce((sum, count) => sum + count, 0);
      return {
        fromMs: calendar.monthStart,
        toMs: calendar.monthEnd,
        atMs,
        todayWeekday: calendar.todayWeekday,
        whole: forecastOf(calendar, [...byProject.values()].flat(), unpricedInAll),
        projects: dearest.slice(0, PROJECTS_MAX),
      };
    });
  };
}

async function unpricedByProject(
  sums: UsageSums,
  wanted: Pick<SumsWanted, 'filters' | 'edges'>,
): Promise<ReadonlyMap<string | undefined, number>> {
  const cells = await sums.sums({ ...wanted, groupBy: 'project', detail: 'all' });
  const counts = new Map<string | undefined, number>();
  // A project may come in several parts.
  for (const { value, measures } of cells) {
    counts.set(value, (counts.get(value) ?? 0) + countOf(measures, 'unpriced'));
  }
  return counts;
}

/** A month, the days before today that are looked back at, and those to come. */
type Calendar = {
  readonly monthStart: number;
  readonly monthEnd: number;
  readonly todayStart: number;
  readonly todayWeekday: number;
  readonly days: readonly { readonly start: number; readonly weekday: number }[];
  readonly weekdaysToCome: readonly number[];
  /** From the beginning of all usage to now, cut at every beginning above. */
  readonly edges: readonly number[];
};

function calendarAt(zone: TimeZone, atMs: number): Calendar {
  const before = { fromMs: atMs - REACH_DAYS * DAY_MS, toMs: atMs + 1 };
  const dayStarts = startsIn(zone, before, 'day').slice(-FORECAST_DAYS - 1);
  const monthStart = startsIn(zone, before, 'month').at(-1) ?? atMs;
  const [monthEnd = atMs] = startsIn(zone, { fromMs: atMs, toMs: atMs + REACH_DAYS * DAY_MS }, 'month');
  const todayStart = dayStarts.at(-1) ?? atMs;
  const weekdayOf = (start: number): number => weekdayAt(zone, start);
  return {
    monthStart,
    monthEnd,
    todayStart,
    todayWeekday: weekdayOf(todayStart),
    days: dayStarts.slice(0, -1).map((start) => ({ start, weekday: weekdayOf(start) })),
    weekdaysToCome: startsIn(zone, { fromMs: atMs, toMs: monthEnd }, 'day').map(weekdayOf),
    edges: [...new Set([0, monthStart, ...dayStarts, atMs + 1])].toSorted((a, b) => a - b),
  };
}

/** The beginnings of units of the calendar that lie within a stretch of time, which itself begins with none. */
function startsIn(
  zone: TimeZone,
  span: { readonly fromMs: number; readonly toMs: number },
  unit: 'day' | 'month',
): readonly number[] {
  return (cut(zone, span, unit, REACH_DAYS * 2) ?? []).slice(1, -1);
}

/** 1 is Monday. */
function weekdayAt(zone: TimeZone, at: number): number {
  const day = Math.floor((at + zone.offsetAt(at)) / DAY_MS);
  return ((day + DAYS_TO_MONDAY) % DAYS_PER_WEEK) + 1;
}

function forecastOf(calendar: Calendar, cells: readonly GroupSum[], unpricedRequests: number): CostForecast {
  const { edges, monthStart, todayStart } = calendar;
  const costOf = new Map<number, NanoUsd>();
  let firstUse: number | undefined;
  for (const { bucket, measures } of cells) {
    const start = edges[bucket] ?? 0;
    costOf.set(start, nanoUsd((costOf.get(start) ?? 0n) + measures.costNano));
    if (countOf(measures, 'requests') > 0) firstUse = Math.min(firstUse ?? start, start);
  }
  const days = calendar.days.flatMap(({ start, weekday }) =>
    firstUse === undefined || start < firstUse ? [] : [{ weekday, cost: costOf.get(start) ?? ZERO_NANO_USD }],
  );
  const today = costOf.get(todayStart) ?? ZERO_NANO_USD;
  const soFar = [...costOf].filter(([start]) => start >= monthStart).map(([, cost]) => cost);
  const { todayWeekday, weekdaysToCome } = calendar;
  const month = { soFar: soFar.reduce(addNano, ZERO_NANO_USD), today, todayWeekday, weekdaysToCome };
  return { soFar: month.soFar, today, unpricedRequests, projection: project(month, days) };
}

export type DayCost = { readonly weekday: number; readonly cost: NanoUsd };
export type MonthSoFar = {
  readonly soFar: NanoUsd;
  /** What of it is today's. */
  readonly today: NanoUsd;
  /** `undefined` for a month that is over. */
  readonly todayWeekday: number | undefined;
  /** The weekdays of the month's days after today. */
  readonly weekdaysToCome: readonly number[];
};

/**
 * What the month will have cost: what it has so far, today up to what its weekday costs, and each day to come as its
 * weekday costs. `undefined` where there are too few days of data; a month that is over costs what it has.
 */
export function project(month: MonthSoFar, days: readonly DayCost[]): Projection | undefined {
  if (days.length < FORECAST_DAYS_MIN) return undefined;
  const weekdays = weekdayCosts(days, month.weekdaysToCome);
  const today = weekdays.find(({ weekday }) => weekday === month.todayWeekday);
  const sumUp = (of: 'mean' | 'lowest' | 'highest'): NanoUsd => {
    const restOfToday = today === undefined || today[of] < month.today ? 0n : today[of] - month.today;
    const toCome = weekdays.map((one) => timesNano(one[of], one.toCome));
    return toCome.reduce(addNano, nanoUsd(month.soFar + restOfToday));
  };
  return {
    expected: sumUp('mean'),
    lowest: sumUp('lowest'),
    highest: sumUp('highest'),
    daysOfData: days.length,
    weekdays,
  };
}

function weekdayCosts(days: readonly DayCost[], weekdaysToCome: readonly number[]): readonly WeekdayCost[] {
  const byWeekday = [...Map.groupBy(days, ({ weekday }) => weekday)].toSorted(([a], [b]) => a - b);
  return byWeekday.map(([weekday, own]) => {
    const costs = own.map(({ cost }) => cost);
    const rising = costs.toSorted((a, b) => (a === b ? 0 : a < b ? -1 : 1));
    return {
      weekday,
      days: costs.length,
      mean: meanNano(costs),
      lowest: rising[0] ?? ZERO_NANO_USD,
      highest: rising.at(-1) ?? ZERO_NANO_USD,
      toCome: weekdaysToCome.filter((one) => one === weekday).length,
    };
  });
}
