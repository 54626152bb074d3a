import { type Measures, mergedMeasures } from '../../../protocol/measures.ts';
import { type Audience, filtersOf } from './audience.ts';
import { appInfoOf } from './call-rows.ts';
import { newestCalls } from './calls.ts';
import { chargedFor } from './charged.ts';
import { averagesOf, byBucket, byValue, callsIn, pointOf, successRateOf, totalsOf } from './measures.ts';
import type { UsageReads } from './ports.ts';
import type { Buckets, Page, Range } from './query.ts';

/** Applications that are told apart over time. */
const TREND_PROJECTS_MAX = 100;

export const SORTED_BY = ['totalCalls', 'totalCredits'] as const;
export type Sorting = { readonly by: (typeof SORTED_BY)[number]; readonly order: 'asc' | 'desc' };

/** AIGNE's projects are what calls name as their application. Times in seconds, rates in percent. */
export type Project = ReturnType<typeof projectOf>;

function projectOf(appDid: string, measures: Measures, credits: number) {
  const totals = totalsOf(measures, credits);
  return {
    ...appInfoOf(appDid),
    ...totals,
    ...averagesOf(measures),
    successRate: successRateOf(totals),
  };
}

type Wanted = { readonly audience: Audience; readonly range: Range };

/** A page of the applications; `lastCallTime` is in unix seconds. */
export async function listProjects(
  usage: UsageReads,
  { audience, range, sorting, page }: Wanted & { readonly sorting: Sorting; readonly page: Page },
) {
  const projects = (await allProjects(usage, { audience, range })).toSorted((a, b) => {
    const difference = a[sorting.by] - b[sorting.by];
    return (sorting.order === 'asc' ? difference : -difference) || (a.appDid < b.appDid ? -1 : 1);
  });
  const start = (page.page - 1) * page.pageSize;
  const shown = [];
  for (const project of projects.slice(start, start + page.pageSize)) {
    shown.push({ ...project, lastCallTime: await lastCallTime(usage, { audience, range }, project.appDid) });
  }
  return { projects: shown, total: projects.length, ...page };
}

async function allProjects(usage: UsageReads, { audience, range }: Wanted): Promise<readonly Project[]> {
  const edges = [range.fromMs, range.toMs];
  const sums = await usage.view(audience, (view) =>
    view.sums({ edges, filters: filtersOf(audience), groupBy: 'application', detail: 'all' }),
  );
  const charged = await chargedFor(usage, { audience, edges, calls: callsIn(sums), groupBy: 'application' });
  return [...byValue(sums)].map(([value, measures]) => projectOf(value, measures, charged({ value })));
}

async function lastCallTime(
  usage: UsageReads,
  { audience, range }: Wanted,
  application: string,
): Promise<number | undefined> {
  const any = { model: undefined, providerId: undefined, type: undefined, status: undefined, search: undefined };
  const calls = newestCalls(usage, { ...any, audience, range, application, minDurationMs: undefined });
  for await (const { startedAt } of calls) return Math.floor(startedAt / 1000);
  return undefined;
}

/** How the applications with most calls went, hour by hour or day by day. */
export async function groupTrends(
  usage: UsageReads,
  { audience, range, buckets }: Wanted & { readonly buckets: Buckets },
) {
  const projects = (await allProjects(usage, { audience, range }))
    .toSorted((a, b) => b.totalCalls - a.totalCalls || (a.appDid < b.appDid ? -1 : 1))
    .slice(0, TREND_PROJECTS_MAX);
  const sums = await usage.view(audience, (view) =>
    view.sums({
      edges: buckets.edges,
      filters: filtersOf(audience),
      groupBy: 'application',
      values: projects.map(({ appDid }) => appDid),
      detail: 'all',
    }),
  );
  const charged = await chargedFor(usage, {
    audience,
    edges: buckets.edges,
    calls: callsIn(sums),
    groupBy: 'application',
  });
  const trends = buckets.starts.map((startMs, bucket) => {
    const own = byValue(sums.filter((sum) => sum.bucket === bucket));
    const byProject = [...own].map(([did, measures]) => {
      const totals = totalsOf(measures, charged({ bucket, value: did }));
      return [did, { ...totals, ...averagesOf(measures) }];
    });
    return { timestamp: startMs / 1000, byProject: Object.fromEntries(byProject) };
  });
  return { projects, trends, granularity: buckets.granularity };
}

/** How everything went over time, or one application. */
export async function trends(
  usage: UsageReads,
  {
    audience,
    buckets,
    appDid,
  }: { readonly audience: Audience; readonly buckets: Buckets; readonly appDid: string | undefined },
) {
  const { edges } = buckets;
  const filters = appDid === undefined ? {} : { application: [appDid] };
  const sums = await usage.view(audience, (view) =>
    view.sums({ edges, filters: { ...filtersOf(audience), ...filters }, groupBy: undefined, detail: 'all' }),
  );
  const charged = await chargedFor(usage, { audience, edges, calls: callsIn(sums), filters });
  const points = byBucket(sums, buckets.starts.length);
  return {
    ...(appDid === undefined ? {} : { project: projectOf(appDid, mergedMeasures(sums), charged({})) }),
    trends: points.map((measures, bucket) => pointOf(buckets.starts[bucket] ?? 0, measures, charged({ bucket }))),
    granularity: buckets.granularity,
  };
}
