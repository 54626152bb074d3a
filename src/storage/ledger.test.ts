import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { GiveGrant, Operation, OutcomeOf, PlaceHold } from '../ledger/operations.ts';
import type { LedgerStore } from '../ledger/ports.ts';
import { createSealDigest, sealWaiting } from '../ledger/seals.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { ACCOUNTS, inWords, operations, Replay } from '../ledger/testing/replay.ts';
import { verifyLedger } from '../ledger/verify.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Store } from './open-store.ts';
import { freshStore, openAt, TEST_ENGINES } from './testing/stores.ts';
import { tamper } from './testing/tamper.ts';

const SEQUENCES = 20;
const TOGETHER_MAX = 6;
const PATH: readonly AccountId[] = ['organization/org_default', 'project/proj_default', 'key/vk_1'];
const digestOf = createSealDigest(Buffer.from('a secret of this test'));

const ledgerOf = (store: LedgerStore): Ledger => new Ledger({ store, overloaded: () => new Error('too much at once') });

const give = (id: string, amount: bigint, fields: Partial<GiveGrant> = {}): GiveGrant =>
  giveGrant(id, amount, { actorId: 'usr_1', ...fields });

const place = (id: string, amount: bigint, fields: Partial<PlaceHold> = {}): PlaceHold =>
  placeHold(id, amount, { path: PATH, fallbackNano: nanoCredits(amount / 2n), ...fields });

const end = (id: string, amount: bigint, path = PATH) =>
  ({ kind: 'end', id, path, state: 'settled', amountNano: nanoCredits(amount), basis: 'reported' }) as const;

async function balance(store: Store, accountId: AccountId): Promise<string> {
  const page = { limit: 100, afterId: undefined };
  const grants = await store.ledgerReader.grants({ organizationId: 'org_default' }, { accountId }, page);
  const sum = (of: (grant: (typeof grants)[number]) => bigint) => grants.reduce((all, grant) => all + of(grant), 0n);
  return `${sum(({ remainingNano }) => remainingNano)} held ${sum(({ heldNano }) => heldNano)}`;
}

async function verdictOf(store: Store) {
  await sealWaiting(store.ledgerSeals, digestOf, new AbortController().signal);
  return await verifyLedger(store.ledgerProof, digestOf);
}

describe.each(TEST_ENGINES)('credit on $kind', (engine) => {
  test.skipIf(engine.skip)('is what a small model says, whatever is done together', async () => {
    const store = await freshStore(engine);
    const ledger = ledgerOf(store.ledger);
    let runs = 0;
    const several = fc.infiniteStream(fc.integer({ min: 1, max: TOGETHER_MAX }));
    await fc.assert(
      fc.asyncProperty(operations(false), several, async (list, sizes) => {
        runs += 1;
        const replay = new Replay(Date.now(), `_${String(runs).padStart(4, '0')}`);
        const pairs = list.map((operation) => ({
          real: replay.real(operation),
          expected: replay.model.run(operation),
        }));
        const todo = pairs.flatMap(({ real, expected }) => (real === undefined ? [] : [{ real, expected }]));
        while (todo.length > 0) {
          const batch = todo.splice(0, sizes.next().value);
          const outcomes = await Promise.all(batch.map(({ real }) => ledger.do(real)));
          expect(outcomes.map(inWords)).toEqual(batch.map(({ expected }) => expected));
        }
        for (const name of ACCOUNTS) {
          expect(await balance(store, replay.account(name))).toBe(replay.model.balance(name));
        }
      }),
      { numRuns: SEQUENCES, endOnFailure: true },
    );
    expect((await verdictOf(store)).differences).toEqual([]);
  });

  test.skipIf(engine.skip)('that is enough for so many calls serves exactly those, on every level', async () => {
    const location = await engine.migratedLocation();
    const stores = [openAt(location), openAt(location)];
    const ledgers = stores.map((store) => ledgerOf(store.ledger));
    const [first, second] = ledgers;
    const [store] = stores;
    if (first === undefined || second === undefined || store === undefined) throw new Error('two are needed');
    const calls = 12n;
    for (let round = 0; round < 20; round += 1) {
      const of = (id: AccountId): AccountId => `${id}_${round}` as AccountId;
      await first.do(give(`gr_a${round}`, calls * 7n + 3n, { accountId: of(PATH[0] ?? 'key/') }));
      // The project may use as much, and the key has more.
      await first.do(give(`gr_b${round}`, calls * 7n, { accountId: of(PATH[1] ?? 'key/') }));
      await second.do(give(`gr_c${round}`, calls * 70n, { accountId: of(PATH[2] ?? 'key/') }));
      const path = PATH.map(of);
      const holds = await Promise.all(
        Array.from({ length: Number(calls) * 10 }, (_, index) => {
          const ledger = index % 2 === 0 ? first : second;
          return ledger.do(place(`ur_${round}_${index}`, 7n, { path }));
        }),
      );
      expect(holds.filter(({ kind }) => kind === 'held')).toHaveLength(Number(calls));
      const refusals = holds.flatMap((hold) => (hold.kind === 'short' ? [hold] : []));
      expect(refusals.every(({ cause }) => cause === 'held')).toBe(true);
      await Promise.all(
        holds.flatMap(({ kind }, index) => (kind === 'held' ? [second.do(end(`ur_${round}_${index}`, 7n, path))] : [])),
      );
      expect(await balance(store, of(PATH[0] ?? 'key/'))).toBe('3 held 0');
      expect(await balance(store, of(PATH[1] ?? 'key/'))).toBe('0 held 0');
      expect(await first.do(place(`ur_${round}_late`, 7n, { path }))).toMatchObject({ kind: 'short', cause: 'out' });
    }
    expect((await verdictOf(store)).differences).toEqual([]);
  });

  test.skipIf(engine.skip)('is asked for once more when nobody knows whether it was written', async () => {
    const store = await freshStore(engine);
    let answers = 0;
    const silent: LedgerStore = {
      transact: async (operations) => {
        const done = await store.ledger.transact(operations);
        answers += 1;
        if (answers % 2 === 1) throw new Error('the answer to the commit was lost');
        return done;
      },
    };
    const ledger = ledgerOf(silent);
    const twice = async <Each extends Operation>(operation: Each): Promise<OutcomeOf<Each>> => {
      await expect(ledger.do(operation)).rejects.toThrow('lost');
      return await ledger.do(operation);
    };
    expect(await twice(give('gr_1', 100n))).toEqual({ kind: 'known' });
    expect(await twice(place('ur_1', 30n))).toEqual({ kind: 'held', amountNano: 30n });
    expect(await balance(store, 'organization/org_default')).toBe('100 held 30');
    expect(await twice(end('ur_1', 20n))).toEqual({
      kind: 'ended',
      state: 'settled',
      chargedNano: 20n,
      overrunNano: 0n,
    });
    const refund = { kind: 'refund', id: 'rf_1', chargeId: 'ur_1', path: PATH, amountNano: nanoCredits(5n) } as const;
    expect(await twice({ ...refund, actorId: 'usr_1', reason: undefined })).toEqual({ kind: 'known' });
    expect(await balance(store, 'organization/org_default')).toBe('85 held 0');
    expect((await verdictOf(store)).differences).toEqual([]);
  });

  test.skipIf(engine.skip)('holds more than a number can, to the last digit', async () => {
    const store = await freshStore(engine);
    const ledger = ledgerOf(store.ledger);
    const much = 9_007_199_254_740_993n * 1000n;
    await ledger.do(give('gr_1', much));
    await ledger.do(place('ur_1', much - 1n));
    expect(await ledger.do(end('ur_1', much - 2n))).toMatchObject({ chargedNano: much - 2n });
    expect(await balance(store, 'organization/org_default')).toBe('2 held 0');
  });

  test.skipIf(engine.skip)('cannot be made or spent past the hub without a trace', async () => {
    const location = await engine.migratedLocation();
    const store = openAt(location);
    const ledger = ledgerOf(store.ledger);
    await ledger.do(give('gr_1', 100n));
    await ledger.do(place('ur_1', 30n));
    await ledger.do(end('ur_1', 20n));
    await ledger.do(place('ur_2', 30n));
    expect(await verdictOf(store)).toMatchObject({ entries: 2, unsealed: 0, differences: [], head: { number: 1 } });
    const guarded = await tamper(location, { guarded: true });
    for (const table of ['ledger_entries', 'ledger_charges', 'ledger_seals']) {
      await expect(guarded(`DELETE FROM ${table}`)).rejects.toThrow('cannot be changed');
    }
    await expect(guarded('UPDATE ledger_grants SET held_nano = 101')).rejects.toThrow();
    await expect(guarded('UPDATE ledger_grants SET remaining_nano = 101')).rejects.toThrow();
    const run = await tamper(location, { guarded: false });
    const edits: readonly (readonly [statement: string, undo: string, found: string])[] = [
      ['UPDATE ledger_grants SET remaining_nano = 90', 'UPDATE ledger_grants SET remaining_nano = 80', 'gr_1'],
      ['UPDATE ledger_grants SET held_nano = 20', 'UPDATE ledger_grants SET held_nano = 30', 'gr_1'],
      [
        "UPDATE ledger_charges SET amount_nano = 10 WHERE id = 'ur_1'",
        "UPDATE ledger_charges SET amount_nano = 20 WHERE id = 'ur_1'",
        'ur_1',
      ],
      ["UPDATE ledger_entries SET reason = 'x'", 'UPDATE ledger_entries SET reason = NULL', 'seal 1'],
      ["UPDATE ledger_seals SET entry_ids = '[]'", "UPDATE ledger_seals SET entry_ids = '[]'", 'seal 1'],
    ];
    for (const [statement, undo, found] of edits) {
      await run(statement);
      expect((await verdictOf(store)).differences).toContainEqual(expect.objectContaining({ id: found }));
      await run(undo);
    }
    const { head } = await verdictOf(store);
    await run('DELETE FROM ledger_seals');
    expect((await verifyLedger(store.ledgerProof, digestOf, head)).differences).toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('put back') }),
    );
  });
});
