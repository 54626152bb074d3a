/** What a spreadsheet would take for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A line of RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A record of a CSV file, with the line of the file on which it begins. */
export type CsvRecord = { readonly line: number; readonly cells: readonly string[] };

/** What makes a text no CSV, and on which line. */
export type CsvFault = { readonly line: number; readonly fault: 'open_quote' | 'stray_quote' };

/**
 * Reads the records of RFC 4180, whatever the lines end in; a byte order mark before them and lines without anything in them
 * are left out.
 */
export function parseCsv(text: string): readonly CsvRecord[] | CsvFault {
  const reader = new CsvReader(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const records: CsvRecord[] = [];
  while (!reader.isAtEnd) {
    const record = reader.record();
    if ('fault' in record) return record;
    if (record.cells.length > 1 || record.cells[0] !== '') records.push(record);
  }
  return records;
}

const LINE_END = /\r\n|\r|\n/g;
/** The cell's own characters, where it is not in quotes. */
const PLAIN_CELL = /[^",\r\n]*/y;
const QUOTED_CELL = /"([^"]*(?:""[^"]*)*)"(?!")/y;

class CsvReader {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  record(): CsvRecord | CsvFault {
    const line = this.#line;
    const cells: string[] = [];
    for (;;) {
      const cell = this.#cell();
      if (typeof cell !== 'string') return cell;
      cells.push(cell);
      if (this.#take(',')) continue;
      if (this.isAtEnd || this.#take('\r\n') || this.#take('\n') || this.#take('\r')) break;
      return { line: this.#line, fault: 'stray_quote' };
    }
    this.#line += 1;
    return { line, cells };
  }

  #cell(): string | CsvFault {
    if (this.#text[this.#at] !== '"') return this.#match(PLAIN_CELL)?.[0] ?? '';
    const quoted = this.#match(QUOTED_CELL)?.[1];
    if (quoted === undefined) return { line: this.#line, fault: 'open_quote' };
    this.#line += quoted.match(LINE_END)?.length ?? 0;
    return quoted.replaceAll('""', '"');
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  #take(characters: string): boolean {
    if (!this.#text.startsWith(characters, this.#at)) return false;
    this.#at += characters.length;
    return true;
  }
}
