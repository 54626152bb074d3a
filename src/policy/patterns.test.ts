import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileAnyCase, compilePatterns } from './patterns.ts';

describe('patterns', () => {
  it.each<[readonly string[], string, boolean]>([
    [[], 'anything', false],
    [['*'], 'anything', true],
    [['gpt-5'], 'gpt-5', true],
    [['gpt-5'], 'gpt-5-mini', false],
    [['gpt-5'], 'GPT-5', false],
    [['gpt-*'], 'gpt-5-mini', true],
    [['gpt-*'], 'gpt-', true],
    [['gpt-*'], 'x-gpt-5', false],
    [['*-mini'], 'gpt-5-mini', true],
    [['openai/*'], 'openai/gpt-5', true],
    [['openai/*'], 'openrouter/openai/gpt-5', false],
    [['*/gpt-*'], 'openai/gpt-5', true],
    [['a*b*c'], 'a-b-c', true],
    [['a*b*c'], 'acb', false],
    [['ab*ba'], 'aba', false],
    [['ab*ba'], 'abba', true],
    [['a**b'], 'ab', true],
    [['a.c'], 'abc', false],
    [['[a]*'], 'a', false],
    [['nope', 'claude-*'], 'claude-sonnet', true],
  ])('%j and %j: %j', (patterns, name, allowed) => {
    expect(compilePatterns(patterns)([name])).toBe(allowed);
  });

  it('that deny fit whatever the case', () => {
    expect(compileAnyCase(['GPT-*'])(['gpt-5'])).toBe(true);
    expect(compileAnyCase(['gpt-5'])(['GPT-5'])).toBe(true);
    expect(compileAnyCase(['gpt-5'])(['gpt-4'])).toBe(false);
  });

  it('asks for one of the names only', () => {
    const allows = compilePatterns(['openai/*']);
    expect(allows(['gpt-5', 'openai/gpt-5'])).toBe(true);
    expect(allows(['gpt-5'])).toBe(false);
    expect(allows([])).toBe(false);
  });

  it('agrees with the same pattern as a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
    const pattern = fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('*'));
    fc.assert(
      fc.property(pattern, letters, (glob, name) => {
        const parts = glob.split('*').map((part) => part.replaceAll('.', '\\.'));
        expect(compilePatterns([glob])([name])).toBe(new RegExp(`^${parts.join('.*')}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not go back however many stars there are', () => {
    const allows = compilePatterns([`${'a*'.repeat(100)}b`]);
    const start = performance.now();
    for (let round = 0; round < 100; round += 1) allows(['a'.repeat(2000)]);
    // A matcher that goes back would need longer than the age of the universe.
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
