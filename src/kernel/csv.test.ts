import { describe, expect, it } from 'vitest';
import { csvLine, parseCsv } from './csv.ts';

it.each([
  [['a', 1, undefined, true], 'a,1,,true\r\n'],
  [['a,b', 'say "so"', 'two\nlines'], '"a,b","say ""so""","two\nlines"\r\n'],
  [['=cmd()', '+1+1', '@x', '\tx', '-x'], "'=cmd(),'+1+1,'@x,'\tx,'-x\r\n"],
  [['-1.5', -2], '-1.5,-2\r\n'],
])('writes %j', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});

describe('reading CSV', () => {
  it.each<[string, readonly (readonly [number, ...string[]])[]]>([
    ['', []],
    ['a,b', [[1, 'a', 'b']]],
    [
      'a,b\r\nc,d\r\n',
      [
        [1, 'a', 'b'],
        [2, 'c', 'd'],
      ],
    ],
    [
      'a\rb\nc',
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    ],
    [
      '\uFEFFa,,\n\n,b',
      [
        [1, 'a', '', ''],
        [3, '', 'b'],
      ],
    ],
    [
      '"a,b","say ""so""","two\r\nlines"\nc',
      [
        [1, 'a,b', 'say "so"', 'two\r\nlines'],
        [3, 'c'],
      ],
    ],
    ['""', []],
    ['"",x', [[1, '', 'x']]],
    ['""""\n', [[1, '"']]],
  ])('of %j', (text, records) => {
    expect(parseCsv(text)).toEqual(records.map(([line, ...cells]) => ({ line, cells })));
  });

  it.each([
    ['a\n"b', { line: 2, fault: 'open_quote' }],
    ['"a"b', { line: 1, fault: 'stray_quote' }],
    [' "a"', { line: 1, fault: 'stray_quote' }],
    ['x\ny"z', { line: 2, fault: 'stray_quote' }],
    ['"'.repeat(200_001), { line: 1, fault: 'open_quote' }],
  ])('that is none: %j', (text, fault) => {
    expect(parseCsv(text)).toEqual(fault);
  });

  it('gives back what was written', () => {
    const cells = ['a,b', '"', 'a\r\nb', 'é'];
    expect(parseCsv(csvLine(cells))).toEqual([{ line: 1, cells }]);
  });
});
