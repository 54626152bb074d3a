import type { ClientBase } from 'pg';
import { postgresText } from './engine.ts';
import { errorCode } from './errors.ts';
import type { ColumnKind } from './record-columns.ts';
import { insertInto, REQUEST_COLUMNS, USAGE_COLUMNS } from './record-columns.ts';
import type { RecordRow, RecordValue } from './record-rows.ts';

/** Prepared once per connection under this name; a changed statement needs a new one. */
const STATEMENT_NAME = 'hub_commit_records_6';

/** JSON has an escape in it where text has a control character, a NUL or a lone surrogate. */
const ESCAPE = '\\u';

/** What the statement below ends with when some of its records are there already and others are not. */
const SOME_ARE_THERE = '22012';

/**
 * One statement, so one transaction and one round trip: the batch travels as one JSON document. Request records are keyed
 * by the request, and usage records are inserted where those were new: for all, or for none. The role that runs this may
 * read nothing, not even which of its rows were new; it can count them, and a mixed batch ends in a division by zero.
 */
const COMMIT_SQL = `WITH input AS MATERIALIZED (SELECT value->0 AS u, value->1 AS r FROM jsonb_array_elements($1::jsonb) AS value),
  fresh AS (
    ${insertInto('request_records', REQUEST_COLUMNS)}
    SELECT ${fields('r', REQUEST_COLUMNS)} FROM input
    ON CONFLICT DO NOTHING
    RETURNING 1
  ),
  counts AS MATERIALIZED (SELECT (SELECT COUNT(*) FROM fresh) AS added, (SELECT COUNT(*) FROM input) AS given),
  queued AS (
    INSERT INTO usage_pending (organization_id, started_at, record_id)
    SELECT u->>${positionOf('organization_id')}, (u->>${positionOf('started_at')})::bigint, u->>${positionOf('id')} FROM input
    WHERE (SELECT added > 0 FROM counts)
    ON CONFLICT DO NOTHING
  )
  ${insertInto('usage_records', USAGE_COLUMNS)}
  SELECT ${fields('u', USAGE_COLUMNS)} FROM input
  WHERE (SELECT CASE added WHEN given THEN TRUE WHEN 0 THEN FALSE ELSE added / (added - added) > 0 END FROM counts)
  ON CONFLICT DO NOTHING`;

function positionOf(column: (typeof USAGE_COLUMNS)[number][0]): number {
  return USAGE_COLUMNS.findIndex(([name]) => name === column);
}

function fields(array: string, columns: readonly (readonly [string, ColumnKind])[]): string {
  return columns
    .map(([, kind], index) => (kind === 'text' ? `${array}->>${index}` : `(${array}->>${index})::${kind}`))
    .join(', ');
}

/**
 * Writes a batch in one synced transaction; rows that are there already are left alone. `begin` begins a transaction
 * where the connection cannot write records without one. After an error the connection is to be closed: it may be in one.
 */
export async function commitRecordsToPostgres(
  client: ClientBase,
  rows: readonly RecordRow[],
  begin: string | undefined,
): Promise<void> {
  try {
    if (begin === undefined) await insert(client, rows);
    else await insertEach(client, [rows], begin);
  } catch (thrown) {
    if (errorCode(thrown) !== SOME_ARE_THERE) throw thrown;
    if (begin !== undefined) await client.query('ROLLBACK');
    // Seldom: what is replayed after a crash may be there in part.
    const alone = rows.map((row) => [row]);
    await insertEach(client, alone, begin ?? 'BEGIN');
  }
}

async function insertEach(
  client: ClientBase,
  batches: readonly (readonly RecordRow[])[],
  begin: string,
): Promise<void> {
  await client.query(begin);
  for (const batch of batches) await insert(client, batch);
  await client.query('COMMIT');
}

async function insert(client: ClientBase, rows: readonly RecordRow[]): Promise<void> {
  let document = JSON.stringify(rows.map((row) => [row.usage, row.request]));
  if (document.includes(ESCAPE)) {
    document = JSON.stringify(rows.map((row) => [row.usage.map(storable), row.request.map(storable)]));
  }
  await client.query({ name: STATEMENT_NAME, text: COMMIT_SQL, values: [document] });
}

function storable(value: RecordValue): RecordValue {
  return typeof value === 'string' ? postgresText(value) : value;
}
