import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { csvLine } from '../kernel/csv.ts';
import { idField } from './fields.ts';

/** Exports of any length: a page in memory at a time, as fast as the reader takes them. */

/** A link that a browser opens by itself carries no header. */
export const exportOrganizationField = idField
  .optional()
  .describe('The organization that the export is about, where the header `x-hub-organization` cannot be sent.');
export const exportFormatField = z.enum(['jsonl', 'csv']);
export type ExportFormat = z.output<typeof exportFormatField>;

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const;

/** A row as the API shows it, and its cells in the order of the columns. */
type Exported<Row> = {
  readonly name: string;
  readonly format: ExportFormat;
  /** Whether a spreadsheet is told that its CSV is UTF-8, which some take for another. */
  readonly hasByteOrderMark?: boolean;
  readonly columns: readonly string[];
  readonly cellsOf: (row: Row) => readonly unknown[];
  /** The rows after the last one that was given; none at the end. */
  readonly pageAfter: (last: Row | undefined) => Promise<readonly Row[]>;
};

/** Sends rows as a file to be saved. */
export function sendExport<Row>(reply: FastifyReply, exported: Exported<Row>): FastifyReply {
  const { name, format } = exported;
  return reply
    .type(TYPES[format])
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .send(Readable.from(linesOf(exported)));
}

async function* linesOf<Row>({
  format,
  hasByteOrderMark = false,
  columns,
  cellsOf,
  pageAfter,
}: Exported<Row>): AsyncGenerator<string> {
  if (format === 'csv') yield (hasByteOrderMark ? '\uFEFF' : '') + csvLine(columns);
  let last: Row | undefined;
  for (;;) {
    const rows = await pageAfter(last);
    if (rows.length === 0) return;
    yield rows.map((row) => (format === 'csv' ? csvLine(cellsOf(row)) : `${JSON.stringify(row)}\n`)).join('');
    last = rows.at(-1);
  }
}
