import type { Explored } from '../../usage/measures.ts';

type Group = Explored['groups'][number];

/** A cell that a spreadsheet would take for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;

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
  const rows = [
    [title, ...columns],
    ...groups.map((group) => [titleOf(group), ...columns.map((column) => String(group.totals[column]))]),
  ];
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n');
  // The mark at the beginning has spreadsheets read it as UTF-8.
  const url = URL.createObjectURL(new Blob([`\uFEFF${text}\r\n`], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `usage-${from.slice(0, 10)}-${to.slice(0, 10)}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}

function cell(value: string): string {
  const safe = FORMULA.test(value) && !/^-?[\d.]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
