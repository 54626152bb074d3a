import { expect, it } from 'vitest';
import { Losses } from './losses.ts';

it('notes a cache marker that the caller placed, and none that its library places with every request', () => {
  const losses = new Losses();
  losses.addIf({ ttl: undefined, isHint: true }, 'messages.cache', 'it caches by itself');
  expect(losses.list).toEqual([]);
  losses.addIf({ ttl: undefined }, 'messages.cache', 'it caches by itself');
  expect(losses.list).toEqual([{ field: 'messages.cache', reason: 'it caches by itself' }]);
});

it('notes nothing for what was not said, and each loss once', () => {
  const losses = new Losses();
  losses.addIf(undefined, 'seed', 'is not known');
  losses.add('seed', 'is not known');
  losses.add('seed', 'is not known');
  expect(losses.list).toHaveLength(1);
});
