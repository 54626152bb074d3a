import { describe, expect, test } from 'vitest';
import { compileMatch, isBoundedPattern, type MatchClause } from './match-clause.ts';

describe('a clause says which models are meant', () => {
  test.each<[MatchClause, string, boolean]>([
    [{ equals: 'GPT-5' }, 'gpt-5', true],
    [{ equals: 'gpt-5' }, 'gpt-5-mini', false],
    [{ starts_with: 'gpt-5' }, 'gpt-5-mini', true],
    [{ ends_with: '-mini' }, 'gpt-5-mini', true],
    [{ contains: 'Sonnet' }, 'anthropic.claude-sonnet-4', true],
    [{ contains: 'sonnet' }, 'claude-opus', false],
    [{ or: [{ equals: 'a' }, { equals: 'b' }] }, 'b', true],
    [{ or: [] }, 'b', false],
    [{ and: [{ starts_with: 'gemini' }, { regex: '^(?!.*-[tT][tT][sS](?:$|-))' }] }, 'gemini-flash', true],
    [{ and: [{ starts_with: 'gemini' }, { regex: '^(?!.*-[tT][tT][sS](?:$|-))' }] }, 'gemini-flash-tts', false],
    [{ regex: '^gpt-5\\.6-luna-\\d{4}-\\d{2}-\\d{2}$' }, 'gpt-5.6-luna-2026-07-30', true],
    [{ regex: '^gpt-5\\.6-luna-\\d{4}-\\d{2}-\\d{2}$' }, 'gpt-5x6-luna-2026-07-30', false],
  ])('%j and %s: %s', (clause, model, expected) => {
    expect(compileMatch(clause)(model)).toBe(expected);
  });
});

describe('patterns that could take long match nothing', () => {
  test.each(['^(a+)+$', '^(a|a)*$', 'a*a*a*b', '(x{1,30}){1,30}', '(a)\\1', 'a?a?a?a?a?aaaaa', 'a'.repeat(201), '('])(
    '%s',
    (pattern) => {
      expect(isBoundedPattern(pattern)).toBe(false);
      expect(compileMatch({ regex: pattern })('aaaa')).toBe(false);
    },
  );

  test('an id that is too long for a pattern matches none', () => {
    expect(compileMatch({ regex: '^a' })('a'.repeat(257))).toBe(false);
  });
});
