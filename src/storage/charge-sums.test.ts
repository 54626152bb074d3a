import { describe, expect, test } from 'vitest';
import { createIdMaker } from '../kernel/ids.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { addTenants, OTHER_TENANT } from './testing/tenants.ts';

const PATH = ['organization/org_default'] as const;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 2, 1);
const EDGES = [START, START + HOUR_MS, START + 2 * HOUR_MS];
/** More than a 64-bit sum of several would hold. */
const MOST = 4n * 10n ** 18n;
const newId = createIdMaker(() => START);

/** A call at so many hours, and what it was charged. */
async function charged(store: Store, number: number, amount: bigint, fields: Partial<UsageRecord>): Promise<void> {
  const { usage, request } = outcome(number, fields);
  await store.records.commit([{ usage, request }]);
  const ledger = new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });
  await ledger.do(giveGrant(newId('gr'), amount, { accountId: PATH[0] }));
  await ledger.do(placeHold(usage.id, amount, { path: PATH }));
  await ledger.do({
    kind: 'end',
    id: usage.id,
    path: PATH,
    state: 'settled',
    amountNano: nanoCredits(amount),
    basis: 'reported',
  });
}

describe.each(TEST_ENGINES)('charges in $kind', (engine) => {
  test.skipIf(engine.skip)('are summed by when their calls began, and by what these are told apart', async () => {
    const location = await engine.migratedLocation();
    await addTenants(location);
    const store = openAt(location);
    const app = { application: 'app', memberId: 'mem_1' };
    await charged(store, 1, MOST, { startedAt: START, ...app });
    await charged(store, 2, MOST, { startedAt: START + HOUR_MS - 1, ...app });
    await charged(store, 3, MOST, { startedAt: START + HOUR_MS, application: 'other' });
    await charged(store, 4, 7n, { startedAt: START + 2 * HOUR_MS, ...app });
    await store.records.commit([outcome(5, { startedAt: START, application: 'never charged' })]);
    const sums = async (wanted: Partial<Parameters<typeof store.chargeSums>[1]>, scope = DEFAULT_TENANT) => {
      const found = await store.chargeSums(scope, { edges: EDGES, filters: {}, groupBy: undefined, ...wanted });
      return found.toSorted((a, b) => a.bucket - b.bucket).map((sum) => Object.values(sum));
    };
    expect(await sums({})).toEqual([
      [0, undefined, 2n * MOST],
      [1, undefined, MOST],
    ]);
    expect(await sums({ edges: [START, START + 3 * HOUR_MS] })).toEqual([[0, undefined, 3n * MOST + 7n]]);
    expect(await sums({ groupBy: 'application' })).toEqual([
      [0, 'app', 2n * MOST],
      [1, 'other', MOST],
    ]);
    expect(await sums({ filters: { member: ['mem_1'] } })).toEqual([[0, undefined, 2n * MOST]]);
    expect(await sums({ filters: { project: ['proj_none'] } })).toEqual([]);
    expect(await sums({}, OTHER_TENANT)).toEqual([]);
  });
});
