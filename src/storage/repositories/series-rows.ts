import type { RawBuilder, Transaction } from 'kysely';
import { sql } from 'kysely';
import { type Engine, NANO_HALF } from '../engine.ts';
import { INDEXED_SUMS, LEVELS, type Level } from '../rollup-columns.ts';
import type { Schema } from '../schema.ts';
import type { Run } from '../usage-plan.ts';
import { listOf } from './listed-rows.ts';

/**
 * What the planner is to leave alone, that it is not worth a worker or a compiler for some milliseconds, and memory enough
 * to group tens of thousands of values without sorting them.
 */
const PLANNER = [
  ['enable_seqscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_mergejoin', 'off'],
  ['enable_bitmapscan', 'off'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  ['work_mem', '64MB'],
] as const;

/**
 * For a transaction whose reads all go by keys that have been worked out: PostgreSQL's planner cannot know how few rows
 * that is. SQLite needs none of it.
 */
export async function preferIndexes(transaction: Transaction<Schema>, engine: Engine): Promise<void> {
  if (engine === 'sqlite') return;
  await sql`SELECT ${sql.join(PLANNER.map(([name, value]) => sql`set_config(${name}, ${value}, true)`))}`.execute(
    transaction,
  );
}

/** The stretches of time that rows are read from, as a table. */
export function runsTable(engine: Engine, runs: readonly Run[]): RawBuilder<unknown> {
  const rows = runs.map(({ level, fromMs, toMs, part, stepMs, times }) => [level, fromMs, toMs, part, stepMs, times]);
  return numbersTable(engine, ['level', 'from_at', 'to_at', 'part', 'step', 'times'], rows);
}

/** Rows of whole numbers as a table. */
export function numbersTable(
  engine: Engine,
  names: readonly string[],
  rows: readonly (readonly number[])[],
): RawBuilder<unknown> {
  const types = names.map(() => 'BIGINT');
  const { table, item } = listOf(engine, types, rows);
  const columns = names.map((name, index) => sql`${item(index)} AS ${sql.ref(name)}`);
  return sql`SELECT ${sql.join(columns)} FROM ${table}`;
}

/**
 * A number and the few numbers of a row, for `readFewTexts`: one text for many rows is moved between threads and processes
 * in a third of the time that the rows take.
 */
export function fewText(key: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`concat(${key}, ' ', r.requests, ' ', r.failed, ' ', r.input_tokens, ' ', r.output_tokens, ' ',
    r.cost_nano / ${sql.lit(NANO_HALF)}, ' ', r.cost_nano % ${sql.lit(NANO_HALF)})`;
}

/** Columns and levels of the index `usage_rollups_long`, which PostgreSQL has. */
const INDEXED_COLUMNS = ['start_at', ...INDEXED_SUMS] as const;
const LONG: readonly Level[] = [LEVELS.day, LEVELS.month];

/**
 * The rows of each series in each run of a table `run`, found by their key. Both engines are told the order of the loops;
 * PostgreSQL, which cannot know how short the runs are, would rather read whole series. There `OFFSET 0` keeps each part
 * as it is written.
 * Where no other columns are needed than those that the index of days and months holds, it is read instead of the rows.
 */
export function rowsOf(
  engine: Engine,
  series: RawBuilder<unknown>,
  needs: 'all' | 'indexed' = 'all',
): RawBuilder<unknown> {
  if (engine === 'sqlite') {
    return sql`(${series}) AS s CROSS JOIN run CROSS JOIN usage_rollups AS r
      WHERE r.series_id = s.id AND r.level = run.level AND r.start_at >= run.from_at AND r.start_at < run.to_at`;
  }
  const columns = needs === 'all' ? sql`r.*` : sql.join(INDEXED_COLUMNS.map((name) => sql.ref(`r.${name}`)));
  const rows = sql`SELECT ${columns} FROM usage_rollups AS r WHERE r.series_id = s.id AND r.level = run.level
      AND r.start_at >= run.from_at AND r.start_at < run.to_at`;
  const isLong = (level: string): RawBuilder<unknown> =>
    sql`${sql.ref(level)} IN (${sql.join(LONG.map((each) => sql.lit(each)))})`;
  const found =
    needs === 'all'
      ? rows
      : sql`${rows} AND ${isLong('run.level')} AND ${isLong('r.level')}
        UNION ALL ${rows} AND NOT ${isLong('run.level')}`;
  return sql`(${series} OFFSET 0) AS s CROSS JOIN run CROSS JOIN LATERAL (${found} OFFSET 0) AS r`;
}
