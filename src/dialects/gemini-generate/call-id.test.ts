import { expect, test } from 'vitest';
import { callIdOf } from './call-id.ts';

test('ids of calls differ within an answer and between answers', () => {
  const ids = [callIdOf('a-1', 0), callIdOf('a-1', 1), callIdOf('a-2', 0), callIdOf(undefined, 0)];
  expect(new Set(ids).size).toBe(ids.length);
});

test('whatever a provider calls its answer, the id is one that every dialect accepts', () => {
  expect(callIdOf(`../"${'ä'.repeat(50)}${'x'.repeat(99)}`, 120)).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
});
