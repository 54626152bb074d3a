import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const OURS = { organizationId };
const OTHERS = { organizationId: 'org_other' };
const answer = (id: string, more: object = {}) => ({
  id,
  sealed: `sealed ${id}`,
  bytes: 100,
  storedAt: 10,
  expiresAt: 100,
  ...more,
});

describe.each(TEST_ENGINES)('answers that are given again, in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('are found by their organization alone, until their time is over, the newest of each', async () => {
      const { cachedAnswers } = await freshStore(engine);
      await cachedAnswers.put(OURS, answer('a'));
      expect(await cachedAnswers.get(OURS, 'a', 99)).toEqual(answer('a'));
      expect(await cachedAnswers.get(OTHERS, 'a', 99)).toBeUndefined();
      expect(await cachedAnswers.get(OURS, 'a', 100)).toBeUndefined();
      await cachedAnswers.put(OURS, answer('a', { sealed: 'newer', storedAt: 50, expiresAt: 150 }));
      expect(await cachedAnswers.get(OURS, 'a', 100)).toMatchObject({ sealed: 'newer', storedAt: 50 });
    });

    test('go when their time is over, and the oldest where there are too many', async () => {
      const { cachedAnswers } = await freshStore(engine);
      for (const [id, storedAt, expiresAt] of [
        ['a', 1, 50],
        ['b', 2, 200],
        ['c', 3, 200],
        ['d', 4, 200],
      ] as const)
        await cachedAnswers.put(OURS, answer(id, { storedAt, expiresAt }));
      expect(await cachedAnswers.removeExpired(60, 10)).toBe(1);
      expect(await cachedAnswers.removeBeyond(300, 10)).toBe(0);
      expect(await cachedAnswers.removeBeyond(200, 1)).toBe(1);
      const there = await Promise.all(['a', 'b', 'c', 'd'].map((id) => cachedAnswers.get(OURS, id, 60)));
      expect(there.map((each) => each?.id)).toEqual([undefined, undefined, 'c', 'd']);
    });

    test('are counted by the hour, whoever counts', async () => {
      const { cacheCounts } = await freshStore(engine);
      const count = { ...OURS, hour: 3_600_000, hits: 1, misses: 2, savedNano: nanoUsd(5n) };
      await cacheCounts.add([count, { ...count, organizationId: 'org_gone' }]);
      await cacheCounts.add([count, { ...count, hour: 7_200_000 }]);
      expect(await cacheCounts.since(OURS, 3_600_000)).toEqual([
        { hour: 3_600_000, hits: 2, misses: 4, savedNano: 10n },
        { hour: 7_200_000, hits: 1, misses: 2, savedNano: 5n },
      ]);
      expect(await cacheCounts.since(OTHERS, 0)).toEqual([]);
      await cacheCounts.removeBefore(7_200_000);
      expect(await cacheCounts.since(OURS, 0)).toHaveLength(1);
    });
  });
});
