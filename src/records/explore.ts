import { invalid } from '../kernel/invalid.ts';
import { type CalendarUnit, cut, type TimeZone, timeZone } from '../kernel/time-zone.ts';
import { addMeasures, countOf, type Measures, mergedMeasures, noMeasures } from '../protocol/measures.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { GroupSum, SumsWanted, UsageDimension, UsageFilters } from '../protocol/usage-sums.ts';
import type { UsageStore, UsageSums } from './usage-ports.ts';

/** Buckets of one answer. */
export const BUCKETS_MAX = 1500;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Longer than anybody keeps records, and short enough to be added up by the month. */
const SPAN_MAX_MS = 20 * 366 * DAY_MS;

export type Granularity = 'none' | 'auto' | CalendarUnit;
export type ExploreGroup = UsageDimension | 'team';

export type Between = { readonly fromMs: number; readonly toMs: number };

export type ExploreQuery = Between & {
  readonly timeZone: string;
  readonly granularity: Granularity;
  readonly groupBy: ExploreGroup | undefined;
  readonly filters: UsageFilters;
  readonly teamIds: readonly string[] | undefined;
  /** The projects that may be seen; `undefined`: all of the organization. */
  readonly projectIds: readonly string[] | undefined;
  readonly orderBy: 'cost' | 'requests';
  /** Groups at most; what the others hold is one more. */
  readonly top: number;
  readonly compare: 'previous' | undefined;
};

export type ExploredGroup = {
  readonly value: string | undefined;
  readonly isRest: boolean;
  readonly totals: Measures;
  /** One for each bucket, unless no granularity was asked for. */
  readonly points: readonly Measures[] | undefined;
};

export type Explored = {
  readonly granularity: 'none' | CalendarUnit;
  readonly edges: readonly number[];
  readonly groups: readonly ExploredGroup[];
  readonly totals: Measures;
  readonly previousTotals: Measures | undefined;
  readonly isCapped: boolean;
};

type Deps = {
  readonly store: UsageStore;
  readonly projects: (
    scope: OrganizationScope,
  ) => Promise<readonly { readonly id: string; readonly teamId: string | undefined }[]>;
};

/** Looks into an organization's usage: sums in all, by group and by bucket of time, each the exact sum of its records. */
export function createUsageExplorer({ store, projects }: Deps) {
  return async (scope: OrganizationScope, query: ExploreQuery): Promise<Explored> => {
    const { granularity, edges } = edgesOf(query);
    const needsTeams = query.groupBy === 'team' || query.teamIds !== undefined;
    const teams = new Map(needsTeams ? (await projects(scope)).map(({ id, teamId }) => [id, teamId]) : []);
    const filters = withProjects(query, teams);
    return await store.view(scope, async (sums) => {
      const whole = [query.fromMs, query.toMs];
      const totals = await totalOf(sums, { edges: whole, filters, groupBy: undefined, detail: 'all' });
      const lengthMs = query.toMs - query.fromMs;
      const before = [query.fromMs - lengthMs, query.fromMs];
      const asked = { filters, groupBy: query.groupBy === 'team' ? ('project' as const) : query.groupBy };
      const isCapped = await sums.isCapped(asked, query.fromMs, query.toMs);
      return {
        granularity,
        edges,
        groups: await groupsOf({
          sums,
          query,
          filters,
          edges: granularity === 'none' ? undefined : edges,
          teams,
          totals,
          isCapped,
        }),
        totals,
        previousTotals:
          query.compare === undefined
            ? undefined
            : await totalOf(sums, { edges: before, filters, groupBy: undefined, detail: 'all' }),
        isCapped,
      };
    });
  };
}

/** @throws request.invalid for a zone that is not known, and for too long a time or too many buckets */
function edgesOf(query: ExploreQuery): {
  readonly granularity: 'none' | CalendarUnit;
  readonly edges: readonly number[];
} {
  const [fromMs, toMs] = spanChecked(query);
  const granularity = query.granularity === 'auto' ? fitting(toMs - fromMs) : query.granularity;
  if (granularity !== 'none') return { granularity, edges: bucketEdges(query, granularity) };
  // The zone is checked where nothing is cut by it, too.
  zoneOf(query.timeZone);
  return { granularity, edges: [fromMs, toMs] };
}

/**
 * A time cut where days, weeks or the like begin by the clocks of a zone.
 * @throws request.invalid for a zone that is not known, and for too long a time or too many buckets
 */
export function bucketEdges(
  { timeZone: name, ...between }: Between & { readonly timeZone: string },
  granularity: CalendarUnit,
): readonly number[] {
  const [fromMs, toMs] = spanChecked(between);
  const edges = cut(zoneOf(name), { fromMs, toMs }, granularity, BUCKETS_MAX);
  if (edges !== undefined) return edges;
  throw invalid('granularity', `makes more than ${BUCKETS_MAX} buckets; take a coarser one or less time.`);
}

/** The two ends of a time that may be asked for. @throws request.invalid for any other */
export function spanChecked({ fromMs, toMs }: Between): readonly [number, number] {
  if (toMs <= fromMs) throw invalid('to', 'is not after `from`.');
  if (toMs - fromMs > SPAN_MAX_MS) throw invalid('from', 'is more than twenty years before `to`.');
  return [fromMs, toMs];
}

/** @throws request.invalid for a zone that is not known */
export function zoneOf(name: string): TimeZone {
  try {
    return timeZone(name);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw invalid('time_zone', 'is no IANA time zone such as Asia/Taipei.');
    throw thrown;
  }
}

/** Some dozens of buckets, about as many as a chart shows. */
function fitting(lengthMs: number): CalendarUnit {
  if (lengthMs <= 12 * HOUR_MS) return 'quarter_hour';
  if (lengthMs <= 3 * DAY_MS) return 'hour';
  if (lengthMs <= 100 * DAY_MS) return 'day';
  return lengthMs <= 366 * DAY_MS ? 'week' : 'month';
}

/** The projects that may be seen, those that are asked for and those of the teams: one filter. */
function withProjects(query: ExploreQuery, teams: ReadonlyMap<string, string | undefined>): UsageFilters {
  const ofTeams =
    query.teamIds && [...teams].filter(([, teamId]) => teamId !== undefined && query.teamIds?.includes(teamId));
  const lists = [query.projectIds, query.filters.project, ofTeams?.map(([id]) => id)].filter(
    (list) => list !== undefined,
  );
  const [first, ...others] = lists;
  if (first === undefined) return query.filters;
  return { ...query.filters, project: first.filter((id) => others.every((list) => list.includes(id))) };
}

async function totalOf(sums: UsageSums, wanted: SumsWanted): Promise<Measures> {
  return mergedMeasures(await sums.sums(wanted));
}

type Grouping = {
  readonly sums: UsageSums;
  readonly query: ExploreQuery;
  readonly filters: UsageFilters;
  /** Missing: no points are wanted. */
  readonly edges: readonly number[] | undefined;
  readonly teams: ReadonlyMap<string, string | undefined>;
  readonly totals: Measures;
  /** Whether not all groups are kept apart. */
  readonly isCapped: boolean;
};

/**
 * The top groups, and what is left of the whole without them: sums are exact and sketches only counts, so the rest is a
 * difference and the many small groups need not be read.
 */
async function groupsOf(grouping: Grouping): Promise<readonly ExploredGroup[]> {
  const { sums, query, filters, edges, teams, totals, isCapped } = grouping;
  const whole = [query.fromMs, query.toMs];
  const wanted = { filters, groupBy: undefined, detail: 'few' } as const;
  if (query.groupBy === undefined) {
    const points = edges && pointsOf(edges, await sums.sums({ ...wanted, edges }));
    return [{ value: undefined, isRest: false, totals, points }];
  }
  const isByTeam = query.groupBy === 'team';
  const groupBy = isByTeam ? 'project' : query.groupBy;
  const grouped = { ...wanted, groupBy, names: isByTeam ? teams : undefined };
  // One more than is shown tells whether there is a rest.
  const first = { by: query.orderBy, count: query.top + 1 };
  const ranked = rank(query, await sums.sums({ ...grouped, edges: whole, first }));
  const chosen = ranked.slice(0, query.top);
  const isWhole = chosen.length === ranked.length && !isCapped;
  const values = chosen.map(({ value }) => value);
  const all = await sums.sums({ ...grouped, values, detail: 'all', edges: whole });
  const some = edges && (await sums.sums({ ...grouped, values, edges }));
  const groups = values.map((value): ExploredGroup => {
    const ownOf = (list: readonly GroupSum[]) => list.filter((sum) => sum.value === value);
    return {
      value,
      isRest: false,
      totals: mergedMeasures(ownOf(all)),
      points: edges && some && pointsOf(edges, ownOf(some)),
    };
  });
  if (isWhole) return groups;
  // A record counts in as many groups as it has tags, so the whole of which these are parts is larger than all records.
  const among = groupBy === 'tag' ? 'every_tag' : undefined;
  const wholeTotals =
    among === undefined ? totals : await totalOf(sums, { ...wanted, groupBy: among, detail: 'all', edges: whole });
  const wholePoints = edges && pointsOf(edges, await sums.sums({ ...wanted, groupBy: among, edges }));
  const rest: ExploredGroup = {
    value: undefined,
    isRest: true,
    totals: without(
      wholeTotals,
      groups.map((group) => group.totals),
    ),
    points: wholePoints?.map((point, index) =>
      without(
        point,
        groups.flatMap((group) => group.points?.[index] ?? []),
      ),
    ),
  };
  return [...groups, rest];
}

function without(whole: Measures, parts: readonly Measures[]): Measures {
  const left = mergedMeasures([{ measures: whole }]);
  for (const part of parts) addMeasures(left, part, -1);
  return left;
}

type Ranked = Pick<GroupSum, 'value' | 'measures'>;

/** The groups as they are shown, dearest or busiest first. */
function rank({ orderBy }: ExploreQuery, sums: readonly GroupSum[]): readonly Ranked[] {
  const found = new Map<string | undefined, Ranked>();
  for (const { value, measures } of sums) {
    const group = found.get(value) ?? { value, measures: noMeasures() };
    addMeasures(group.measures, measures);
    found.set(value, group);
  }
  const byCost = (a: Ranked, b: Ranked): number => compare(b.measures.costNano, a.measures.costNano);
  const byRequests = (a: Ranked, b: Ranked): number =>
    countOf(b.measures, 'requests') - countOf(a.measures, 'requests');
  const [first, second] = orderBy === 'cost' ? [byCost, byRequests] : [byRequests, byCost];
  const byName = (a: Ranked, b: Ranked): number => ((a.value ?? '') < (b.value ?? '') ? -1 : 1);
  return [...found.values()].toSorted((a, b) => first(a, b) || second(a, b) || byName(a, b));
}

function compare(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function pointsOf(edges: readonly number[], sums: readonly GroupSum[]): readonly Measures[] {
  const points = edges.slice(1).map(noMeasures);
  for (const { bucket, measures } of sums) {
    const point = points[bucket];
    if (point !== undefined) addMeasures(point, measures);
  }
  return points;
}
