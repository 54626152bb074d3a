import type { RawBuilder, Transaction } from 'kysely';
import { sql } from 'kysely';
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
import type { GroupSum, SumsWanted, UsageDimension } from '../../protocol/usage-sums.ts';
import type { Engine } from '../engine.ts';
import { joinHalves, NANO_HALF, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { COLUMN_OF, isFree, type SeriesKind } from '../rollup-cells.ts';
import { INDEXED_SUMS } from '../rollup-columns.ts';
import type { Schema } from '../schema.ts';
import type { Plan, Run } from '../usage-plan.ts';
import { listOf } from './listed-rows.ts';
import { oneOf } from './record-filter.ts';
import { rowsOf, runsTable } from './series-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

const COST_HIGH = sql`SUM(run.times * (r.cost_nano / ${sql.lit(NANO_HALF)}))`;
const COST_LOW = sql`SUM(run.times * (r.cost_nano % ${sql.lit(NANO_HALF)}))`;
/** Before a histogram whose counts are to be taken away. */
const TAKEN_AWAY = '-';
const FEW: readonly string[] = INDEXED_SUMS;

/** One state of the store, read for an organization. */
export type View = { readonly view: Transaction<Schema>; readonly engine: Engine; readonly scope: OrganizationScope };

/** What is to be read from the rows of one kind of series. */
export type FromRows = {
  readonly wanted: SumsWanted;
  readonly kind: SeriesKind;
  readonly plan: Pick<Plan, 'runs' | 'shares'>;
  /** Leaves out all other series. */
  readonly only?: readonly number[] | undefined;
};

/** Sums from the rows of a plan, by group and bucket. */
export async function sumRows(
  { view, engine, scope }: View,
  { wanted, kind, plan, only }: FromRows,
): Promise<readonly GroupSum[]> {
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
      ${sketches.length === 0 ? sql`` : sql`, ${sql.join(sketches.map((name) => joinedText(name)))}`}
    FROM ${rowsOf(engine, sql`SELECT s.id, ${group} AS name FROM usage_series AS s WHERE ${seriesCondition(scope, wanted, kind)} ${amongOnly(engine, only)}`, detail === 'few' ? 'indexed' : 'all')}
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
  measures.costNano = joinHalves(row['cost_high'], row['cost_low']);
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

function joinedText(name: string): RawBuilder<unknown> {
  const sign = sql`CASE WHEN run.times < 0 THEN ${sql.lit(TAKEN_AWAY)} ELSE '' END`;
  return sql`string_agg(${sign} || ${sql.ref(`r.${name}`)}, ';') AS ${sql.ref(name)}`;
}

/** What the groups of a question are called. */
export function groupColumn({ groupBy, names }: SumsWanted): RawBuilder<unknown> {
  if (groupBy === undefined || groupBy === 'every_tag') return sql`NULL`;
  const column = sql.ref(`s.${COLUMN_OF[groupBy]}`);
  if (names === undefined) return column;
  const named = [...names].flatMap(([value, name]) =>
    name === undefined ? [] : [sql`WHEN ${value} THEN CAST(${name} AS TEXT)`],
  );
  return named.length === 0 ? sql`CAST(NULL AS TEXT)` : sql`CASE ${column} ${sql.join(named, sql` `)} END`;
}

/** Which series a question is about. */
export function seriesCondition(scope: OrganizationScope, wanted: SumsWanted, kind: SeriesKind): RawBuilder<unknown> {
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

/**
 * The runs in which the organization has any sum: what everything together lacks, no series has. To look into each of
 * thousands of series for what is still to come takes longer than to ask once.
 */
export async function usedRuns({ view, engine, scope }: View, runs: readonly Run[]): Promise<readonly Run[]> {
  if (runs.length <= 1) return runs;
  const { rows } = await sql<{ level: number | string; from_at: number | string }>`
    WITH run AS MATERIALIZED (${runsTable(engine, runs)})
    SELECT run.level, run.from_at FROM run WHERE EXISTS (
      SELECT 1 FROM usage_series AS s JOIN usage_rollups AS r ON r.series_id = s.id
      WHERE ${ofOrganization(scope, 's')} AND s.kind = 'all' AND r.level = run.level
        AND r.start_at >= run.from_at AND r.start_at < run.to_at)`.execute(view);
  const used = new Set(rows.map((row) => `${row.level} ${row.from_at}`));
  return runs.filter(({ level, fromMs }) => used.has(`${level} ${fromMs}`));
}

/** Leaves out all series but these, where any are named. */
export function amongOnly(engine: Engine, only: readonly number[] | undefined): RawBuilder<unknown> {
  if (only === undefined) return sql``;
  const wanted = listOf(
    engine,
    ['BIGINT'],
    only.map((id) => [id]),
  );
  return sql`AND s.id IN (SELECT ${wanted.item(0)} FROM ${wanted.table})`;
}
