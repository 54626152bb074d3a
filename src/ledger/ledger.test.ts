import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import { Book } from './book.ts';
import { readsOf } from './ledger.ts';
import type { Operation } from './operations.ts';
import type { LedgerChanges } from './ports.ts';
import { MemoryLedger } from './testing/memory-store.ts';
import { ACCOUNTS, inWords, operations, Replay } from './testing/replay.ts';

const NOW = Date.UTC(2026, 0, 1);
const SEQUENCES = 20_000;

/** Does an operation; `spoil` may get wrong what is written. */
function run(store: MemoryLedger, operation: Operation, spoil: (changes: LedgerChanges) => LedgerChanges): string {
  let made = 0;
  const newId = (): string => {
    made += 1;
    return `le_${store.entries.size}_${made}`;
  };
  return store.transactNow(readsOf([operation]), (rows) => {
    const book = new Book(rows);
    const outcome = apply(book, operation, newId);
    return { changes: spoil(book.changes()), result: inWords(outcome) };
  });
}

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
        if (fate === 'crash') store.transactNow(readsOf([real]), () => ({ changes: NOTHING, result: undefined }));
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
  newCharges: [],
  newEntries: [],
};
/** What a caller may send twice. */
const REPEATABLE: ReadonlySet<Operation['kind']> = new Set([
  'place',
  'raise',
  'dispatch',
  'end',
  'give',
  'refund',
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
