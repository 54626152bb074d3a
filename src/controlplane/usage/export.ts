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

/** What is not told of calls that are paid for with credit has no column, and what they were charged has one. */
const HIDDEN: ReadonlySet<string> = new Set([
  'provider_id',
  'connection_id',
  'routed_model',
  'served_model',
  'cost_usd',
  'rate_card_id',
  'rate_card_version',
]);

type ExportedRecords = {
  readonly format: ExportFormat;
  readonly seesCosts: boolean;
  readonly isCharged: boolean;
  readonly pageAfter: (lastId: string | undefined) => Promise<readonly Shown[]>;
};

/** Sends usage records as a file, newest first, of any length. */
export function exportRecords(
  reply: FastifyReply,
  { format, seesCosts, isCharged, pageAfter }: ExportedRecords,
): FastifyReply {
  const columns = [
    ...COLUMNS.filter((column) => seesCosts || !HIDDEN.has(column)),
    ...(isCharged ? (['charge'] as const) : []),
  ];
  return sendExport<Shown>(reply, {
    name: 'usage',
    format,
    columns: [...columns, ...COUNTS],
    cellsOf: (record) => [...columns.map((column) => record[column]), ...COUNTS.map((name) => record.usage[name])],
    pageAfter: (last) => pageAfter(last?.id),
  });
}
