import { saveCsv } from '../../ui/save-csv.ts';
import type { Explored } from '../../usage/measures.ts';

type Group = Explored['groups'][number];

const COLUMNS = [
  'requests',
  'failed_requests',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_usd',
] as const;

/** Saves the table of the page as a file that spreadsheets open. */
export function downloadTable(
  { from, to, groups }: Explored,
  { title, titleOf }: { readonly title: string; readonly titleOf: (group: Group) => string },
): void {
  const columns = COLUMNS.filter((column) => groups.every(({ totals }) => totals[column] !== undefined));
  saveCsv(`usage-${from.slice(0, 10)}-${to.slice(0, 10)}.csv`, [
    [title, ...columns],
    ...groups.map((group) => [titleOf(group), ...columns.map((column) => String(group.totals[column]))]),
  ]);
}
