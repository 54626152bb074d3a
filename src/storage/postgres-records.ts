import type { Pool } from 'pg';
import { postgresText } from './engine.ts';
import type { ColumnKind } from './record-columns.ts';
import { insertInto, REQUEST_COLUMNS, USAGE_COLUMNS } from './record-columns.ts';
import type { RecordRow, RecordValue } from './record-rows.ts';

/** Prepared once per connection under this name; a changed statement needs a new one. */
const STATEMENT_NAME = 'hub_commit_records_2';

/** JSON has an escape in it where text has a control character, a NUL or a lone surrogate. */
const ESCAPE = '\\u';

/**
 * One statement, so one transaction and one round trip: the batch travels as one JSON document. Request records are keyed
 * by the request, and usage records are inserted where those were new.
 */
const COMMIT_SQL = `WITH input AS MATERIALIZED (SELECT value->0 AS u, value->1 AS r FROM jsonb_array_elements($1::jsonb) AS value),
  fresh AS (
    ${insertInto('request_records', REQUEST_COLUMNS)}
    SELECT ${fields('r', REQUEST_COLUMNS)} FROM input
    ON CONFLICT DO NOTHING
    RETURNING id
  )
  ${insertInto('usage_records', USAGE_COLUMNS)}
  SELECT ${fields('u', USAGE_COLUMNS)} FROM input WHERE u->>0 IN (SELECT id FROM fresh)
  ON CONFLICT DO NOTHING`;

function fields(array: string, columns: readonly (readonly [string, ColumnKind])[]): string {
  return columns
    .map(([, kind], index) => (kind === 'text' ? `${array}->>${index}` : `(${array}->>${index})::${kind}`))
    .join(', ');
}

/** Writes a batch in one synced transaction; rows that are there already are left alone. */
export async function commitRecordsToPostgres(pool: Pool, rows: readonly RecordRow[]): Promise<void> {
  let document = JSON.stringify(rows.map((row) => [row.usage, row.request]));
  if (document.includes(ESCAPE)) {
    document = JSON.stringify(rows.map((row) => [row.usage.map(storable), row.request.map(storable)]));
  }
  await pool.query({ name: STATEMENT_NAME, text: COMMIT_SQL, values: [document] });
}

function storable(value: RecordValue): RecordValue {
  return typeof value === 'string' ? postgresText(value) : value;
}
