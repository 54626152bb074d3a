import type Database from 'better-sqlite3';
import type { ColumnKind } from './record-columns.ts';
import { columnsOf, insertInto, REQUEST_COLUMNS, USAGE_COLUMNS } from './record-columns.ts';
import type { SqliteValue } from './sqlite-messages.ts';

/** Combinations of columns with a value; in practice a few dozen occur. */
const SHAPES_MAX = 256;

type InsertPacked = (packed: readonly SqliteValue[]) => void;
export type RecordWrites = {
  /** Within the transaction under way. */
  readonly insert: InsertPacked;
  /** In a transaction of its own. */
  readonly commit: InsertPacked;
};

/** The hot write. The request record is keyed by the request; the usage record goes in where it was new. */
export function prepareRecords(database: Database.Database): RecordWrites {
  const usageInserts = createInserts(database, 'usage_records', USAGE_COLUMNS);
  const requestInserts = createInserts(database, 'request_records', REQUEST_COLUMNS);
  const queue = database.prepare<[SqliteValue, SqliteValue, SqliteValue]>(
    'INSERT INTO usage_pending (organization_id, started_at, record_id) VALUES (?, ?, ?)',
  );
  const insert: InsertPacked = (packed) => {
    for (let index = 0; index < packed.length; ) {
      const usage = usageInserts(packed[index]);
      const usageEnd = index + 1 + usage.columns;
      const request = requestInserts(packed[usageEnd]);
      const requestEnd = usageEnd + 1 + request.columns;
      const { changes } = request.statement.run(packed.slice(usageEnd + 1, requestEnd));
      if (changes > 0) {
        const values = packed.slice(index + 1, usageEnd);
        const isNew = usage.statement.run(values).changes > 0;
        // The columns that are never NULL come first: every shape has these three in these places.
        const [id, , organizationId, , startedAt] = values;
        if (isNew) queue.run(organizationId ?? null, startedAt ?? null, id ?? null);
      }
      index = requestEnd;
    }
  };
  const alone = database.transaction(insert);
  return { insert, commit: (packed) => alone.immediate(packed) };
}

type Insert = { readonly statement: Database.Statement<[readonly SqliteValue[]]>; readonly columns: number };

/** The inserts into one table by shape, each prepared when it is first met. */
function createInserts(
  database: Database.Database,
  table: string,
  columns: readonly (readonly [string, ColumnKind])[],
): (shape: SqliteValue | undefined) => Insert {
  const inserts = new Map<number, Insert>();
  return (shape) => {
    if (typeof shape !== 'number') throw new Error(`a packed row of ${table} has no shape`);
    const known = inserts.get(shape);
    if (known !== undefined) return known;
    if (inserts.size >= SHAPES_MAX) inserts.clear();
    const present = columnsOf(shape, columns);
    const values = present.map(() => '?').join(', ');
    const sql = `${insertInto(table, present)} VALUES (${values}) ON CONFLICT DO NOTHING`;
    const insert = { statement: database.prepare<[readonly SqliteValue[]]>(sql), columns: present.length };
    inserts.set(shape, insert);
    return insert;
  };
}
