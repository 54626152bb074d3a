import { expect, it } from 'vitest';
import { parseJson } from '../kernel/json.ts';
import { ListStream } from './list-stream.ts';

it('gives events as the items of one list, with their bytes as they came', () => {
  const list = new ListStream();
  const written = [
    list.push(': nothing is said here\n\n'),
    list.push('data: {"a": 1.0}\n\nevent: x\ndata: {"b":\ndata: "é"}\n\n'),
    list.push(Buffer.from('{"error":{}}\n\n')),
    list.end('data: {"c":3}\n\n'),
  ];
  expect(written).toEqual(['', '[{"a": 1.0},\r\n{"b":\n"é"}', '', ',\r\n{"c":3}]']);
  expect(parseJson(written.join(''))).toEqual([{ a: 1 }, { b: 'é' }, { c: 3 }]);
});

it('is an empty list where nothing came', () => {
  expect(new ListStream().end('')).toBe('[]');
});
