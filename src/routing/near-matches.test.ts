import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearMatches } from './near-matches.ts';

describe('nearMatches', () => {
  test.each([
    ['a letter changed', 'gpt-4p', ['gpt-4o', 'claude'], ['gpt-4o']],
    ['letters left out', 'clade-sonet', ['gpt-4o', 'claude-sonnet'], ['claude-sonnet']],
    ['another case', 'GPT-4O', ['gpt-4o'], ['gpt-4o']],
    ['the nearest first', 'gpt-4o-nimi', ['gpt-4o-mini', 'gpt-4o'], ['gpt-4o', 'gpt-4o-mini']],
    [
      'five at most',
      'model-0',
      Array.from({ length: 9 }, (_, n) => `model-${n}`),
      ['model-0', 'model-1', 'model-2', 'model-3', 'model-4'],
    ],
    ['nothing near', 'abcdef', ['uvwxyz'], []],
    ['nothing to choose from', 'gpt', [], []],
    ['an empty name', '', ['gpt-4o'], []],
  ])('%s', (_name, name, candidates, expected) => {
    expect(nearMatches(name, candidates)).toEqual(expected);
  });

  test('a name that is on the list is its own nearest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{3,9}$/), { minLength: 1, maxLength: 5 }), (names) => {
        expect(nearMatches(names[0] ?? '', names)).toContain(names[0]);
      }),
    );
  });

  test('takes a bounded time, whatever name is asked for', () => {
    const like = 'abcdefghij'.repeat(10);
    const candidates = Array.from({ length: 20_000 }, (_, n) => `${like.slice(0, 94)}${n}`);
    for (const name of ['jihgfedcba'.repeat(10), 'aabbccddee'.repeat(10), like, 'a'.repeat(1_000_000)]) {
      const before = performance.now();
      nearMatches(name, candidates);
      expect(performance.now() - before).toBeLessThan(250);
    }
  });
});
