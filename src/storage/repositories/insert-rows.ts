import type { RawBuilder, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Engine } from '../engine.ts';
import type { PackedValue } from '../rollup-columns.ts';
import type { Schema } from '../schema.ts';
import { forEachRow } from '../sqlite-dialect.ts';
import { statementParts } from '../statement-parts.ts';
import { listOf } from './listed-rows.ts';

/** Rows in one statement, where a list is one parameter for each column. */
export const LISTED_ROWS_MAX = 2000;

type Inserting = {
  readonly engine: Engine;
  readonly table: keyof Schema;
  readonly columns: readonly (readonly [string, string])[];
  /** Rows of the same key are overwritten. */
  readonly key: readonly string[] | undefined;
  readonly rows: readonly (readonly PackedValue[])[];
};

/** Inserts many rows, or overwrites those of the same key. */
export async function insertRows(
  transaction: Transaction<Schema>,
  { engine, table, columns, key, rows }: Inserting,
): Promise<void> {
  const names = columns.map(([name]) => sql.ref(name));
  const changed = columns.filter(([name]) => key?.includes(name) === false);
  const overwritten = changed.map(([name]) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`);
  const keyed = key?.map((name) => sql.ref(name));
  const conflict =
    keyed === undefined ? sql`` : sql`ON CONFLICT (${sql.join(keyed)}) DO UPDATE SET ${sql.join(overwritten)}`;
  if (engine === 'sqlite') return await insertBound(transaction, { table, columns, overwrite: conflict, rows });
  for (const part of statementParts(rows, LISTED_ROWS_MAX)) {
    const added = listOf(
      engine,
      columns.map(([, type]) => type),
      part,
    );
    const values = columns.map((_, index) => added.item(index));
    await sql`INSERT INTO ${sql.table(table)} (${sql.join(names)})
      SELECT ${sql.join(values)} FROM ${added.table} WHERE TRUE ${conflict}`.execute(transaction);
  }
}

type Binding = Pick<Inserting, 'table' | 'columns' | 'rows'> & { readonly overwrite: RawBuilder<unknown> };

/** Values that are bound one by one cost SQLite a third of what it takes to get them out of JSON. */
async function insertBound(
  transaction: Transaction<Schema>,
  { table, columns, overwrite, rows }: Binding,
): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.map(([name]) => name).join(', ');
  const values = columns.map(() => '?').join(', ');
  const text = `INSERT INTO ${table} (${names}) VALUES (${values}) ${overwrite.compile(transaction).sql}`;
  for (const part of statementParts(rows, LISTED_ROWS_MAX)) await transaction.executeQuery(forEachRow(text, part));
}

/** Deletes rows by their key, which is all of their columns that are named. */
export async function deleteRows(
  transaction: Transaction<Schema>,
  { engine, table, columns, rows }: Omit<Inserting, 'key'>,
): Promise<void> {
  const names = columns.map(([name]) => name);
  const ofRow = `DELETE FROM ${table} WHERE ${names.map((name) => `${name} = ?`).join(' AND ')}`;
  for (const part of statementParts(rows, LISTED_ROWS_MAX)) {
    if (engine === 'sqlite') await transaction.executeQuery(forEachRow(ofRow, part));
    else {
      const types = columns.map(([, type]) => type);
      const given = listOf(engine, types, part);
      const values = columns.map((_, index) => given.item(index));
      await sql`DELETE FROM ${sql.table(table)} WHERE (${sql.join(names.map((name) => sql.ref(name)))}) IN (
        SELECT ${sql.join(values)} FROM ${given.table})`.execute(transaction);
    }
  }
}
