import { sql } from 'kysely';
import type { Engine } from '../engine.ts';
import type { PackedValue } from '../rollup-columns.ts';

/**
 * A list of rows as a table, `wanted`, in as many parameters however long it is: JSON for SQLite; for PostgreSQL, which
 * takes much longer to get values out of JSON, an array for each column.
 */
export function listOf(engine: Engine, types: readonly string[], rows: readonly (readonly PackedValue[])[]) {
  if (engine === 'sqlite') {
    return {
      table: sql`json_each(${JSON.stringify(rows)}) AS wanted`,
      item: (index: number) => sql`CAST(wanted.value ->> ${sql.lit(index)} AS ${sql.raw(types[index] ?? 'TEXT')})`,
    };
  }
  const arrays = types.map((type, index) => sql`CAST(${rows.map((row) => row[index] ?? null)} AS ${sql.raw(type)}[])`);
  const names = types.map((_, index) => sql.ref(`c${index}`));
  return {
    table: sql`unnest(${sql.join(arrays)}) AS wanted (${sql.join(names)})`,
    item: (index: number) => sql.ref(`wanted.c${index}`),
  };
}
