import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { TOKEN_CLASSES } from '../../protocol/rate-card.ts';
import type { ExportFormat } from '../exports.ts';
import { sendExport } from '../exports.ts';
import type { toUsageRecord, usageRecordSchema } from './schema.ts';

type Shown = ReturnType<typeof toUsageRecord>;

/** The columns of an export as CSV; the counts stand beside the rest of the record. */
const COLUMNS = [
  'started_at',
  'request_id',
  'status',
  'http_status',
  'error_code',
  'operation',
  'requested_model',
  'routed_model',
  'served_model',
  'provider_id',
  'connection_id',
  'project_id',
  'key_id',
  'member_id',
  'service_account_id',
  'application',
  'end_user',
  'tags',
  'streamed',
  'cost_usd',
  'priced',
  'usage_basis',
  'rate_card_id',
  'rate_card_version',
  'first_byte_ms',
  'duration_ms',
  'overhead_ms',
  'client_request_id',
] as const satisfies readonly (keyof z.output<typeof usageRecordSchema>)[];

const COUNTS = [
  ...TOKEN_CLASSES,
  'images',
  'seconds',
  'characters',
  'tool_calls',
] as const satisfies readonly (keyof Shown['usage'])[];

/** Sends usage records as a file, newest first, of any length. */
export function exportRecords(
  reply: FastifyReply,
  format: ExportFormat,
  pageAfter: (lastId: string | undefined) => Promise<readonly Shown[]>,
): FastifyReply {
  return sendExport<Shown>(reply, {
    name: 'usage',
    format,
    columns: [...COLUMNS, ...COUNTS],
    cellsOf: (record) => [...COLUMNS.map((column) => record[column]), ...COUNTS.map((name) => record.usage[name])],
    pageAfter: (last) => pageAfter(last?.id),
  });
}
