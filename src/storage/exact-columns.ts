import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { type LedgerColumns, listedColumns } from './ledger-rows.ts';

/** Integers that may lie beyond 2^53 in queries that are built: they are read as text, so that they arrive exactly. */

export function exactText(expression: RawBuilder<unknown>): RawBuilder<string | null> {
  return sql<string | null>`CAST(${expression} AS TEXT)`;
}

/** Columns of the ledger, each amount as text; see `ReadRow`. */
export function ledgerColumns<Table>(columns: LedgerColumns<Table>, of: string): RawBuilder<unknown> {
  return sql.raw(listedColumns(columns, of));
}
