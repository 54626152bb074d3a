import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { nanoCredits } from '../kernel/money.ts';
import type { LedgerCharge } from '../protocol/ledger.ts';
import { Ledger } from './ledger.ts';
import type { GiveGrant, Operation, PlaceHold, WithdrawCredit } from './operations.ts';
import type { LedgerChanges, LedgerStore } from './ports.ts';
import { MemoryLedger } from './testing/memory-store.ts';
import { giveGrant } from './testing/operations.ts';
import { ACCOUNTS, inWords, operations, Replay } from './testing/replay.ts';

const NOW = Date.UTC(2026, 0, 1);
const SEQUENCES = 20_000;

/** That the balances are what the entries say, and what is held is what the holds say. */
function expectBalanced({ grants, entries, holds }: MemoryLedger): void {
  const posted = new Map<string, bigint>();
  for (const { grantId, amountNano } of entries.values()) {
    posted.set(grantId, (posted.get(grantId) ?? 0n) + amountNano);
  }
  const held = new Map<string, bigint>();
  for (const { shares } of holds.values()) {
    for (const { grantId, nano } of shares) held.set(grantId, (held.get(grantId) ?? 0n) + nano);
  }
  for (const { id, remainingNano, heldNano } of grants.values()) {
    if (posted.get(id) !== remainingNano || (held.get(id) ?? 0n) !== heldNano) throw new Error(`${id} does not add up`);
  }
}

/** Does an operation; `spoil` may get wrong what is written. */
function run(store: MemoryLedger, operation: Operation, spoil: (changes: LedgerChanges) => LedgerChanges): string {
  return store.transactNow([operation], spoil).outcomes.map(inWords).join();
}

const asItIs = (changes: LedgerChanges): LedgerChanges => changes;

function likeTheModel(spoil: (changes: LedgerChanges) => LedgerChanges) {
  return fc.property(
    operations(true),
    fc.infiniteStream(fc.constantFrom('ok', 'ok', 'crash', 'again')),
    (list, luck) => {
      const replay = new Replay(NOW);
      const store = new MemoryLedger(NOW);
      for (const operation of list) {
        const real = replay.real(operation);
        const expected = replay.model.run(operation);
        store.nowMs = replay.model.now;
        if (real === undefined) continue;
        const { value: fate } = luck.next();
        // Whoever dies before the commit has done nothing; whoever hears nothing after it asks again.
        if (fate === 'crash') store.transactNow([real], () => NOTHING);
        const outcome = run(store, real, spoil);
        if (outcome !== expected) throw new Error(`${operation.kind}: ${outcome} instead of ${expected}`);
        if (fate === 'again' && REPEATABLE.has(real.kind)) run(store, real, spoil);
        for (const account of ACCOUNTS) {
          const [is, be] = [store.balance(account), replay.model.balance(account)];
          if (is !== be) throw new Error(`${account} after ${operation.kind}: ${is} instead of ${be}`);
        }
        expectBalanced(store);
      }
    },
  );
}

const NOTHING: LedgerChanges = {
  newGrants: [],
  changedGrants: [],
  newHolds: [],
  changedHolds: [],
  endedHolds: [],
  newJobs: [],
  endedJobs: [],
  newCharges: [],
  newEntries: [],
};
/** What a caller may send twice. */
const REPEATABLE: ReadonlySet<Operation['kind']> = new Set([
  'place',
  'raise',
  'dispatch',
  'await',
  'end',
  'give',
  'refund',
  'withdraw',
  'expire',
]);

describe('whatever happens to accounts in whatever order', () => {
  test(`is what a small model says, in ${SEQUENCES} sequences`, () => {
    fc.assert(likeTheModel(asItIs), { numRuns: SEQUENCES });
  });

  test.each<readonly [string, (changes: LedgerChanges) => LedgerChanges]>([
    ['a hold that can be settled twice', (changes) => ({ ...changes, endedHolds: [], newCharges: [] })],
    ['a hold that is not counted', (changes) => ({ ...changes, changedGrants: [] })],
    [
      'a charge without an entry',
      (changes) => ({ ...changes, newEntries: changes.newEntries.filter(({ kind }) => kind !== 'charge') }),
    ],
  ])('%s is found', (_, spoil) => {
    expect(fc.check(likeTheModel(spoil), { numRuns: 1000 }).failed).toBe(true);
  });
});

describe('one operation of many that cannot be done', () => {
  const OF = { organizationId: 'org_1', accountId: 'organization/org_1' } as const;
  const give = (id: string): GiveGrant => giveGrant(id, 10n, OF);
  const withdraw: WithdrawCredit = {
    kind: 'withdraw',
    id: 'wd_1',
    accountId: 'organization/org_1',
    amountNano: nanoCredits(1n),
    actorId: undefined,
    reason: undefined,
  };
  /** Names no account: a bug that `apply` finds. */
  const wrong: PlaceHold = {
    kind: 'place',
    id: 'ur_1',
    organizationId: 'org_1',
    projectId: 'proj_1',
    path: [],
    model: 'm_1',
    mostNano: nanoCredits(1n),
    leastNano: nanoCredits(1n),
    fallbackNano: nanoCredits(1n),
    isDispatched: true,
    ttlMs: 1000,
    instanceId: 'inst_1',
    terms: '{}',
  };

  function setUp() {
    const store = new MemoryLedger(NOW);
    const written: LedgerCharge[] = [];
    const ledger = new Ledger({
      store,
      overloaded: () => new Error('too much at once'),
      onCharged: (charges) => written.push(...charges),
    });
    return { store, ledger, written };
  }

  test.each([0, 1, 7, 63, 99])('fails alone, as the one at place %i', async (place) => {
    const { store, ledger } = setUp();
    const gifts = Array.from({ length: 99 }, (_, index) => give(`gr_${index}`));
    const all: readonly Operation[] = [...gifts.slice(0, place), wrong, ...gifts.slice(place)];
    const outcomes = await Promise.allSettled(all.map((each) => ledger.do(each)));
    expect(outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([place]);
    expect(store.balance('organization/org_1')).toBe('990 held 0');
  });

  test('fails alone where it is the store that will not have it', async () => {
    const { store, ledger } = setUp();
    await ledger.do(give('gr_1'));
    const [entry] = store.entries.values();
    if (entry !== undefined) store.entries.set('gr_2/grant', entry);
    const [refused, more] = await Promise.allSettled([ledger.do(give('gr_2')), ledger.do(give('gr_3'))]);
    expect([refused.status, more.status]).toEqual(['rejected', 'fulfilled']);
    expect(store.balance('organization/org_1')).toBe('20 held 0');
  });

  test('is not looked for while the store is out of reach', async () => {
    let tries = 0;
    const store: LedgerStore = {
      transact: () => {
        tries += 1;
        return Promise.reject(new GatewayError('hub.store_unavailable'));
      },
    };
    const ledger = new Ledger({ store, overloaded: () => new Error('too much at once') });
    const outcomes = await Promise.allSettled(
      [give('gr_1'), give('gr_2'), give('gr_3')].map((each) => ledger.do(each)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(tries).toBe(1);
  });

  test('what is withdrawn is taken once, however often that is sent and whatever is left by then', async () => {
    const { store, ledger } = setUp();
    const all: WithdrawCredit = { ...withdraw, amountNano: nanoCredits(20n) };
    await Promise.all([give('gr_1'), give('gr_2')].map((each) => ledger.do(each)));
    const [first, together] = await Promise.all([ledger.do(all), ledger.do(all)]);
    const later = await ledger.do(all);
    await ledger.do(give('gr_3'));
    expect([first.kind, together.kind, later.kind]).toEqual(['withdrawn', 'known', 'known']);
    expect((await ledger.do(all)).kind).toBe('known');
    expect(store.balance('organization/org_1')).toBe('10 held 0');
  });

  test('a charge is told of once, however often its end is sent', async () => {
    const { ledger, written } = setUp();
    await ledger.do(give('gr_1'));
    const path = ['organization/org_1'] as const;
    await ledger.do({ ...wrong, path });
    const end = { kind: 'end', id: 'ur_1', path, state: 'settled', amountNano: nanoCredits(3n), basis: 'x' } as const;
    await Promise.all([ledger.do(end), ledger.do(end)]);
    await ledger.do(end);
    expect(written.map(({ id, amountNano, overrunNano }) => [id, amountNano, overrunNano])).toEqual([['ur_1', 1n, 2n]]);
  });
});
