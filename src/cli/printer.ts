import type { Output } from './deps.ts';

/** One column of a table: its heading and what stands in it for a row. */
export type Column<Row> = {
  readonly heading: string;
  readonly value: (row: Row) => string | number | undefined;
  readonly align?: 'left' | 'right';
};

/** How a command answers: JSON for scripts, text for people. */
export type Printer = {
  readonly format: 'json' | 'text';
  /** The answer as JSON, in one piece; only in `json`. */
  readonly json: (value: unknown) => void;
  /** A line of text; only in `text`. */
  readonly line: (text?: string) => void;
  /** Aligned columns, or the sentence given when there are no rows; only in `text`. */
  readonly table: <Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string) => void;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
};

const CELL_CHARS_MAX = 60;

export function createPrinter(
  out: Output,
  options: { readonly format: 'json' | 'text'; readonly colours: 'on' | 'off' },
): Printer {
  const paint = (code: number) => (text: string) =>
    options.colours === 'on' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const isText = options.format === 'text';
  const line = (text = '') => {
    if (isText) out.write(`${text}\n`);
  };
  const faint = paint(2);
  return {
    format: options.format,
    json: (value) => {
      if (!isText) out.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    line,
    table: (rows, columns, empty) => {
      if (rows.length === 0) return line(empty);
      for (const [index, text] of tableLines(rows, columns).entries()) line(index === 0 ? faint(text) : text);
    },
    good: paint(32),
    bad: paint(31),
    faint,
  };
}

/** Colours are for a terminal whose owner did not switch them off. @see https://no-color.org */
export function coloursFor(out: Output, environment: Readonly<Record<string, string | undefined>>): 'on' | 'off' {
  return out.isTerminal && (environment['NO_COLOR'] ?? '') === '' ? 'on' : 'off';
}

/** The lines of a table, its headings first. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => toCell(column.value(row))));
  const widths = columns.map((column, index) =>
    Math.max(column.heading.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const write = (line: readonly string[]) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [write(columns.map((column) => column.heading)), ...cells.map(write)];
}

/** Control characters of a foreign text must not reach the terminal. */
function toCell(value: string | number | undefined): string {
  const text = value === undefined ? '-' : String(value).replaceAll(/\p{Cc}/gu, '�');
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text;
}
