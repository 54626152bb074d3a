import { describe, expect, it } from 'vitest';
import { splitCommand } from './command-line.ts';

describe('splitCommand', () => {
  it.each([
    ['pass show hub', ['pass', 'show', 'hub']],
    ['  a   b\t c ', ['a', 'b', 'c']],
    [`sm get --query "a b" 'c "d"' e""f ''`, ['sm', 'get', '--query', 'a b', 'c "d"', 'ef', '']],
    ['echo $HOME;rm -rf /', ['echo', '$HOME;rm', '-rf', '/']],
  ])('%s', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });

  it.each(['', '   ', `a "b`, `a 'b`])('refuses %j', (line) => {
    expect(() => splitCommand(line)).toThrow(RangeError);
  });
});
