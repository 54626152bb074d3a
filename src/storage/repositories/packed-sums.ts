import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { type JsonValue, parseJson } from '../../kernel/json.ts';
import type { GroupSum, SumsWanted } from '../../protocol/usage-sums.ts';
import {
  addFew,
  CELLS_END,
  costDifference,
  FEW_LENGTH,
  type FewNumbers,
  isNothingAt,
  measuresAt,
  readCells,
  readFewTexts,
  requestsDifference,
} from '../packed-cells.ts';
import type { SeriesKind } from '../rollup-cells.ts';
import { DAY_MS, endOf, LEVELS, startOf } from '../rollup-columns.ts';
import { clip, DAYS_PART, foldFor, type Plan, planFor, type Run } from '../usage-plan.ts';
import { fewText, rowsOf, runsTable } from './series-rows.ts';
import { amongOnly, type FromRows, groupColumn, seriesCondition, sumRows, type View } from './summed-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Months of series that may have been added to since they were packed; with more, all is read as if nothing were packed. */
const UNPACKED_MAX = 5000;
/** For less time the rows themselves are as few. */
const PACKED_MIN_MS = 14 * DAY_MS;
const LISTED_MONTHS_MIN = 2;

/** Which months are packed, and of which series in them that does not count. */
export type Closed = {
  readonly closedAt: number;
  readonly unpacked: ReadonlyMap<number, ReadonlySet<number>>;
};

/** What is packed of an organization's sums. */
export async function readClosed({ view, scope }: View): Promise<Closed> {
  const { closed_at: closedAt } = await view
    .selectFrom('usage_rollup_state')
    .select('closed_at')
    .executeTakeFirstOrThrow();
  const { rows } = await sql<{ month_at: number | string; series_id: number | string }>`
    SELECT u.month_at, u.series_id FROM usage_unpacked AS u
    WHERE ${ofOrganization(scope, 'u')} AND u.month_at < ${closedAt} LIMIT ${UNPACKED_MAX + 1}`.execute(view);
  if (rows.length > UNPACKED_MAX) return { closedAt: 0, unpacked: new Map() };
  const byMonth = Map.groupBy(rows, (row) => Number(row.month_at));
  return {
    closedAt: Number(closedAt),
    unpacked: new Map([...byMonth].map(([at, list]) => [at, new Set(list.map((row) => Number(row.series_id)))])),
  };
}

type Wanted = { readonly wanted: SumsWanted; readonly kind: SeriesKind; readonly closed: Closed };

/** Whether the buckets of a question can be read from packed months, and enough of them to be worth it. */
export function isPacked({ wanted, closed }: Wanted): boolean {
  const { edges, detail, groupBy, values } = wanted;
  const [first = 0, last = 0] = [edges[0], edges.at(-1)];
  const isLong = Math.min(last, closed.closedAt) - first >= PACKED_MIN_MS;
  if (detail !== 'few' || edges.length <= 2 || !isLong) return false;
  const isInner = (index: number): boolean => index > 0 && index < edges.length - 2;
  const isByDays = edges
    .slice(1)
    .every((toMs, index) => !isInner(index) || toMs - (edges[index] ?? toMs) >= DAY_MS / 2);
  // Numbers of all buckets are held of each group.
  return isByDays && (groupBy === undefined || groupBy === 'every_tag' || values !== undefined);
}

/** The buckets of a question: from packed months as far as there are any, and from rows. */
export async function sumPacked(view: View, { wanted, kind, closed }: Wanted): Promise<readonly GroupSum[]> {
  const { edges } = wanted;
  const fold = foldFor(edges, closed.closedAt);
  const length = (edges.length - 1) * FEW_LENGTH;
  const groups = new Map<string | undefined, FewNumbers>();
  for (const row of await readPacked(view, { wanted, kind, closed }, fold)) {
    const value = row.value ?? undefined;
    const sums = groups.get(value) ?? new Float64Array(length);
    groups.set(value, sums);
    readCells(row.days ?? '', (day, few) => {
      const home = fold.homeOf(day);
      if (home !== undefined) addFew(sums, home * FEW_LENGTH, few, 1);
    });
    readCells(row.quarters ?? '', (quarter, few) => {
      const { home, bucket } = fold.movesOf(quarter);
      if (home === bucket) return;
      if (bucket !== undefined) addFew(sums, bucket * FEW_LENGTH, few, 1);
      if (home !== undefined) addFew(sums, home * FEW_LENGTH, few, -1);
    });
  }
  const packed = [...groups].flatMap(([value, sums]) =>
    Array.from({ length: edges.length - 1 }, (_, bucket): GroupSum | undefined => {
      const measures = measuresAt(sums, bucket * FEW_LENGTH);
      return measures && { value, bucket, measures };
    }).filter((sum) => sum !== undefined),
  );
  const after = { fromMs: closed.closedAt, toMs: Number.POSITIVE_INFINITY };
  const others = [...(await sumClipped(view, { wanted, kind }, after))];
  for (const [monthAt, only] of closed.unpacked) {
    const month = { fromMs: monthAt, toMs: endOf(LEVELS.month, monthAt) };
    others.push(...(await sumClipped(view, { wanted, kind, only: [...only] }, month)));
  }
  return [...packed, ...others];
}

/** What lies in a stretch of time, from the rows themselves. */
async function sumClipped(
  view: View,
  from: Omit<FromRows, 'plan'>,
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly GroupSum[]> {
  const clipped = clip(from.wanted.edges, span);
  if (clipped === undefined) return [];
  const sums = await sumRows(view, { ...from, plan: planFor(clipped.edges, from.kind) });
  return sums.map((sum) => ({ ...sum, bucket: sum.bucket + clipped.offset }));
}

type PackedRow = { readonly value: string | null; readonly days: string | null; readonly quarters: string | null };

/** The packed months of each series. */
async function readPacked(
  { view, scope }: View,
  { wanted, kind, closed }: Wanted,
  { fromMs, toMs, parts }: ReturnType<typeof foldFor>,
): Promise<readonly PackedRow[]> {
  const isCounted =
    closed.unpacked.size === 0
      ? sql``
      : sql`AND NOT EXISTS (SELECT 1 FROM usage_unpacked AS u WHERE ${ofOrganization(scope, 'u')}
          AND u.month_at = p.month_at AND u.series_id = p.series_id)`;
  const cells = (list: readonly number[]): RawBuilder<unknown> =>
    list.length === 0
      ? sql`NULL`
      : sql`(SELECT string_agg(${sql.ref('p.cells')}, ${sql.lit(CELLS_END)}) FROM usage_packed AS p WHERE p.series_id = s.id
          AND p.part IN (${sql.join(list.map((part) => sql.lit(part)))})
          AND p.month_at >= ${fromMs} AND p.month_at < ${toMs} ${isCounted})`;
  const { rows } =
    await sql<PackedRow>`SELECT s.name AS value, ${cells([DAYS_PART])} AS days, ${cells(parts)} AS quarters
    FROM (SELECT s.id, ${groupColumn(wanted)} AS name FROM usage_series AS s
      WHERE ${seriesCondition(scope, wanted, kind)}) AS s`.execute(view);
  return rows;
}

type Ranking = Wanted & {
  readonly plan: Pick<Plan, 'runs' | 'shares'>;
  readonly first: NonNullable<SumsWanted['first']>;
  /** With fewer series they are read one by one. */
  readonly listedMin: number;
};

/**
 * The first groups of one long time: whole months that are closed from the lists of all series of their kind, and what
 * lies before and after them from rows. `undefined` where that is not worth it.
 */
export async function rankListed(view: View, ranking: Ranking): Promise<readonly GroupSum[] | undefined> {
  const { wanted, kind, plan, closed, first, listedMin } = ranking;
  if (wanted.detail !== 'few' || wanted.edges.length > 2) return undefined;
  const { months, runs } = withoutMonths(plan.runs, closed.closedAt);
  if (months.length < LISTED_MONTHS_MIN) return undefined;
  const series = await readSeries(view, ranking);
  if (series.ids.length < listedMin) return undefined;
  const lists = await readLists(view, ranking, months);
  const places = new Map<string | undefined, number>();
  const placeOf = new Map<number, number>();
  for (const [index, id] of series.ids.entries()) {
    const value = series.values[index];
    const name = typeof value === 'string' ? value : undefined;
    const place = places.get(name) ?? places.size * FEW_LENGTH;
    places.set(name, place);
    placeOf.set(Number(id), place);
  }
  const sums = new Float64Array(places.size * FEW_LENGTH);
  const add = (id: number, few: FewNumbers, times: number): void => {
    const place = placeOf.get(id);
    if (place !== undefined) addFew(sums, place, few, times);
  };
  for (const month of months) {
    const list = lists.get(month.fromMs);
    const unpacked = closed.unpacked.get(month.fromMs) ?? new Set();
    if (list === undefined) runs.push(month);
    else {
      readCells(list, (id, few) => {
        if (!unpacked.has(id)) add(id, few, month.times);
      });
      if (unpacked.size > 0) await readRuns(view, { wanted, kind, runs: [month], only: [...unpacked] }, add);
    }
  }
  await readRuns(view, { wanted, kind, runs }, add);
  return firstOf(places, sums, first);
}

/** Runs over months that are closed, month by month, and the others. */
function withoutMonths(
  all: readonly Run[],
  closedAt: number,
): { readonly months: readonly Run[]; readonly runs: Run[] } {
  const months: Run[] = [];
  const runs: Run[] = [];
  for (const run of all) {
    if (run.level !== LEVELS.month) {
      runs.push(run);
      continue;
    }
    const closedTo = Math.min(run.toMs, startOf(LEVELS.month, closedAt));
    for (let at = run.fromMs; at < closedTo; at = endOf(LEVELS.month, at)) {
      months.push({ ...run, fromMs: at, toMs: endOf(LEVELS.month, at) });
    }
    const fromMs = Math.max(run.fromMs, closedTo);
    if (fromMs < run.toMs) runs.push({ ...run, fromMs });
  }
  return { months, runs };
}

type FromRuns = Pick<FromRows, 'wanted' | 'kind' | 'only'> & { readonly runs: readonly Run[] };

/** The rows of runs by the number of their series. */
async function readRuns(
  { view, engine, scope }: View,
  { wanted, kind, only, runs }: FromRuns,
  visit: (id: number, few: FewNumbers, times: number) => void,
): Promise<void> {
  const series = sql`SELECT s.id FROM usage_series AS s
    WHERE ${seriesCondition(scope, wanted, kind)} ${amongOnly(engine, only)}`;
  for (const times of [1, -1]) {
    const own = runs.filter((run) => run.times === times);
    if (own.length === 0) continue;
    const { rows } = await sql<{ sums: string | null }>`WITH run AS MATERIALIZED (${runsTable(engine, own)})
      SELECT string_agg(${fewText(sql`s.id`)}, ',') AS sums FROM ${rowsOf(engine, series, 'indexed')}`.execute(view);
    const sums = rows[0]?.sums;
    if (typeof sums === 'string') readFewTexts(sums, (id, few) => visit(id, few, times));
  }
}

type NamedSeries = { readonly ids: readonly JsonValue[]; readonly values: readonly JsonValue[] };

/** Numbers and names of series, in two lists: tens of thousands of rows would take longer to move. */
async function readSeries({ view, engine, scope }: View, { wanted, kind }: Wanted): Promise<NamedSeries> {
  const listOfAll = (column: RawBuilder<unknown>) =>
    engine === 'sqlite' ? sql`json_group_array(${column})` : sql`CAST(json_agg(${column}) AS TEXT)`;
  const { rows } = await sql<{ ids: string | null; names: string | null }>`
    SELECT ${listOfAll(sql`s.id`)} AS ids, ${listOfAll(groupColumn(wanted))} AS names FROM usage_series AS s
    WHERE ${seriesCondition(scope, wanted, kind)}`.execute(view);
  const parsed = (text: string | null | undefined): readonly JsonValue[] => {
    const list = parseJson(text ?? '[]');
    return Array.isArray(list) ? list : [];
  };
  return { ids: parsed(rows[0]?.ids), values: parsed(rows[0]?.names) };
}

async function readLists({ view, scope }: View, { kind }: Wanted, months: readonly Run[]) {
  const rows = await view
    .selectFrom('usage_listed')
    .select(['month_at', 'cells'])
    .where(ofOrganization(scope))
    .where('kind', '=', kind)
    .where(
      'month_at',
      'in',
      months.map(({ fromMs }) => fromMs),
    )
    .execute();
  return new Map(rows.map(({ month_at, cells }) => [Number(month_at), cells]));
}

/** The dearest or busiest groups. What adds up to nothing is none. */
function firstOf(
  places: ReadonlyMap<string | undefined, number>,
  sums: FewNumbers,
  { by, count }: NonNullable<SumsWanted['first']>,
): readonly GroupSum[] {
  const difference = (a: number, b: number): number =>
    by === 'cost'
      ? costDifference(sums, a, b) || requestsDifference(sums, a, b)
      : requestsDifference(sums, a, b) || costDifference(sums, a, b);
  const groups = [...places].filter(([, place]) => !isNothingAt(sums, place));
  const leading = groups.toSorted(([one, a], [two, b]) => difference(b, a) || ((one ?? '') < (two ?? '') ? -1 : 1));
  return leading.slice(0, count).flatMap(([value, place]): readonly GroupSum[] => {
    const measures = measuresAt(sums, place);
    return measures === undefined ? [] : [{ value, bucket: 0, measures }];
  });
}
