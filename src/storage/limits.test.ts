import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import type { Limit } from '../protocol/limits.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const SCOPE = { organizationId };
const LIMIT: Limit = {
  organizationId,
  id: 'lim_1',
  name: 'Budget',
  subject: { kind: 'tag', id: 'run' },
  models: ['gpt-*'],
  measure: 'money',
  amount: 9_000_000_000_000_000n,
  window: { kind: 'calendar', unit: 'month', timeZone: 'Asia/Taipei' },
  mode: 'soft',
  thresholds: [80, 100],
  createdAt: 1,
  updatedAt: 1,
  revision: 1,
  countsSince: 1,
  source: 'file',
};
const AT = 1_700_000_000_000;

describe.each(TEST_ENGINES)('limits in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('come back as they went in, to their organization alone, and change for whoever saw them last', async () => {
      const { limits, configuration } = await freshStore(engine);
      await limits.insert(LIMIT);
      expect(await limits.get(SCOPE, 'lim_1')).toEqual(LIMIT);
      expect(await limits.get({ organizationId: 'org_other' }, 'lim_1')).toBeUndefined();
      expect((await configuration.load()).limits).toEqual([LIMIT]);
      const changed: Limit = { ...LIMIT, models: undefined, measure: 'concurrent', window: undefined, revision: 2 };
      expect(await limits.replace({ ...changed, revision: 3 })).toBe(false);
      expect(await limits.replace(changed)).toBe(true);
      expect(await limits.list(SCOPE)).toEqual([changed]);
      expect(await limits.remove(SCOPE, 'lim_1', 1)).toBe(false);
      expect(await limits.remove(SCOPE, 'lim_1', 2)).toBe(true);
    });

    test('are summed from the records: tokens of all kinds, money, and no request that was refused or is a correction', async () => {
      const { records, limitUses } = await freshStore(engine);
      const usage = { ...NO_USAGE, inputTokens: 5, cachedInputTokens: 2, outputTokens: 3, reasoningTokens: 4 };
      const called = {
        usage,
        costNano: nanoUsd(2_500_000_000n),
        requestedModel: 'gpt-4o',
        tags: { run: '7' },
      } as const;
      await records.commit([
        outcome(1, { ...called, startedAt: AT }),
        outcome(2, { ...called, startedAt: AT + 10 }),
        outcome(3, { ...called, startedAt: AT + 20, corrects: 'ur_1', usage: { ...NO_USAGE, outputTokens: 1 } }),
        outcome(4, { startedAt: AT + 30, status: 'rejected', usage: NO_USAGE, costNano: nanoUsd(0n), tags: undefined }),
        outcome(5, { ...called, startedAt: AT - 1 }),
      ]);
      const asked = { sinceMs: AT, bucketMs: Number.MAX_SAFE_INTEGER, byModel: false, money: 'cost' } as const;
      expect(await limitUses.sums(SCOPE, { ...asked, by: 'organization' })).toMatchObject([
        { requests: 2, inputTokens: 14, outputTokens: 15, moneyNano: 7_500_000_000n },
      ]);
      const byTag = await limitUses.sums(SCOPE, { ...asked, by: 'tags' });
      expect(byTag.find(({ tags }) => tags?.['run'] === '7')).toMatchObject({ requests: 2, value: undefined });
      const parts = await limitUses.sums(SCOPE, { ...asked, by: 'key', byModel: true, bucketMs: 10 });
      expect(parts.map(({ at, requests }) => [at, requests] as const).toSorted(([a], [b]) => a - b)).toEqual([
        [AT, 1],
        [AT + 10, 1],
        [AT + 20, 0],
        [AT + 30, 0],
      ]);
      expect(await limitUses.sums({ organizationId: 'org_other' }, { ...asked, by: 'organization' })).toEqual([]);
    });
  });
});
