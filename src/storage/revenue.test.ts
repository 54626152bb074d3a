import { describe, expect, test } from 'vitest';
import { nanoCredits, nanoUsd } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { AccountId, GrantKind, LedgerEntry } from '../protocol/ledger.ts';
import type { UsageRecord } from '../protocol/records.ts';
import { createRevenueReport, type RevenueQuery, type RevenueSums } from '../records/revenue.ts';
import type { Store, StoreLocation } from './open-store.ts';
import { outcome } from './testing/rows.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { tamper } from './testing/tamper.ts';
import { addTenants } from './testing/tenants.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 2, 1);
const DAYS = 5;
/** More than a 64-bit sum of the sums' dollars times a billion would hold. */
const LARGE = 1_000_000_007_000_000_003n;
const CREDIT_PRICE = nanoUsd(700_000_000n);
const ORGANIZATIONS = ['org_default', 'org_two'] as const;
const MODELS = ['m_1', 'm_2', 'm_3'];
const RECORD_NONE = 7;

/** How each of so many calls ends, one after the other. */
const ENDINGS = ['settled', 'estimated', 'corrected-up', 'corrected-down', 'released', 'refunded', 'settled'] as const;

type Call = {
  readonly id: string;
  readonly index: number;
  readonly organizationId: (typeof ORGANIZATIONS)[number];
  readonly path: readonly AccountId[];
  readonly ending: (typeof ENDINGS)[number];
};

const CALLS: readonly Call[] = Array.from({ length: 63 }, (_, index) => {
  const organizationId = ORGANIZATIONS[index % 5 === 0 ? 1 : 0];
  const own: AccountId = `organization/${organizationId}`;
  const isDeep = organizationId === 'org_default' && index % 3 === 0;
  return {
    id: outcome(index).usage.id,
    index,
    organizationId,
    path: isDeep ? [own, 'project/proj_default', 'key/vk_1'] : [own],
    ending: ENDINGS[index % ENDINGS.length] ?? 'settled',
  };
});

/** What calls cost; every eleventh is not known, and one is corrected. */
function records(): readonly UsageRecord[] {
  const all = CALLS.filter(({ index }) => index % 9 !== RECORD_NONE).map(
    ({ id, index, organizationId }) =>
      outcome(index, {
        id,
        organizationId,
        startedAt: START + ((index * 7919) % (DAYS * 24)) * 3_600_000,
        requestedModel: MODELS[index % 3] ?? '',
        routedModel: index % 4 === 0 ? 'm_routed' : undefined,
        costNano: index % 11 === 0 ? undefined : nanoUsd(BigInt(index) * 1_000_000_007n),
      }).usage,
  );
  const [first] = all;
  if (first === undefined) throw new Error('there are records');
  return [...all, { ...first, id: 'ur_correction', requestId: 'req_c', corrects: first.id, costNano: nanoUsd(-5n) }];
}

async function fill(location: StoreLocation): Promise<{ store: Store; entries: readonly LedgerEntry[] }> {
  await addTenants(location);
  const store = openAt(location);
  const { request } = outcome(0);
  await store.records.commit(
    records().map((usage) => ({ usage, request: { ...request, ...usage, losses: [], attempts: [] } })),
  );
  const ledger = new Ledger({
    store: store.ledger,
    overloaded: () => new Error('too much at once'),
  });
  const give = (organizationId: string, account: AccountId, kind: GrantKind, amount: bigint, priority: number) =>
    ledger.do(
      giveGrant(`gr_${account}_${kind}`, amount, { organizationId, accountId: account, grantKind: kind, priority }),
    );
  for (const organizationId of ORGANIZATIONS) {
    const own: AccountId = `organization/${organizationId}`;
    // Each is used up by some call that goes on with the next.
    await give(organizationId, own, 'promotional', 3n * LARGE + 5n, 50);
    await give(organizationId, own, 'adjustment', LARGE, 60);
    await give(organizationId, own, 'purchased', 4n * 10n ** 18n, 100);
    for (let more = 0; more < 15; more += 1) {
      const id = `gr_${organizationId}_${more}`;
      await ledger.do(giveGrant(id, 4n * 10n ** 18n, { organizationId, accountId: own }));
    }
  }
  for (const account of ['project/proj_default', 'key/vk_1'] as const) {
    for (let more = 0; more < 8; more += 1) {
      const grant = { accountId: account, grantKind: 'allotment' } as const;
      await ledger.do(giveGrant(`gr_${account}_${more}`, 4n * 10n ** 18n, grant));
    }
  }
  for (const call of CALLS) await make(ledger, call);
  const [own] = [`organization/${ORGANIZATIONS[0]}`] as const;
  const byHand = { accountId: own, actorId: undefined, reason: undefined };
  await ledger.do({ kind: 'withdraw', id: 'wd_1', amountNano: nanoCredits(11n), ...byHand });
  await ledger.do({
    kind: 'reverse',
    grantId: 'gr_org_default_14',
    number: 0,
    totalNano: nanoCredits(LARGE),
    ...byHand,
  });
  const found = await Promise.all(
    ORGANIZATIONS.map((organizationId) =>
      store.ledgerReader.entries({ organizationId }, { accountId: undefined }, { limit: 2000, afterId: undefined }),
    ),
  );
  return { store, entries: await spread(location, found.flat()) };
}

async function make(ledger: Ledger, { id, index, organizationId, path, ending }: Call): Promise<void> {
  const amount = LARGE + BigInt(index) * 13n;
  await ledger.do(placeHold(id, amount, { organizationId, path, fallbackNano: nanoCredits(LARGE / 3n) }));
  const end = (state: 'settled' | 'estimated' | 'released', nano: bigint) =>
    ledger.do({ kind: 'end', id, path, state, amountNano: nanoCredits(nano), basis: 'reported' });
  if (ending === 'corrected-up' || ending === 'corrected-down') {
    await ledger.do({ kind: 'renew', id, path, ttlMs: -1 });
    await ledger.do({ kind: 'sweep', id, path });
    await end('settled', ending === 'corrected-up' ? LARGE : 17n);
    return;
  }
  await end(ending === 'refunded' ? 'settled' : ending, amount - 1n);
  if (ending !== 'refunded') return;
  const refund = { kind: 'refund', chargeId: id, path, actorId: undefined, reason: undefined } as const;
  await ledger.do({ ...refund, id: `rf_${index}`, amountNano: nanoCredits(LARGE / 7n) });
}

/** Puts entries that were all posted now on days of their own, as time would. */
async function spread(location: StoreLocation, entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
  const run = await tamper(location, { guarded: false });
  const moved = entries.map((entry, index) => ({ ...entry, at: START + ((index * 6151) % (DAYS * 24)) * 3_600_000 }));
  await run(moved.map(({ id, at }) => `UPDATE ledger_entries SET at = ${at} WHERE id = '${id}'`).join(';'));
  return moved;
}

/** The same sums, from each entry and each record. */
function added(entries: readonly LedgerEntry[], usage: readonly UsageRecord[], kindOf: (grantId: string) => string) {
  const sum = (nanos: readonly bigint[]) => nanos.reduce((all, nano) => all + nano, 0n);
  const own = entries.filter(
    ({ kind, accountId }) => ['charge', 'correction', 'refund'].includes(kind) && accountId.startsWith('organization/'),
  );
  const taken = (some: readonly LedgerEntry[]) => -sum(some.map(({ amountNano }) => amountNano));
  const costUsd = sum(usage.map(({ costNano = 0n }) => costNano));
  const inCredits = costUsd * 1_000_000_000n;
  const costNano = inCredits / CREDIT_PRICE + (inCredits % CREDIT_PRICE > 0n ? 1n : 0n);
  return {
    chargedNano: taken(own.filter(({ kind }) => kind !== 'refund')),
    refundedNano: -taken(own.filter(({ kind }) => kind === 'refund')),
    revenueNano: taken(own),
    boughtNano: taken(own.filter(({ grantId }) => kindOf(grantId) === 'purchased')),
    costUsd,
    costNano,
    marginNano: taken(own) - costNano,
  };
}

function told({ marginPercent: _percent, unpriced: _unpriced, ...sums }: RevenueSums) {
  return sums;
}

const query = (fields: Partial<RevenueQuery> = {}): RevenueQuery => ({
  fromMs: START,
  toMs: START + DAYS * DAY_MS,
  timeZone: 'UTC',
  granularity: 'day',
  ...fields,
});

describe.each(TEST_ENGINES)('revenue on $kind', (engine) => {
  test.skipIf(engine.skip)(
    'is what entries of the organizations’ own accounts say, and cost what the records do, to the nano-credit',
    async () => {
      const { store, entries } = await fill(await engine.migratedLocation());
      const all = records();
      const grants = await Promise.all(
        ORGANIZATIONS.map((organizationId) =>
          store.ledgerReader.grants({ organizationId }, { accountId: undefined }, { limit: 200, afterId: undefined }),
        ),
      );
      const kinds = new Map<string, string>(grants.flat().map(({ id, kind }) => [id, kind]));
      const expected = (some: readonly LedgerEntry[], usage: readonly UsageRecord[]) =>
        added(some, usage, (id) => kinds.get(id) ?? '');
      // All that a ledger can do has happened, or this proves little.
      expect(new Set(entries.map(({ kind }) => kind))).toEqual(
        new Set(['grant', 'charge', 'correction', 'refund', 'withdrawal', 'reversal']),
      );
      const report = createRevenueReport({
        earnings: store.earnings,
        usage: store.usage,
        creditPrice: async () => CREDIT_PRICE,
      });
      for (const asked of [
        query(),
        query({ timeZone: 'Asia/Taipei' }),
        query({ granularity: 'month' }),
        query({ fromMs: START + DAY_MS + 3_600_000, toMs: START + 3 * DAY_MS + 7_200_000, granularity: 'week' }),
      ]) {
        // Records are summed up beforehand, some more each time.
        await store.usageRollups.rollUp(20);
        const found = await report(asked);
        const within = (fromMs: number, toMs: number) =>
          expected(
            entries.filter(({ at }) => at >= fromMs && at < toMs),
            all.filter(({ startedAt }) => startedAt >= fromMs && startedAt < toMs),
          );
        expect(told(found.total)).toEqual(within(asked.fromMs, asked.toMs));
        expect(found.edges.slice(1).map((to, index) => within(found.edges[index] ?? to, to))).toEqual(
          found.periods.map(told),
        );
      }
      expect(await store.usageRollups.waiting()).toBe(0);
      const found = await report(query());
      expect(found.total.boughtNano).toBeGreaterThan(0n);
      expect(found.total.boughtNano).toBeLessThan(found.total.revenueNano);
      expect(found.total.unpriced).toBe(all.filter(({ costNano }) => costNano === undefined).length);
      for (const { value, sums } of found.organizations) {
        const isOwn = (row: { readonly organizationId: string }) => row.organizationId === value;
        expect(told(sums)).toEqual(expected(entries.filter(isOwn), all.filter(isOwn)));
      }
      expect(found.organizations.map(({ name = '' }) => name).toSorted()).toEqual(['Default', 'Two']);
      const modelOf = (record: UsageRecord | undefined) => record?.routedModel ?? record?.requestedModel;
      const modelOfCharge = (id: string | undefined) => modelOf(all.find((record) => record.id === id));
      expect(found.models.map(({ value }) => value ?? '').toSorted()).toEqual(['', ...MODELS, 'm_routed']);
      for (const { value, sums } of found.models) {
        expect(told(sums)).toEqual(
          expected(
            entries.filter(({ chargeId }) => modelOfCharge(chargeId) === value),
            all.filter((record) => modelOf(record) === value),
          ),
        );
      }
    },
  );

  test.skipIf(engine.skip)('of more entries than one look may add up is refused, and of less time is not', async () => {
    const { store, entries } = await fill(await engine.migratedLocation());
    const own = entries.filter(({ accountId }) => accountId.startsWith('organization/'));
    const reportOf = (entriesMax: number) =>
      createRevenueReport({
        earnings: store.earnings,
        usage: store.usage,
        creditPrice: async () => CREDIT_PRICE,
        entriesMax,
      });
    await expect(reportOf(own.length - 1)(query())).rejects.toMatchObject({
      code: 'request.invalid',
      param: 'from',
      message: `from: more than ${own.length - 1} movements of credit lie in that time; take less.`,
    });
    await reportOf(own.length)(query());
    await reportOf(own.length - 1)(query({ toMs: START + DAY_MS }));
  });
});
