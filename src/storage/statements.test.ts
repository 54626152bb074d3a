import { describe, expect, test } from 'vitest';
import { minorUnits, nanoCredits } from '../kernel/money.ts';
import { TEST_ZONES } from '../kernel/testing/zones.ts';
import { Ledger } from '../ledger/ledger.ts';
import { createStatements, movementOf, type Statements } from '../ledger/statements.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { testPurchase } from '../payments/testing/purchase.ts';
import type { LedgerEntry } from '../protocol/ledger.ts';
import type { Store, StoreLocation } from './open-store.ts';
import { openAt, TEST_ENGINES } from './testing/stores.ts';
import { tamper } from './testing/tamper.ts';
import { addTenants, SECOND_PROJECT } from './testing/tenants.ts';

const SCOPE = { organizationId: 'org_default' };
const OWN = 'organization/org_default' as const;
const BY_HAND = { accountId: OWN, actorId: undefined, reason: undefined };
/** Sums of these overflow 64 bits. */
const LARGE = 1_000_000_007_000_000_003n;
const START = Date.UTC(2026, 0, 1);
const MONTHS = 7;
const CALLS = 40;
const FOR_GOOD = { limit: 100, before: undefined };

type Scene = {
  readonly location: StoreLocation;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly statements: Statements;
};

async function setUp(location: StoreLocation): Promise<Scene> {
  await addTenants(location);
  const store = openAt(location);
  const ledger = new Ledger({
    store: store.ledger,
    overloaded: () => new Error('too much at once'),
  });
  // What was agreed names its model here.
  const statements = createStatements({ store: store.statements, modelOf: async (terms) => terms.slice(1, -1) });
  return { location, store, ledger, statements };
}

async function call({ ledger }: Pick<Scene, 'ledger'>, index: number): Promise<void> {
  const id = `ur_${String(index).padStart(4, '0')}`;
  const path = index % 3 === 0 ? ([OWN, 'project/proj_default'] as const) : ([OWN] as const);
  const projectId = index % 4 === 0 ? SECOND_PROJECT.projectId : 'proj_default';
  const amount = LARGE / 10n + BigInt(index) * 13n;
  await ledger.do(placeHold(id, amount, { path, projectId, terms: `"m_${index % 5}"` }));
  await ledger.do({ kind: 'end', id, path, state: 'settled', amountNano: nanoCredits(amount - 1n), basis: 'reported' });
  if (index % 7 === 0) {
    const refund = { kind: 'refund', chargeId: id, path, actorId: undefined, reason: undefined } as const;
    await ledger.do({ ...refund, id: `rf_${index}`, amountNano: nanoCredits(LARGE / 70n) });
  }
}

async function entriesOf({ store }: Pick<Scene, 'store'>): Promise<readonly LedgerEntry[]> {
  const all = await store.ledgerReader.entries(SCOPE, { accountId: OWN }, { limit: 5000, afterId: undefined });
  return all.toReversed();
}

/** Everything that an account may go through, and then each entry at a time of its own, as `timeOf` says. */
async function fill(scene: Scene, timeOf: (index: number) => number): Promise<readonly LedgerEntry[]> {
  const { ledger, store, location } = scene;
  const purchase = testPurchase({ id: 'pu_1', organizationId: 'org_default', grantId: 'gr_bought' });
  await store.purchases.insert(purchase);
  await ledger.do(giveGrant('gr_bought', 8n * LARGE, { organizationId: 'org_default' }));
  await ledger.do(giveGrant('gr_given', LARGE, { grantKind: 'promotional', priority: 50 }));
  await ledger.do(giveGrant('gr_code', LARGE, { grantKind: 'promotional', priority: 60 }));
  await ledger.do(giveGrant('gr_short', 999n, { grantKind: 'promotional', priority: 900, expiresAt: 1 }));
  await ledger.do(giveGrant('gr_part', 9n * LARGE, { accountId: 'project/proj_default', grantKind: 'allotment' }));
  for (let index = 0; index < CALLS; index += 1) await call(scene, index);
  await ledger.do({ kind: 'expire', grantId: 'gr_short', accountId: OWN });
  await ledger.do({ kind: 'withdraw', id: 'wd_1', amountNano: nanoCredits(11n), ...BY_HAND });
  await ledger.do({ kind: 'reverse', grantId: 'gr_bought', number: 0, totalNano: nanoCredits(17n), ...BY_HAND });
  const run = await tamper(location, { guarded: false });
  await run(`INSERT INTO code_batches (id, name, kind, amount_nano, code_count, uses_max, created_at)
      VALUES ('cb_1', 'Fair', 'promotional', 1, 1, 1, 1);
    INSERT INTO code_redemptions (grant_id, batch_id, number, organization_id, redeemed_at)
      VALUES ('gr_code', 'cb_1', 1, 'org_default', 1)`);
  const moved = (await entriesOf(scene)).map((entry, index) => ({ ...entry, at: timeOf(index) }));
  await run(moved.map(({ id, at }) => `UPDATE ledger_entries SET at = ${at} WHERE id = '${id}'`).join(';'));
  return moved;
}

const sum = (entries: readonly LedgerEntry[]): bigint => entries.reduce((all, { amountNano }) => all + amountNano, 0n);

/** The calendar of a zone as the runtime writes it, whatever the hub makes of zones. */
function calendarOf(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' });
  return (at) => format.format(at).slice(0, 7);
}

for (const engine of TEST_ENGINES) {
  describe.skipIf(engine.skip)(`statements on ${engine.kind}`, () => {
    test('open with what was left, close with what is, and lie to the nano-credit between', async () => {
      const scene = await setUp(await engine.migratedLocation());
      const entries = await fill(scene, (index) => START + ((index * 7919) % (MONTHS * 30 * 24)) * 3_600_000);
      const list = await scene.statements.list(SCOPE, FOR_GOOD);
      const monthOf = calendarOf('UTC');
      const expectedMonths = [...new Set(entries.map(({ at }) => monthOf(at)))].toSorted();
      // The months that have passed since, too: nothing moved in them.
      expect(
        list
          .map(({ month }) => month)
          .toReversed()
          .slice(0, expectedMonths.length),
      ).toEqual(expectedMonths);
      for (const { month, openingNano, closingNano, fromMs, toMs } of list) {
        expect([month, openingNano]).toEqual([month, sum(entries.filter(({ at }) => at < fromMs))]);
        expect([month, closingNano]).toEqual([month, sum(entries.filter(({ at }) => at < toMs))]);
        const statement = await scene.statements.get(SCOPE, month);
        const within = entries.filter(({ at }) => monthOf(at) === month);
        const moved = [...(statement?.sums.values() ?? [])].reduce((all, nano) => all + nano, 0n);
        expect([month, moved]).toEqual([month, sum(within)]);
        const charged = within.filter(({ kind }) => kind === 'charge' || kind === 'refund');
        for (const parts of [statement?.models ?? [], statement?.projects ?? []]) {
          const total = parts.reduce((all, part) => all + part.chargedNano + part.refundedNano, 0n);
          expect([month, total]).toEqual([month, sum(charged)]);
        }
        expect(statement?.items.map(({ id }) => id).toSorted()).toEqual(
          within
            .filter(({ kind }) => ['grant', 'withdrawal', 'reversal', 'expiry'].includes(kind))
            .map(({ id }) => id)
            .toSorted(),
        );
      }
      const everything = new Map<string, bigint>();
      for (const { month } of list) {
        for (const [movement, nano] of (await scene.statements.get(SCOPE, month))?.sums ?? []) {
          everything.set(movement, (everything.get(movement) ?? 0n) + nano);
        }
      }
      expect(Object.fromEntries(everything)).toMatchObject({
        bought: 8n * LARGE,
        granted: LARGE + 999n,
        redeemed: LARGE,
        taken_back: -28n,
        expired: -999n,
      });
    });

    test('tell models and projects apart, and what was paid for what was bought', async () => {
      const scene = await setUp(await engine.migratedLocation());
      const entries = await fill(scene, () => START + 1);
      const statement = await scene.statements.get(SCOPE, '2026-01');
      const calls = new Map<string, number>(
        Array.from({ length: CALLS }, (_, index) => [`ur_${String(index).padStart(4, '0')}`, index] as const),
      );
      const expected = (valueOf: (index: number) => string) => {
        const parts = new Map<string, bigint>();
        for (const { chargeId, amountNano } of entries) {
          const index = calls.get(chargeId ?? '');
          if (index !== undefined) parts.set(valueOf(index), (parts.get(valueOf(index)) ?? 0n) + amountNano);
        }
        return Object.fromEntries(parts);
      };
      const found = (parts: NonNullable<typeof statement>['models']) =>
        Object.fromEntries(parts.map((part) => [part.value, part.chargedNano + part.refundedNano]));
      expect(found(statement?.models ?? [])).toEqual(expected((index) => `m_${index % 5}`));
      expect(found(statement?.projects ?? [])).toEqual(
        expected((index) => (index % 4 === 0 ? SECOND_PROJECT.projectId : 'proj_default')),
      );
      expect(statement?.paid).toEqual([{ currency: 'USD', amountMinor: 1000n }]);
      expect(statement?.items.find(({ movement }) => movement === 'bought')?.purchase).toMatchObject({ id: 'pu_1' });
    });

    test('of a month that is over never change: what is given back later stands where it happened', async () => {
      const scene = await setUp(await engine.migratedLocation());
      await fill(scene, (index) => START + index);
      const before = await scene.statements.get(SCOPE, '2026-01');
      const newest = () => scene.statements.list(SCOPE, { limit: 1, before: undefined });
      expect((await newest()).map(({ isFinal }) => isFinal)).toEqual([false]);
      const path = [OWN] as const;
      const amountNano = nanoCredits(12_345n);
      const refund = { kind: 'refund', chargeId: 'ur_0001', path, actorId: undefined, reason: 'too slow' } as const;
      await scene.ledger.do({ ...refund, id: 'rf_late', amountNano });
      await scene.ledger.do({
        kind: 'reverse',
        grantId: 'gr_bought',
        number: 1,
        totalNano: nanoCredits(20n),
        ...BY_HAND,
      });
      await scene.statements.setZone(SCOPE, 'Pacific/Kiritimati');
      expect(await scene.statements.get(SCOPE, '2026-01')).toEqual(before);
      expect(before?.isFinal).toBe(true);
      // By those clocks the next month may have begun.
      const [running] = await newest();
      const sums = (await scene.statements.get(SCOPE, running?.month ?? ''))?.sums;
      expect([sums?.get('refunded'), sums?.get('taken_back')]).toEqual([12_345n, -3n]);
    });

    test(`end at midnight in ${TEST_ZONES.length} zones, to the millisecond`, async () => {
      const scene = await setUp(await engine.migratedLocation());
      await scene.ledger.do(giveGrant('gr_1', LARGE));
      for (let index = 0; index < CALLS; index += 1) await call(scene, index);
      const run = await tamper(scene.location, { guarded: false });
      const entries = await entriesOf(scene);
      for (const zone of TEST_ZONES) {
        await run(`DELETE FROM statement_zones; INSERT INTO statement_zones VALUES ('org_default', 0, '${zone}')`);
        const months = await scene.statements.list(SCOPE, FOR_GOOD);
        const monthOf = calendarOf(zone);
        for (const { month, fromMs, toMs } of months) {
          expect([zone, month, monthOf(fromMs), monthOf(toMs - 1)]).toEqual([zone, month, month, month]);
          expect([zone, monthOf(fromMs - 1) < month, monthOf(toMs) > month]).toEqual([zone, true, true]);
        }
        const edges = months.slice(-MONTHS).flatMap(({ toMs }) => [toMs - 1, toMs]);
        const moved = entries.map((entry, index) => ({ ...entry, at: edges[index % edges.length] ?? START }));
        await run(moved.map(({ id, at }) => `UPDATE ledger_entries SET at = ${at} WHERE id = '${id}'`).join(';'));
        for (const { month, closingNano } of await scene.statements.list(SCOPE, FOR_GOOD)) {
          const until = moved.filter(({ at }) => monthOf(at) <= month);
          expect([zone, month, closingNano]).toEqual([zone, month, sum(until)]);
        }
      }
    });

    test('of months before the first entry and after the running one are none', async () => {
      const scene = await setUp(await engine.migratedLocation());
      expect(await scene.statements.list(SCOPE, FOR_GOOD)).toEqual([]);
      expect(await scene.statements.get(SCOPE, '2026-01')).toBeUndefined();
      await fill(scene, () => START);
      const wanted = ['2025-12', '2026-01', '2999-01', '2026-13x', ''];
      const found = await Promise.all(wanted.map((month) => scene.statements.get(SCOPE, month)));
      expect(found.map((statement) => statement?.month)).toEqual([
        undefined,
        '2026-01',
        undefined,
        undefined,
        undefined,
      ]);
      expect(await scene.statements.list({ organizationId: 'org_two' }, FOR_GOOD)).toEqual([]);
      const [newest, ...older] = await scene.statements.list(SCOPE, FOR_GOOD);
      expect(await scene.statements.list(SCOPE, { limit: 100, before: newest?.month })).toEqual(older);
    });

    test('begin by the clocks that are chosen at once where there is none yet, and from the next month on where there is', async () => {
      const { statements, ledger } = await setUp(await engine.migratedLocation());
      expect(await statements.setZone(SCOPE, 'Asia/Taipei')).toEqual({ timeZone: 'Asia/Taipei', next: undefined });
      await ledger.do(giveGrant('gr_1', 1n));
      const [before] = await statements.list(SCOPE, FOR_GOOD);
      const { timeZone, next } = await statements.setZone(SCOPE, 'Europe/Berlin');
      expect([timeZone, next?.timeZone]).toEqual(['Asia/Taipei', 'Europe/Berlin']);
      expect((await statements.list(SCOPE, FOR_GOOD))[0]?.fromMs).toBe(before?.fromMs);
      await statements.setZone(SCOPE, 'Asia/Taipei');
      expect((await statements.list(SCOPE, FOR_GOOD))[0]).toEqual(before);
      await expect(statements.setZone(SCOPE, 'Mars/Olympus')).rejects.toMatchObject({ code: 'request.invalid' });
    });
  });

  describe.skipIf(engine.skip)(`credit notes on ${engine.kind}`, () => {
    test('have numbers without a gap, whoever writes them at once, and tell of each amount once', async () => {
      const location = await engine.migratedLocation();
      await addTenants(location);
      const stores = [openAt(location), openAt(location)] as const;
      const ids = Array.from({ length: 12 }, (_, index) => `pu_${index}`);
      for (const [index, id] of ids.entries()) {
        const organizationId = index % 2 === 0 ? 'org_default' : 'org_two';
        await stores[0].purchases.insert(
          testPurchase({
            id,
            organizationId,
            grantId: `gr_${id}`,
            state: 'paid',
            isGranted: true,
            refundedMinor: minorUnits(BigInt(100 + index)),
            returnedMinor: minorUnits(500n),
            reversedNano: nanoCredits(BigInt(index)),
          }),
        );
      }
      expect(await stores[0].purchases.due(0, 100)).toHaveLength(ids.length);
      const issuer = { name: 'Example AI', address: '1 Road\nTaipei', taxId: undefined };
      await Promise.all(
        [...ids, ...ids].map((id, index) =>
          stores[index % 2 === 0 ? 0 : 1].creditNotes.write(id, { at: index, issuer }),
        ),
      );
      const page = { limit: 100 };
      const [first, second] = await Promise.all(
        ['org_default', 'org_two'].map((organizationId) => stores[1].creditNotes.list({ organizationId }, page)),
      );
      const notes = [...(first ?? []), ...(second ?? [])].toSorted((a, b) => a.number - b.number);
      expect(notes.map(({ number }) => number)).toEqual(ids.map((_, index) => index + 1));
      expect(notes.map(({ purchaseId }) => purchaseId).toSorted()).toEqual(ids.toSorted());
      expect(notes.find(({ purchaseId }) => purchaseId === 'pu_7')).toMatchObject({
        amountMinor: 107n,
        creditsNano: 7n,
        currency: 'USD',
        customer: 'Two',
        issuer: { name: 'Example AI', address: '1 Road\nTaipei' },
        purchase: { name: 'Ten credits', amountMinor: 1000n },
      });
      expect(await stores[0].purchases.due(0, 100)).toEqual([]);
      const [note] = second ?? [];
      expect(await stores[0].creditNotes.get({ organizationId: 'org_default' }, note?.number ?? 0)).toBeUndefined();
    });

    test('of a refund that failed after all take the note before back', async () => {
      const store = openAt(await engine.migratedLocation());
      await store.purchases.insert(testPurchase({ id: 'pu_1', organizationId: 'org_default', grantId: 'gr_1' }));
      for (const refunded of [400n, 1000n, 600n]) {
        const facts = { state: 'paid', paymentId: 'pi_1', returnedMinor: minorUnits(refunded) } as const;
        const noted = { at: 1, nextCheckAt: undefined, refundedMinor: minorUnits(refunded) };
        await store.purchases.settle('pu_1', { ...facts, ...noted });
        await store.creditNotes.write('pu_1', { at: 2, issuer: undefined });
      }
      const notes = await store.creditNotes.list({ organizationId: 'org_default' }, { limit: 10, fromMs: 2, toMs: 3 });
      expect(notes.map(({ number, amountMinor }) => [number, amountMinor])).toEqual([
        [3, -400n],
        [2, 600n],
        [1, 400n],
      ]);
    });
  });
}

test('every kind of entry is one movement', () => {
  const grant = { grantKind: 'purchased', isRedeemed: false } as const;
  expect(movementOf({ ...grant, kind: 'correction' })).toBe('charged');
  expect(movementOf({ kind: 'grant', grantKind: 'purchased', isRedeemed: true })).toBe('redeemed');
  expect(movementOf({ kind: 'grant', grantKind: undefined, isRedeemed: false })).toBe('granted');
});
