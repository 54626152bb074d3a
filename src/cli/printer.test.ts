import { expect, it } from 'vitest';
import { coloursFor, createPrinter, tableLines } from './printer.ts';

it('aligns columns, marks what is missing, and lets no control character through', () => {
  const rows = [
    { name: 'a', count: 5 },
    { name: 'long\u001b[31m', count: undefined },
  ];
  expect(
    tableLines(rows, [
      { heading: 'NAME', value: (row) => row.name },
      { heading: 'N', value: (row) => row.count, align: 'right' },
    ]),
  ).toEqual(['NAME       N', 'a          5', 'long�[31m  -']);
});

it.each([
  [true, {}, 'on'],
  [false, {}, 'off'],
  [true, { NO_COLOR: '1' }, 'off'],
  [true, { NO_COLOR: '' }, 'on'],
] as const)('on a terminal %s with %j colours are %s', (isTerminal, environment, colours) => {
  expect(coloursFor({ write: () => {}, isTerminal }, environment)).toBe(colours);
});

it('writes either JSON or text, never both', () => {
  const said = (format: 'json' | 'text') => {
    let text = '';
    const printer = createPrinter(
      { write: (more) => void (text += more), isTerminal: false },
      { format, colours: 'off' },
    );
    printer.json({ a: 1 });
    printer.line('hello');
    printer.table([], [], 'none');
    return text;
  };
  expect(JSON.parse(said('json'))).toEqual({ a: 1 });
  expect(said('text')).toBe('hello\nnone\n');
});
