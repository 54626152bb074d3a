import { afterEach, expect, it } from 'vitest';
import { NO_CREDITS, nanoCredits, nanoUsd, ZERO_NANO_USD } from '../../kernel/money.ts';
import type { Revenue, RevenueGroup, RevenueSums } from '../../records/revenue.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

const NOTHING: RevenueSums = {
  chargedNano: NO_CREDITS,
  refundedNano: NO_CREDITS,
  revenueNano: NO_CREDITS,
  boughtNano: NO_CREDITS,
  costUsd: ZERO_NANO_USD,
  costNano: NO_CREDITS,
  marginNano: NO_CREDITS,
  marginPercent: undefined,
  unpriced: 0,
};
const EDGES = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
const QUERY = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';

const groups = (word: string, count: number): readonly RevenueGroup[] =>
  Array.from({ length: count }, (_, index) => ({ value: `${word}_${index}`, name: undefined, sums: NOTHING }));

let plane: TestControlPlane;
afterEach(async () => plane.app.close());

it('the answer of revenue names as many as were asked for and counts the others; the file has them all', async () => {
  const revenue: Revenue = {
    edges: EDGES,
    creditPrice: nanoUsd(1_000_000_000n),
    total: { ...NOTHING, revenueNano: nanoCredits(5n) },
    periods: [NOTHING],
    organizations: groups('org', 450),
    models: groups('m', 3),
  };
  plane = await startTestControlPlane(({ credit }) => ({ credit: { ...credit, revenue: async () => revenue } }));
  const told = async (more: string) => {
    const { body } = await plane.call('GET', `/installation/revenue?${QUERY}${more}`);
    const { organizations, more_organizations, models, more_models } = body as Record<string, unknown[] | number>;
    return [(organizations as unknown[]).length, more_organizations, (models as unknown[]).length, more_models];
  };
  expect(await told('')).toEqual([200, 250, 3, 0]);
  expect(await told('&limit=2')).toEqual([2, 448, 2, 1]);
  expect((await plane.call('GET', `/installation/revenue?${QUERY}&limit=1001`)).status).toBe(400);
  const { text } = await plane.call('GET', `/installation/revenue/export?${QUERY}&by=organization`);
  expect(text.trim().split('\r\n')).toHaveLength(451);
});
