import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { postgresAvailable } from '../../test/support/postgres.ts';
import { createRandom } from '../../test/support/random.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { createSealDigest } from '../ledger/seals.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import { verifyLedger } from '../ledger/verify.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Store } from './open-store.ts';
import { migratedPostgres, openAt } from './testing/stores.ts';

/** Credit on a PostgreSQL where others lock the same accounts, in whatever order. */

const WRITERS = 50;
const ROUNDS = 8;
const PROCESSES = 4;
const ACCOUNTS: readonly AccountId[] = ['organization/org_default', 'project/p1', 'project/p2', 'key/k1', 'key/k2'];
const GIVEN = 1_000_000n;

const { available } = postgresAvailable();
const newId = createIdMaker(() => Date.UTC(2026, 0, 1));
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closing.push(() => client.end());
  return client;
}

const ledgerOf = (store: Store): Ledger =>
  new Ledger({ store: store.ledger, overloaded: () => new Error('too much at once') });

async function giveAll(ledger: Ledger): Promise<void> {
  for (const accountId of ACCOUNTS) {
    await ledger.do(giveGrant(newId('gr'), GIVEN, { accountId }));
  }
}

/** One call from its hold to its charge of 3. */
async function callWith(ledger: Ledger, path: readonly AccountId[]): Promise<void> {
  const id = newId('ur');
  const placed = await ledger.do(placeHold(id, 7n, { path }));
  expect(placed).toEqual({ kind: 'held', amountNano: 7n });
  const ended = await ledger.do({ kind: 'end', id, path, state: 'settled', amountNano: nanoCredits(3n), basis: 'x' });
  expect(ended).toEqual({ kind: 'ended', state: 'settled', chargedNano: 3n, overrunNano: 0n });
}

/** Has many writers charge calls of accounts that overlap; gives how often each account was charged. */
async function writeMuch(ledgers: readonly Ledger[]): Promise<ReadonlyMap<AccountId, number>> {
  const random = createRandom(7);
  const charged = new Map<AccountId, number>();
  const write = async (writer: number): Promise<void> => {
    const ledger = ledgers[writer % ledgers.length];
    for (let round = 0; round < ROUNDS && ledger !== undefined; round += 1) {
      const [organization, ...rest] = ACCOUNTS;
      const path = [...(organization === undefined ? [] : [organization]), ...rest.filter(() => random.next() < 0.5)];
      for (const account of path) charged.set(account, (charged.get(account) ?? 0) + 1);
      await callWith(ledger, path);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return charged;
}

async function expectCharged(store: Store, charged: ReadonlyMap<AccountId, number>): Promise<void> {
  const balances = await store.ledgerReader.accounts(
    { organizationId: 'org_default' },
    { accountId: undefined },
    { limit: 100, afterId: undefined },
  );
  expect(new Map(balances.map(({ id, remainingNano }) => [id, remainingNano]))).toEqual(
    new Map(ACCOUNTS.map((id) => [id, GIVEN - 3n * BigInt(charged.get(id) ?? 0)])),
  );
  expect(balances.every(({ heldNano }) => heldNano === 0n)).toBe(true);
  const verdict = await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none')));
  expect(verdict.differences).toEqual([]);
}

/** Locks accounts against their order until it is stopped, so that whoever meets it is in a deadlock. */
async function lockBackwards(url: string): Promise<{ readonly stop: () => Promise<void> }> {
  const client = await connect(url);
  // It waits for longer than the others, who so are the ones to be told.
  await client.query("SET deadlock_timeout = '20s'");
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await client.query('BEGIN');
      for (const id of [...ACCOUNTS].toSorted().toReversed()) {
        await client.query('SELECT id FROM ledger_accounts WHERE id = $1 FOR UPDATE', [id]);
      }
      await client.query('COMMIT');
      await client.query('SELECT pg_sleep(random() * 0.2)');
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}

async function deadlocksIn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.deadlocks);
}

describe.skipIf(!available)('accounts that others lock, too', () => {
  test('deadlocks are nobody’s but the store’s: every charge is written, once', { timeout: 60_000 }, async () => {
    const { url } = await migratedPostgres();
    const client = await connect(url);
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET deadlock_timeout = '5ms'`);
    const stores = Array.from({ length: PROCESSES }, () => openAt({ kind: 'postgres', url }));
    const ledgers = stores.map(ledgerOf);
    const [store] = stores;
    const [ledger] = ledgers;
    if (store === undefined || ledger === undefined) throw new Error('at least one process is needed');
    await giveAll(ledger);
    const backwards = await lockBackwards(url);
    const writing = writeMuch(ledgers);
    await Promise.allSettled([writing]);
    await backwards.stop();
    const charged = await writing;
    await expectCharged(store, charged);
    await vi.waitUntil(async () => (await deadlocksIn(client)) > 0, { timeout: 10_000 });
  });

  test('a lock that is held for long is waited for again', { timeout: 30_000 }, async () => {
    const { url } = await migratedPostgres();
    const store = openAt({ kind: 'postgres', url });
    const ledger = ledgerOf(store);
    await giveAll(ledger);
    const [holder, watcher] = [await connect(url), await connect(url)];
    await holder.query('BEGIN');
    await holder.query('SELECT id FROM ledger_accounts FOR UPDATE');
    const call = callWith(ledger, ACCOUNTS.slice(0, 1));
    const waiters = new Set<number>();
    const sawTwo = async (): Promise<boolean> => {
      const { rows } = await watcher.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      for (const { pid } of rows) waiters.add(pid);
      return waiters.size > 1;
    };
    // The second is the same transaction, begun again after the server let it wait no longer.
    await vi.waitUntil(sawTwo, { timeout: 10_000, interval: 20 });
    await holder.query('COMMIT');
    await call;
    await expectCharged(store, new Map([['organization/org_default', 1]]));
  });

  test.each(['serializable', 'repeatable read'])(
    'a database that is %s unless told is told',
    { timeout: 60_000 },
    async (isolation) => {
      const { url } = await migratedPostgres();
      const client = await connect(url);
      const name = new URL(url).pathname.slice(1);
      await client.query(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`);
      const stores = Array.from({ length: PROCESSES }, () => openAt({ kind: 'postgres', url }));
      const ledgers = stores.map(ledgerOf);
      const [store] = stores;
      const [ledger] = ledgers;
      if (store === undefined || ledger === undefined) throw new Error('at least one process is needed');
      await giveAll(ledger);
      await expectCharged(store, await writeMuch(ledgers));
    },
  );
});
