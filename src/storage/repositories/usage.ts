import type { RawBuilder, Transaction } from 'kysely';
import { sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import { mergeSketchText } from '../../kernel/sketch.ts';
import {
  addMeasures,
  COUNTS,
  DISTRIBUTIONS,
  isNothing,
  type Measures,
  noMeasures,
  sketchAt,
} from '../../protocol/measures.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import {
  type GroupSum,
  type SummedRecord,
  type SumsWanted,
  sumRecords,
  type UsageDimension,
} from '../../protocol/usage-sums.ts';
import type { UsageStore, UsageSums } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import type { Engine } from '../engine.ts';
import { exactText, wholeNumber } from '../engine.ts';
import { COLUMN_OF, isFree, type SeriesKind } from '../rollup-cells.ts';
import { DAY_MS, INDEXED_SUMS, LEVELS } from '../rollup-columns.ts';
import { type SummedRow, summedColumns, toPendingRecord } from '../rollup-records.ts';
import type { Schema } from '../schema.ts';
import { kindFor, type Plan, planFor, RECORD_COLUMNS, type Span } from '../usage-plan.ts';
import { oneOf } from './record-filter.ts';
import { preferIndexes, rowsOf, runsTable } from './series-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Sums of money are taken in two halves, so that no engine's 64-bit sum overflows. */
const NANO_HALF = 1_000_000_000;
const COST_HIGH = sql`SUM(run.times * (r.cost_nano / ${sql.lit(NANO_HALF)}))`;
const COST_LOW = sql`SUM(run.times * (r.cost_nano % ${sql.lit(NANO_HALF)}))`;
/** Rows that are read at a time where records are summed one by one. */
const PAGE_ROWS = 5000;
/** How long a time may be summed from records alone, where no sums that are kept answer the question. */
const FROM_RECORDS_MAX_MS = 31 * DAY_MS;
/** And how many records: about as many as are read in a third of a second. */
const RECORDS_READ_MAX = 20_000;
/** Before a histogram whose counts are to be taken away. */
const TAKEN_AWAY = '-';
/** With more groups than this moved, all of them are read. */
const MOVED_MAX = 500;
const FEW: readonly string[] = INDEXED_SUMS;

/** One state of the store, read for an organization. */
export type View = { readonly view: Transaction<Schema>; readonly engine: Engine; readonly scope: OrganizationScope };

/**
 * Sums of usage: from the rows that the rollup keeps, from the records that wait for it, and, where an edge cuts a
 * quarter-hour, from the records on its inner side; all on one state of the store, so that each record counts once.
 */
export function createUsageStore(database: StoreDatabase, recordsReadMax = RECORDS_READ_MAX): UsageStore {
  return {
    view: (scope, work) =>
      database.within(scope.organizationId).readTogether(async (transaction) => {
        await preferIndexes(transaction, database.engine);
        const read = { max: recordsReadMax, known: new Map() };
        return await work(sumsOf({ view: transaction, engine: database.engine, scope }, read));
      }),
  };
}

/** The sums of a view, and what is read for them of single records. */
export function sumsOf(view: View, read: RecordsRead = { max: 0, known: new Map() }): UsageSums {
  return {
    sums: async (wanted) => {
      const kind = kindFor(wanted);
      if (kind === undefined) return await sumFromRecords(view, wanted, read);
      const plan = planFor(wanted.edges, kind);
      const fromRecords = [
        ...(await sumWaiting(view, wanted, plan.slices)),
        ...(await sumSlices(view, wanted, plan.slices)),
      ];
      return [...fromRecords, ...(await sumRuns(view, { wanted, kind, plan, moved: groupsIn(fromRecords) }))];
    },
    isCapped: async (asked, fromMs, toMs) => {
      const kind = kindFor(asked);
      if (kind === undefined || !isFree(kind)) return false;
      const { rows } = await sql`SELECT 1 FROM usage_series AS s JOIN usage_rollups AS r ON r.series_id = s.id
        WHERE ${ofOrganization(view.scope, 's')} AND s.kind = ${kind} AND s.is_other = 1
          AND r.level = ${sql.lit(LEVELS.day)} AND r.start_at > ${fromMs - DAY_MS} AND r.start_at < ${toMs}
        LIMIT 1`.execute(view.view);
      return rows.length > 0;
    },
  };
}

type FromRuns = {
  readonly wanted: SumsWanted;
  readonly kind: SeriesKind;
  readonly plan: Plan;
  /** Groups to which records add that are in no row. */
  readonly moved: readonly (string | undefined)[];
};

function groupsIn(sums: readonly GroupSum[]): readonly (string | undefined)[] {
  return [...new Set(sums.map(({ value }) => value))];
}

/**
 * The first groups by their rows. What records add may move only the groups that it is added to, so as many more are
 * read, and those themselves wherever they stand.
 */
async function sumRuns(view: View, from: FromRuns): Promise<readonly GroupSum[]> {
  const { wanted, moved } = from;
  const { first, ...others } = wanted;
  if (first === undefined || moved.length > MOVED_MAX) return await sumRows(view, { ...from, wanted: others });
  const more = { ...wanted, first: { ...first, count: first.count + moved.length } };
  const leading = await sumRows(view, { ...from, wanted: more });
  if (moved.length === 0) return leading;
  const found = new Set(leading.map(({ value }) => value));
  const missing = moved.filter((value) => !found.has(value));
  if (missing.length === 0) return leading;
  return [...leading, ...(await sumRows(view, { ...from, wanted: { ...others, values: missing } }))];
}

async function sumRows({ view, engine, scope }: View, { wanted, kind, plan }: FromRuns): Promise<readonly GroupSum[]> {
  if (plan.runs.length === 0) return [];
  const { detail } = wanted;
  const names = detail === 'few' ? COUNTS.filter((name) => FEW.includes(name)) : COUNTS;
  const sketches = detail === 'all' ? DISTRIBUTIONS : [];
  const group = groupColumn(wanted);
  const { rows } = await sql<Readonly<Record<string, string | number | null>>>`
    WITH run AS MATERIALIZED (${runsTable(engine, plan.runs)})
    SELECT run.part + (r.start_at - run.from_at) / run.step AS part, s.name AS value,
      ${sql.join(names.map((name) => sql`${sumOf(name)} AS ${sql.ref(name)}`))},
      ${exactText(COST_HIGH)} AS cost_high, ${exactText(COST_LOW)} AS cost_low
      ${sketches.length === 0 ? sql`` : sql`, ${sql.join(sketches.map((name) => joinedText(engine, name)))}`}
    FROM ${rowsOf(engine, sql`SELECT s.id, ${group} AS name FROM usage_series AS s WHERE ${seriesCondition(scope, wanted, kind)}`, detail === 'few' ? 'indexed' : 'all')}
    GROUP BY 1, 2 ${leadingOnly(wanted, names)}`.execute(view);
  const parts = rows.map((row) => ({
    part: Number(row['part']),
    value: row['value'] === null || row['value'] === undefined ? undefined : String(row['value']),
    measures: toMeasures(row),
  }));
  return shared(parts, plan.shares);
}

type PartSum = { readonly part: number; readonly value: string | undefined; readonly measures: Measures };

/** Parts put together to buckets. What was only taken away again is no group. */
function shared(parts: readonly PartSum[], shares: Plan['shares']): readonly GroupSum[] {
  const sums = new Map<string, GroupSum>();
  for (const { part, value, measures } of parts) {
    for (const { bucket, times } of shares.get(part) ?? []) {
      const key = `${bucket} ${value === undefined ? '' : `=${value}`}`;
      const sum = sums.get(key) ?? { value, bucket, measures: noMeasures() };
      addMeasures(sum.measures, measures, times);
      sums.set(key, sum);
    }
  }
  return [...sums.values()].filter(({ measures }) => !isNothing(measures));
}

/** Sums of money may be too large for an order by whole numbers; what is nearly equal is put in order later. */
function leadingOnly({ first }: SumsWanted, names: readonly string[]): RawBuilder<unknown> {
  if (first === undefined) return sql``;
  const [one, two] = [sql`SUM(run.times * CAST(r.cost_nano AS DOUBLE PRECISION))`, sumOf('requests')];
  const [leading, then] = first.by === 'cost' ? [one, two] : [two, one];
  // What was only taken away again is no group, and must not stand in the place of one.
  const sums = [sql`${COST_HIGH} * ${sql.lit(NANO_HALF)} + ${COST_LOW}`, ...names.map(sumOf)];
  const isGroup = sql.join(
    sums.map((sum) => sql`${sum} <> 0`),
    sql` OR `,
  );
  return sql`HAVING ${isGroup} ORDER BY COALESCE(${leading}, 0) DESC, COALESCE(${then}, 0) DESC, 2 LIMIT ${sql.lit(first.count)}`;
}

function sumOf(name: string): RawBuilder<unknown> {
  return sql`SUM(run.times * ${sql.ref(`r.${name}`)})`;
}

function toMeasures(row: Readonly<Record<string, string | number | null>>): Measures {
  const measures = noMeasures();
  for (const [index, name] of COUNTS.entries()) measures.counts[index] = wholeNumber(row[name] ?? 0);
  measures.costNano = BigInt(row['cost_high'] ?? 0) * BigInt(NANO_HALF) + BigInt(row['cost_low'] ?? 0);
  for (const [index, name] of DISTRIBUTIONS.entries()) {
    const texts = row[name];
    if (typeof texts !== 'string') continue;
    for (const text of texts.split(';')) {
      if (text.startsWith(TAKEN_AWAY)) mergeSketchText(sketchAt(measures, index), text.slice(TAKEN_AWAY.length), -1);
      else mergeSketchText(sketchAt(measures, index), text);
    }
  }
  return measures;
}

function joinedText(engine: Engine, name: string): RawBuilder<unknown> {
  const column = sql`CASE WHEN run.times < 0 THEN ${sql.lit(TAKEN_AWAY)} ELSE '' END || ${sql.ref(`r.${name}`)}`;
  return engine === 'sqlite'
    ? sql`group_concat(${column}, ';') AS ${sql.ref(name)}`
    : sql`string_agg(${column}, ';') AS ${sql.ref(name)}`;
}

function groupColumn({ groupBy, names }: SumsWanted): RawBuilder<unknown> {
  if (groupBy === undefined || groupBy === 'every_tag') return sql`NULL`;
  const column = sql.ref(`s.${COLUMN_OF[groupBy]}`);
  if (names === undefined) return column;
  const named = [...names].flatMap(([value, name]) =>
    name === undefined ? [] : [sql`WHEN ${value} THEN CAST(${name} AS TEXT)`],
  );
  return named.length === 0 ? sql`CAST(NULL AS TEXT)` : sql`CASE ${column} ${sql.join(named, sql` `)} END`;
}

function seriesCondition(scope: OrganizationScope, wanted: SumsWanted, kind: SeriesKind): RawBuilder<unknown> {
  const conditions = [
    sql`${ofOrganization(scope, 's')}`,
    sql`s.kind = ${kind}`,
    ...Object.entries(wanted.filters).map(([dimension, values]) =>
      // The keys of UsageFilters are dimensions.
      oneOf(sql.ref(`s.${COLUMN_OF[dimension as UsageDimension]}`), values),
    ),
  ];
  if (wanted.groupBy !== undefined && wanted.groupBy !== 'every_tag') {
    if (wanted.values !== undefined) conditions.push(oneOf(groupColumn(wanted), wanted.values));
    // What is too much to be kept apart is no value of its own.
    if (isFree(kind)) conditions.push(sql`s.is_other = 0`);
  }
  return sql.join(conditions, sql` AND `);
}

/** Records that are in no row yet. Those in a slice are read with the others there. */
async function sumWaiting(view: View, wanted: SumsWanted, slices: readonly Span[]): Promise<readonly GroupSum[]> {
  const isInSlice = (at: number): boolean => slices.some(({ fromMs, toMs }) => at >= fromMs && at < toMs);
  return await sumPages(wanted, (after) => readWaiting(view, spanOf(wanted.edges), after), isInSlice);
}

async function sumSlices(view: View, wanted: SumsWanted, slices: readonly Span[]): Promise<readonly GroupSum[]> {
  const sums: GroupSum[] = [];
  for (const slice of slices) {
    sums.push(...(await sumPages(wanted, (after) => readRecords(view, { span: slice, wanted, after }))));
  }
  return sums;
}

/** Records that are read one by one for a view, each once however many of its sums need them. */
type RecordsRead = { readonly max: number; readonly known: Map<string, readonly SummedRecord[]> };

/** @throws request.invalid for more than can be read record by record */
async function sumFromRecords(view: View, wanted: SumsWanted, read: RecordsRead): Promise<readonly GroupSum[]> {
  const span = spanOf(wanted.edges);
  if (span.toMs - span.fromMs > FROM_RECORDS_MAX_MS) throw tooMuch('for 31 days at most.');
  const name = JSON.stringify([span, wanted.filters]);
  const records = read.known.get(name) ?? (await readAll(view, { wanted, span, max: read.max }));
  read.known.set(name, records);
  return sumRecords(records, wanted);
}

async function readAll(
  view: View,
  { wanted, span, max }: { readonly wanted: SumsWanted; readonly span: Span; readonly max: number },
): Promise<readonly SummedRecord[]> {
  const records: SummedRecord[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await readRecords(view, { span, wanted, after });
    records.push(...page.map(toPendingRecord));
    if (records.length > max) throw tooMuch(`for ${max} requests at most; take less time or a narrower filter.`);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return records;
    after = { at: Number(last.started_at), id: last.id };
  }
}

function tooMuch(most: string): GatewayError {
  const message = `from: applications, tags and end users are looked into together with anything but projects ${most}`;
  return new GatewayError('request.invalid', { message, param: 'from' });
}

function spanOf(edges: readonly number[]): Span {
  return { fromMs: edges[0] ?? 0, toMs: edges.at(-1) ?? 0 };
}

type Position = { readonly at: number; readonly id: string };
type ReadPage = (after: Position | undefined) => Promise<readonly SummedRow[]>;

async function sumPages(
  wanted: SumsWanted,
  readPage: ReadPage,
  isLeftOut: (at: number) => boolean = () => false,
): Promise<readonly GroupSum[]> {
  const sums: GroupSum[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await readPage(after);
    const records: readonly SummedRecord[] = page.map(toPendingRecord);
    sums.push(
      ...sumRecords(
        records.filter(({ startedAt }) => !isLeftOut(startedAt)),
        wanted,
      ),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return sums;
    after = { at: Number(last.started_at), id: last.id };
  }
}

async function readWaiting(
  { view, scope }: View,
  span: Span,
  after: Position | undefined,
): Promise<readonly SummedRow[]> {
  const following = after === undefined ? sql`` : sql`AND (p.started_at, p.record_id) > (${after.at}, ${after.id})`;
  const { rows } = await sql<SummedRow>`SELECT ${summedColumns()}
    FROM (SELECT p.record_id FROM usage_pending AS p
      WHERE ${ofOrganization(scope, 'p')} AND p.started_at >= ${after?.at ?? span.fromMs} AND p.started_at < ${span.toMs} ${following}
      ORDER BY p.started_at, p.record_id LIMIT ${PAGE_ROWS}) AS p
    JOIN usage_records AS u ON u.id = p.record_id
    WHERE ${ofOrganization(scope, 'u')} ORDER BY u.started_at, u.id`.execute(view);
  return rows;
}

type RecordsWanted = { readonly span: Span; readonly wanted: SumsWanted; readonly after: Position | undefined };

async function readRecords(
  { view, scope }: View,
  { span, wanted, after }: RecordsWanted,
): Promise<readonly SummedRow[]> {
  const following = after === undefined ? sql`` : sql`AND (u.started_at, u.id) > (${after.at}, ${after.id})`;
  const narrowed = Object.entries(RECORD_COLUMNS).flatMap(([dimension, column]) => {
    // The keys of RECORD_COLUMNS are dimensions.
    const values = wanted.filters[dimension as UsageDimension];
    return values === undefined ? [] : [sql` AND ${oneOf(sql.ref(`u.${column}`), values)}`];
  });
  const { rows } = await sql<SummedRow>`SELECT ${summedColumns()} FROM usage_records AS u
    WHERE ${ofOrganization(scope, 'u')} AND u.started_at >= ${after?.at ?? span.fromMs} AND u.started_at < ${span.toMs}
      ${following} ${narrowed.length === 0 ? sql`` : sql.join(narrowed, sql` `)}
    ORDER BY u.started_at, u.id LIMIT ${PAGE_ROWS}`.execute(view);
  return rows;
}
