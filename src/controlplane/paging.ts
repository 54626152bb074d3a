import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';

/** Rows in one answer. */
const PAGE_LIMIT_MAX = 500;
const PAGE_LIMIT_DEFAULT = 100;
const CURSOR_CHARS_MAX = 512;

/** The query fields of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(CURSOR_CHARS_MAX).optional().describe('`next_cursor` of the page before.'),
};

export const pageQuerySchema = z.strictObject(pageQuery);

/** A page of rows; `next_cursor` is there when more follow. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.strictObject({ data: z.array(row), next_cursor: z.string().optional() });
}

/** Rows of which one more than asked for was read: that one tells whether another page follows. */
export function endPage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly nextCursor: string | undefined } {
  const page = rows.slice(0, limit);
  return { rows: page, nextCursor: rows.length > limit ? page.at(-1)?.id : undefined };
}

/**
 * Cuts one page out of a list that is whole in memory.
 * @throws request.invalid when the row that the cursor names is gone
 */
export function cutPage<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly rows: readonly Row[]; readonly nextCursor: string | undefined } {
  const after = page.cursor === undefined ? -1 : rows.findIndex((row) => idOf(row) === page.cursor);
  if (page.cursor !== undefined && after === -1) {
    throw new GatewayError('request.invalid', {
      message: 'cursor: the list has changed since that page.',
      param: 'cursor',
    });
  }
  const cut = rows.slice(after + 1, after + 1 + page.limit);
  const last = cut.at(-1);
  const more = after + 1 + cut.length < rows.length;
  return { rows: cut, nextCursor: more && last !== undefined ? idOf(last) : undefined };
}

/**
 * Reads one page of a list that the store cuts, in the order of ids. One row more than the page has is asked for, which
 * tells whether another page follows.
 */
export async function readPage<Row extends { readonly id: string }>(
  page: { readonly limit: number; readonly cursor?: string | undefined },
  read: (wanted: { readonly limit: number; readonly afterId: string | undefined }) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[]; readonly nextCursor: string | undefined }> {
  const found = await read({ limit: page.limit + 1, afterId: page.cursor });
  const rows = found.slice(0, page.limit);
  return { rows, nextCursor: found.length > rows.length ? rows.at(-1)?.id : undefined };
}
