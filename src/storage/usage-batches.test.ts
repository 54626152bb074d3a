import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRollUp } from '../records/roll-up.ts';
import { queryStore } from './testing/query-store.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { correction, explorer, packAll, query, record, SPAN_MS, START } from './testing/usage-oracle.ts';

const RECORDS = 3000;
/** What is written of sums, but for the numbers of series and batches, which follow from the order of work. */
const SUMS = [
  `SELECT s.series_key, s.organization_id, s.kind, r.level, r.start_at, r.requests, r.failed, r.estimated, r.unpriced,
     r.input_tokens, r.cached_input_tokens, r.output_tokens, r.reasoning_tokens, r.images, r.seconds_ms, r.tool_calls,
     CAST(r.cost_nano AS TEXT) AS cost, r.duration, r.first_byte, r.speed
   FROM usage_rollups AS r JOIN usage_series AS s ON s.id = r.series_id ORDER BY 1, 2, 4, 5`,
  'SELECT organization_id, kind, day_at, kept FROM usage_value_days ORDER BY 1, 2, 3',
  `SELECT s.series_key, p.part, p.month_at, p.cells FROM usage_packed AS p JOIN usage_series AS s ON s.id = p.series_id
   ORDER BY 1, 2, 3`,
  'SELECT COUNT(*) AS count FROM usage_unpacked',
  'SELECT COUNT(*) AS count FROM usage_pending',
];

describe.each(TEST_ENGINES)('records that are summed in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('have the same sums whether all are taken at once or as the job takes them', {
      timeout: 120_000,
    }, async () => {
      const arbitrary = fc.oneof({ arbitrary: record, weight: 9 }, { arbitrary: correction, weight: 1 });
      const outcomes = fc
        .sample(arbitrary, { seed: 1, numRuns: RECORDS })
        .map((fields, index) => outcome(index + 1, fields));
      const [atOnce, inTurn] = [await engine.migratedLocation(), await engine.migratedLocation()];
      const [one, other] = [openAt(atOnce, { usageListedMin: 2 }), openAt(inTurn, { usageListedMin: 2 })];
      for (const store of [one, other]) await store.records.commit(outcomes);

      expect((await one.usageRollups.rollUp(2 * RECORDS)).taken).toBe(RECORDS);
      await createRollUp(other.usageRollups)(new AbortController().signal);
      for (const store of [one, other]) await packAll(store, START + SPAN_MS / 2);

      for (const sums of SUMS) expect(await queryStore(atOnce, sums)).toEqual(await queryStore(inTurn, sums));
      for (const asked of fc.sample(query, { seed: 2, numRuns: 30 })) {
        expect(await explorer(one)(asked)).toEqual(await explorer(other)(asked));
      }
    });
  });
});
