/**
 * The columns of usage_records and request_records in the order in which a record's values travel to the store. The
 * order is used by the SQLite worker, by the PostgreSQL statement and by the function that lays a record out.
 */
export type ColumnKind = 'text' | 'bigint' | 'double precision';

export const USAGE_COLUMNS = [
  ['id', 'text'],
  ['request_id', 'text'],
  ['organization_id', 'text'],
  ['project_id', 'text'],
  ['started_at', 'bigint'],
  ['member_id', 'text'],
  ['service_account_id', 'text'],
  ['key_id', 'text'],
  ['connection_id', 'text'],
  ['credential_id', 'text'],
  ['provider_id', 'text'],
  ['application', 'text'],
  ['end_user', 'text'],
  ['tags', 'text'],
  ['client_request_id', 'text'],
  ['traceparent', 'text'],
  ['operation', 'text'],
  ['streamed', 'bigint'],
  ['requested_model', 'text'],
  ['routed_model', 'text'],
  ['served_model', 'text'],
  ['input_tokens', 'bigint'],
  ['cached_input_tokens', 'bigint'],
  ['cache_write_5m_tokens', 'bigint'],
  ['cache_write_1h_tokens', 'bigint'],
  ['audio_input_tokens', 'bigint'],
  ['output_tokens', 'bigint'],
  ['reasoning_tokens', 'bigint'],
  ['audio_output_tokens', 'bigint'],
  ['image_input_tokens', 'bigint'],
  ['image_output_tokens', 'bigint'],
  ['images', 'bigint'],
  ['seconds', 'double precision'],
  ['characters', 'bigint'],
  ['tool_calls', 'bigint'],
  ['provider_cost_usd', 'text'],
  ['usage_basis', 'text'],
  ['cost_nano', 'bigint'],
  ['rate_card_id', 'text'],
  ['rate_card_version', 'bigint'],
  ['finish_reason', 'text'],
  ['status', 'text'],
  ['http_status', 'bigint'],
  ['error_code', 'text'],
  ['first_byte_ms', 'double precision'],
  ['duration_ms', 'double precision'],
  ['overhead_ms', 'double precision'],
  ['request_bytes', 'bigint'],
  ['response_bytes', 'bigint'],
  ['instance_id', 'text'],
  ['corrects', 'text'],
  ['made_as', 'text'],
  ['delivered_tokens', 'bigint'],
] as const satisfies readonly (readonly [string, ColumnKind])[];

export const REQUEST_COLUMNS = [
  ['id', 'text'],
  ['request_id', 'text'],
  ['organization_id', 'text'],
  ['project_id', 'text'],
  ['started_at', 'bigint'],
  ['attempts', 'text'],
  ['losses', 'text'],
  ['error_message', 'text'],
  ['user_agent', 'text'],
  ['client_address', 'text'],
  ['verdicts', 'text'],
] as const satisfies readonly (readonly [string, ColumnKind])[];

/** `INSERT INTO table (columns) ` for the columns given. */
export function insertInto(table: string, columns: readonly (readonly [string, ColumnKind])[]): string {
  return `INSERT INTO ${table} (${columns.map(([name]) => name).join(', ')}) `;
}

/**
 * A row without its NULLs: its shape, which says by one bit per column which ones have a value, then those values. Half
 * of a record's columns are usually NULL, and each value costs to send to another thread and to bind.
 */
export function packRow(row: readonly (string | number | null)[], into: (string | number | null)[]): void {
  const shapeAt = into.push(0) - 1;
  let shape = 0;
  let bit = 1;
  for (const value of row) {
    if (value !== null) {
      shape += bit;
      into.push(value);
    }
    bit *= 2;
  }
  into[shapeAt] = shape;
}

/** The columns of a shape. Fifty-two columns at most: a shape is a whole number below 2^53. */
export function columnsOf(
  shape: number,
  columns: readonly (readonly [string, ColumnKind])[],
): readonly (readonly [string, ColumnKind])[] {
  return columns.filter((_, index) => Math.floor(shape / 2 ** index) % 2 === 1);
}
