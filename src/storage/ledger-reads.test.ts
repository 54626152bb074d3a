import { describe, expect, test } from 'vitest';
import { nanoCredits } from '../kernel/money.ts';
import { expireDue } from '../ledger/expire.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { GiveGrant, PlaceHold } from '../ledger/operations.ts';
import type { LedgerPage } from '../ledger/ports.ts';
import { createSealDigest, sealWaiting } from '../ledger/seals.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Store } from './open-store.ts';
import { openAt, TEST_ENGINES, type TestEngine } from './testing/stores.ts';
import { addTenants, OTHER_TENANT } from './testing/tenants.ts';

const SCOPE = { organizationId: 'org_default' };
const OTHER = { organizationId: OTHER_TENANT.organizationId };
const ORGANIZATION = 'organization/org_default';
const PROJECT = 'project/proj_default';
const ALL = { accountId: undefined };
const FIRST: LedgerPage = { limit: 100, afterId: undefined };
const LONG_AGO = Date.UTC(2020, 0, 1);

const ledgerOf = (store: Store): Ledger =>
  new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });

const give = (id: string, amount: bigint, fields: Partial<GiveGrant> = {}): GiveGrant =>
  giveGrant(id, amount, { actorId: 'usr_1', reason: 'an order', ...fields });

const place = (id: string, amount: bigint, path: readonly AccountId[] = [ORGANIZATION, PROJECT]): PlaceHold =>
  placeHold(id, amount, { path });

const end = (id: string, amount: bigint, state: 'settled' | 'estimated' = 'settled') =>
  ({
    kind: 'end',
    id,
    path: [ORGANIZATION, PROJECT],
    state,
    amountNano: nanoCredits(amount),
    basis: 'reported',
  }) as const;

/** The ids of a list, read in pages of two. */
async function paged<Row extends { readonly id: string }>(
  read: (page: LedgerPage) => Promise<readonly Row[]>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await read({ limit: 2, afterId: ids.at(-1) });
    ids.push(...page.map(({ id }) => id));
    if (page.length < 2) return ids;
  }
}

async function storeOf(engine: TestEngine): Promise<Store> {
  const location = await engine.migratedLocation();
  await addTenants(location);
  return openAt(location);
}

async function scene(store: Store): Promise<Ledger> {
  const ledger = ledgerOf(store);
  await ledger.do(give('gr_1', 100n));
  await ledger.do(give('gr_2', 50n, { expiresAt: LONG_AGO }));
  await ledger.do(give('gr_3', 40n, { accountId: PROJECT, models: ['m_1'], grantKind: 'allotment' }));
  const of = { organizationId: OTHER.organizationId, accountId: 'organization/org_two' } as const;
  await ledger.do(give('gr_4', 7n, of));
  await ledger.do(place('ur_1', 30n));
  await ledger.do(end('ur_1', 20n));
  await ledger.do(place('ur_2', 10n));
  await ledger.do(place('ur_3', 5n, [ORGANIZATION]));
  return ledger;
}

describe.each(TEST_ENGINES)('credit to be read on $kind', (engine) => {
  test.skipIf(engine.skip)('are accounts, with what is left, held and still to be had', async () => {
    const store = await storeOf(engine);
    await scene(store);
    expect(await store.ledgerReader.accounts(SCOPE, ALL, FIRST)).toEqual([
      { id: ORGANIZATION, ...SCOPE, name: 'Default', remainingNano: 130n, heldNano: 15n, availableNano: 65n },
      { id: PROJECT, ...SCOPE, name: 'Default', remainingNano: 20n, heldNano: 10n, availableNano: 10n },
    ]);
    const one = await store.ledgerReader.accounts(SCOPE, { accountId: PROJECT }, FIRST);
    expect(one.map(({ id }) => id)).toEqual([PROJECT]);
    expect(await paged((page) => store.ledgerReader.accounts(SCOPE, ALL, page))).toEqual([ORGANIZATION, PROJECT]);
  });

  test.skipIf(engine.skip)('are grants and holds, the newest first, of an account or of all', async () => {
    const store = await storeOf(engine);
    await scene(store);
    const { grants, holds } = store.ledgerReader;
    expect(await paged((page) => grants(SCOPE, ALL, page))).toEqual(['gr_3', 'gr_2', 'gr_1']);
    expect(await paged((page) => grants(SCOPE, { accountId: ORGANIZATION }, page))).toEqual(['gr_2', 'gr_1']);
    expect((await grants(SCOPE, { accountId: PROJECT }, FIRST))[0]).toMatchObject({
      kind: 'allotment',
      issuedNano: 40n,
      remainingNano: 20n,
      heldNano: 10n,
      models: ['m_1'],
    });
    expect(await store.ledgerReader.grant(SCOPE, 'gr_2')).toMatchObject({ id: 'gr_2', expiresAt: LONG_AGO });
    expect(await paged((page) => holds(SCOPE, ALL, page))).toEqual(['ur_3', 'ur_2']);
    expect(await paged((page) => holds(SCOPE, { accountId: PROJECT }, page))).toEqual(['ur_2']);
  });

  test.skipIf(engine.skip)('are entries, each once, whatever the length of a page', async () => {
    const store = await storeOf(engine);
    const ledger = await scene(store);
    await ledger.do(end('ur_2', 10n));
    const { entries } = store.ledgerReader;
    const whole = (await entries(SCOPE, ALL, FIRST)).map(({ id }) => id);
    expect(whole).toHaveLength(7);
    expect(await paged((page) => entries(SCOPE, ALL, page))).toEqual(whole);
    const ofProject = await entries(SCOPE, { accountId: PROJECT }, FIRST);
    expect(ofProject.map(({ kind, amountNano }) => `${kind} ${amountNano}`).toSorted()).toEqual([
      'charge -10',
      'charge -20',
      'grant 40',
    ]);
    const times = (await entries(SCOPE, ALL, FIRST)).map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test.skipIf(engine.skip)('are entries of one kind, and of a time', async () => {
    const store = await storeOf(engine);
    await scene(store);
    const { entries } = store.ledgerReader;
    const charges = await entries(SCOPE, { ...ALL, kind: 'charge' }, FIRST);
    expect(charges.map(({ kind, chargeId }) => `${kind} ${chargeId}`)).toEqual(['charge ur_1', 'charge ur_1']);
    const at = charges[0]?.at ?? 0;
    const within = async (fromMs: number, toMs: number) =>
      (await entries(SCOPE, { ...ALL, kind: 'charge', fromMs, toMs }, FIRST)).length;
    expect([await within(at, at + 1), await within(at + 1, at + 2), await within(0, at)]).toEqual([2, 0, 0]);
  });

  test.skipIf(engine.skip)(
    'are accounts of all, with the least to be had first, found by a part of a name',
    async () => {
      const store = await storeOf(engine);
      await scene(store);
      const { anyAccounts } = store.ledgerReader;
      const all = await anyAccounts({ text: undefined }, FIRST);
      expect(all.map(({ id, availableNano }) => `${id} ${availableNano}`)).toEqual([
        'organization/org_two 7',
        `${PROJECT} 10`,
        `${ORGANIZATION} 65`,
      ]);
      expect(await paged((page) => anyAccounts({ text: undefined }, page))).toEqual(all.map(({ id }) => id));
      const found = await anyAccounts({ text: 'ORG_TWO' }, FIRST);
      expect(found).toMatchObject([{ id: 'organization/org_two', name: all[0]?.organizationName }]);
      expect(await anyAccounts({ text: '%' }, FIRST)).toEqual([]);
    },
  );

  test.skipIf(engine.skip)('are holds of all, the oldest first, and what charges took', async () => {
    const store = await storeOf(engine);
    await scene(store);
    const { anyHolds, amountsOf } = store.ledgerReader;
    expect(await paged(anyHolds)).toEqual(['ur_2', 'ur_3']);
    expect(await amountsOf(SCOPE, ['ur_1', 'ur_2'])).toEqual(new Map([['ur_1', 20n]]));
    expect(await amountsOf(OTHER, ['ur_1'])).toEqual(new Map());
    expect(await amountsOf(SCOPE, [])).toEqual(new Map());
  });

  test.skipIf(engine.skip)('are charges to look at until somebody has, which is written once', async () => {
    const store = await storeOf(engine);
    const ledger = await scene(store);
    await ledger.do(end('ur_2', 12n, 'estimated'));
    await ledger.do(end('ur_3', 9n));
    const { toReview } = store.ledgerReader;
    const open = { isReviewed: false } as const;
    expect(await toReview(open, FIRST)).toMatchObject([
      { id: 'ur_3', state: 'settled', overrunNano: 4n, refundedNano: 0n, review: undefined },
      { id: 'ur_2', state: 'estimated', overrunNano: 2n, organizationName: 'Default' },
    ]);
    expect((await toReview({ cause: 'estimated' }, FIRST)).map(({ id }) => id)).toEqual(['ur_2']);
    expect((await toReview({ cause: 'overrun' }, FIRST)).map(({ id }) => id)).toEqual(['ur_3', 'ur_2']);
    expect(await toReview({ organizationId: OTHER.organizationId }, FIRST)).toEqual([]);
    const path = [ORGANIZATION, PROJECT] as const;
    const refund = { kind: 'refund', id: 'rf_1', chargeId: 'ur_2', path, amountNano: nanoCredits(3n) } as const;
    await ledger.do({ ...refund, actorId: undefined, reason: undefined });
    const review = { chargeId: 'ur_2', ...SCOPE, at: 5, actorId: 'usr_1', note: 'plausible' };
    expect(await store.ledgerReviews.add(review)).toBe(true);
    expect(await store.ledgerReviews.add({ ...review, note: 'not plausible' })).toBe(false);
    expect((await toReview(open, FIRST)).map(({ id }) => id)).toEqual(['ur_3']);
    expect(await toReview({ isReviewed: true }, FIRST)).toMatchObject([{ id: 'ur_2', refundedNano: 3n, review }]);
  });

  test.skipIf(engine.skip)('are charges with their entries, and those that no provider has reported', async () => {
    const store = await storeOf(engine);
    const ledger = await scene(store);
    await ledger.do(end('ur_2', 10n, 'estimated'));
    const found = await store.ledgerReader.charge(SCOPE, 'ur_1');
    expect(found?.charge).toMatchObject({ state: 'settled', amountNano: 20n, heldNano: 30n });
    expect(found?.entries.map(({ accountId, amountNano }) => `${accountId} ${amountNano}`).toSorted()).toEqual([
      `${ORGANIZATION} -20`,
      `${PROJECT} -20`,
    ]);
    expect(await store.ledgerReader.charge(SCOPE, 'ur_3')).toBeUndefined();
    expect(await store.ledgerReader.anyCharge('ur_1')).toEqual(found);
    expect(await paged((page) => store.ledgerReader.toReview({}, page))).toEqual(['ur_2']);
  });

  test.skipIf(engine.skip)('is nobody else’s', async () => {
    const store = await storeOf(engine);
    await scene(store);
    const { accounts, grants, grant, entries, holds, charge } = store.ledgerReader;
    const foreign = { accountId: ORGANIZATION } as const;
    expect((await accounts(OTHER, ALL, FIRST)).map(({ id }) => id)).toEqual(['organization/org_two']);
    expect(await accounts(OTHER, foreign, FIRST)).toEqual([]);
    expect((await grants(OTHER, ALL, FIRST)).map(({ id }) => id)).toEqual(['gr_4']);
    expect(await grants(OTHER, foreign, FIRST)).toEqual([]);
    expect((await entries(OTHER, ALL, FIRST)).map(({ id }) => id)).toEqual(['gr_4/grant']);
    expect(await entries(OTHER, ALL, { limit: 9, afterId: 'gr_1/grant' })).toEqual([]);
    expect(await holds(OTHER, ALL, FIRST)).toEqual([]);
    expect(await charge(OTHER, 'ur_1')).toBeUndefined();
    expect(await grant(OTHER, 'gr_1')).toBeUndefined();
  });

  test.skipIf(engine.skip)('whose time is over is taken, but for what is held of it', async () => {
    const store = await storeOf(engine);
    const ledger = await scene(store);
    const signal = new AbortController().signal;
    expect(await store.ledgerReader.due(10)).toEqual([{ id: 'gr_2', accountId: ORGANIZATION }]);
    await expireDue(store.ledgerReader, ledger, signal);
    expect(await store.ledgerReader.due(10)).toEqual([]);
    expect(await store.ledgerReader.accounts(SCOPE, { accountId: ORGANIZATION }, FIRST)).toMatchObject([
      { remainingNano: 80n, availableNano: 65n },
    ]);
    const [newest] = await store.ledgerReader.entries(SCOPE, ALL, FIRST);
    expect(newest).toMatchObject({ kind: 'expiry', grantId: 'gr_2', amountNano: -50n });
  });

  test.skipIf(engine.skip)('leaves entries to be sealed once, and after that none', async () => {
    const store = await storeOf(engine);
    await scene(store);
    const digestOf = createSealDigest(Buffer.from('a secret of this test'));
    await sealWaiting(store.ledgerSeals, digestOf, new AbortController().signal);
    expect(await store.ledgerSeals.sealNext(10, digestOf)).toBe(0);
  });
});
