import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { RecordQuestion } from '../../records/ports.ts';

/** The model that a record is counted under: the one sent upstream, or what was asked for where nothing was sent. */
export const MODEL = sql<string>`COALESCE(usage_records.routed_model, usage_records.requested_model)`;
/** Columns that a text is looked for in. */
const SEARCHED = [
  'request_id',
  'client_request_id',
  'requested_model',
  'routed_model',
  'served_model',
  'application',
  'end_user',
  'tags',
  'error_code',
] as const;

/** The condition on `usage_records` that a filter is. */
export function matching(filter: RecordQuestion): RawBuilder<boolean> {
  const { projectIds, fromMs, toMs, text } = filter;
  const is = (column: RawBuilder<unknown>, value: string | undefined) =>
    value === undefined ? [] : [sql`${column} = ${value}`];
  const of = (column: string): RawBuilder<unknown> => sql.ref(`usage_records.${column}`);
  const conditions = [
    ...(projectIds === undefined ? [] : [oneOf(of('project_id'), projectIds)]),
    ...(fromMs === undefined ? [] : [sql`${of('started_at')} >= ${fromMs}`]),
    ...(toMs === undefined ? [] : [sql`${of('started_at')} < ${toMs}`]),
    ...is(of('key_id'), filter.keyId),
    ...is(MODEL, filter.model),
    ...is(of('provider_id'), filter.providerId),
    ...is(of('connection_id'), filter.connectionId),
    ...is(of('status'), filter.status),
    ...is(of('end_user'), filter.endUser),
    ...is(of('application'), filter.application),
    ...(text === undefined ? [] : [holding(text)]),
  ];
  return conditions.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`${sql.join(conditions, sql` AND `)}`;
}

/** Whether a column has one of the values; `undefined` is none at all. No engine takes an empty list. */
export function oneOf(column: RawBuilder<unknown>, values: readonly (string | undefined)[]): RawBuilder<boolean> {
  const named = values.filter((value) => value !== undefined);
  const isNamed = named.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`${column} IN (${sql.join(named)})`;
  return named.length === values.length ? isNamed : sql<boolean>`(${isNamed} OR ${column} IS NULL)`;
}

function holding(text: string): RawBuilder<boolean> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const each = SEARCHED.map((column) => sql`LOWER(${sql.ref(`usage_records.${column}`)}) LIKE ${pattern} ESCAPE '\\'`);
  return sql<boolean>`(${sql.join(each, sql` OR `)})`;
}
