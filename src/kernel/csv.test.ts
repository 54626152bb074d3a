import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it.each([
  [['a', 1, undefined, true], 'a,1,,true\r\n'],
  [['a,b', 'say "so"', 'two\nlines'], '"a,b","say ""so""","two\nlines"\r\n'],
  [['=cmd()', '+1+1', '@x', '\tx', '-x'], "'=cmd(),'+1+1,'@x,'\tx,'-x\r\n"],
  [['-1.5', -2], '-1.5,-2\r\n'],
])('writes %j', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});
