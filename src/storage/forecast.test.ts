import { describe, expect, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import { sumRecords } from '../protocol/usage-sums.ts';
import { createUsageForecaster } from '../records/forecast.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 2, 30, 10, 7);

describe.each(TEST_ENGINES)('a forecast on $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test.each(['UTC', 'Asia/Kolkata', 'Asia/Kathmandu', 'America/New_York'])(
      'is the same from sums that are kept as from the records, in %s',
      async (timeZone) => {
        const store = openAt(await engine.migratedLocation());
        // Every seven hours of 60 days: more than a month and the days that are looked back at.
        const outcomes = Array.from({ length: 205 }, (_, index) =>
          outcome(index, {
            startedAt: NOW - index * 7 * HOUR_MS,
            projectId: index % 3 === 0 ? 'p_1' : 'p_2',
            costNano: index % 11 === 0 ? undefined : nanoUsd(BigInt(index) * 1_000_000_007n),
          }),
        );
        await store.records.commit(outcomes);
        const query = { timeZone, atMs: NOW, projectIds: undefined };
        const plain = createUsageForecaster({
          store: {
            view: async (_scope, work) =>
              await work({
                sums: async (wanted) =>
                  sumRecords(
                    outcomes.map(({ usage }) => usage),
                    wanted,
                  ),
                isCapped: async () => false,
              }),
          },
        });
        const expected = await plain(DEFAULT_TENANT, query);
        expect(expected.whole.projection?.daysOfData).toBe(28);
        const forecast = createUsageForecaster({ store: store.usage });
        expect(await forecast(DEFAULT_TENANT, query)).toEqual(expected);
        await store.usageRollups.rollUp(150);
        expect(await forecast(DEFAULT_TENANT, query)).toEqual(expected);
      },
    );
  });
});
