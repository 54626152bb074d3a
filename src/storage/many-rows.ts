import type { Engine } from './engine.ts';
import type { PackedValue } from './rollup-columns.ts';

/**
 * A statement that is done for each of many rows of values: one after the other by SQLite's thread, which binds them as
 * they are; in one go on PostgreSQL, which takes each column as an array. Its text is always the same, so that nothing is
 * built, compiled or parsed anew for a call.
 */
export type ManyRows = {
  readonly sql: string;
  /** Values in each row. */
  readonly width: number;
  readonly rows: readonly (readonly PackedValue[])[];
  /** The place of an earlier statement of the same list: only rows that begin with what it has found are done. */
  readonly foundBy?: number;
  /**
   * PostgreSQL plans it for each run. It is for what is read in an order: a plan that was made while the table was small
   * may walk through all of it in that order.
   */
  readonly isPlannedAnew?: true;
};

/** What a statement finds: for all rows together, each a list of values. */
export type FoundRows = readonly (readonly unknown[])[];

export type ColumnType = 'TEXT' | 'BIGINT' | 'NANO';
export type Columns = readonly (readonly [name: string, type: ColumnType])[];

/** The same statement for whatever rows. */
export type ForRows = (rows: ManyRows['rows']) => ManyRows;

/** `conflict` comes after the values; `extra` is written into every row besides, as SQL. */
export function insertRows(
  engine: Engine,
  table: string,
  columns: Columns,
  {
    extra = [],
    conflict = '',
  }: { readonly extra?: readonly (readonly [string, string])[]; readonly conflict?: string } = {},
): ForRows {
  const names = [...columns, ...extra].map(([name]) => name).join(', ');
  const constants = extra.map(([, value]) => value);
  const into = `INSERT INTO ${table} (${names})`;
  const given =
    engine === 'sqlite'
      ? `VALUES (${[...columns.map(() => '?'), ...constants].join(', ')})`
      : `SELECT ${[...columns.map(([name]) => `given.${name}`), ...constants].join(', ')} FROM ${arrays(columns)} WHERE TRUE`;
  return forRows(`${into} ${given} ${conflict}`, columns.length);
}

/** Rows begin with what is changed, and end with the id. */
export function updateRows(engine: Engine, table: string, changed: Columns): ForRows {
  const width = changed.length + 1;
  if (engine === 'sqlite') {
    return forRows(`UPDATE ${table} SET ${changed.map(([name]) => `${name} = ?`).join(', ')} WHERE id = ?`, width);
  }
  const assigned = changed.map(([name]) => `${name} = given.${name}`).join(', ');
  const given = arrays([...changed, ['id', 'TEXT']]);
  return forRows(`UPDATE ${table} AS t SET ${assigned} FROM ${given} WHERE t.id = given.id`, width);
}

/** `build` says what is done where a text is as given: `= ?`, or among all of them. */
export function forTexts(engine: Engine, build: (isGiven: string) => string): ForRows {
  return forRows(build(engine === 'sqlite' ? '= ?' : '= ANY ($1::text[])'), 1);
}

/** The same statement, planned anew for each run; see {@link ManyRows}. */
export function plannedAnew(build: ForRows): ForRows {
  return (rows) => ({ ...build(rows), isPlannedAnew: true });
}

/** The rows of a statement that are to be done after what the statements before it have found. */
export function wantedRows({ rows, foundBy }: ManyRows, found: readonly FoundRows[]): ManyRows['rows'] {
  if (foundBy === undefined) return rows;
  const ids = new Set((found[foundBy] ?? []).map(([id]) => id));
  return ids.size === 0 ? [] : rows.filter(([id]) => ids.has(id));
}

/** One that has no values, and is done once. */
export function once(sql: string): ManyRows {
  return { sql, width: 0, rows: [[]] };
}

function forRows(sql: string, width: number): ForRows {
  return (rows) => ({ sql, width, rows });
}

function arrays(columns: Columns): string {
  const given = columns.map(([, type], index) => `$${index + 1}::${type === 'TEXT' ? 'text' : 'bigint'}[]`);
  return `unnest(${given.join(', ')}) AS given (${columns.map(([name]) => name).join(', ')})`;
}
