import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresAvailable } from '../../test/support/postgres.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { nanoCredits } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant, placeHold } from '../ledger/testing/operations.ts';
import type { AccountId } from '../protocol/ledger.ts';
import { createPool } from './postgres-connections.ts';
import { createPostgresLedger, HOT_LIMITS } from './postgres-hot.ts';
import { migratedPostgres } from './testing/stores.ts';

/** After five runs PostgreSQL may keep a plan for whatever values: https://www.postgresql.org/docs/current/sql-prepare.html */
const CALLS = 20;
const PATH: readonly AccountId[] = ['organization/org_default', 'key/k1'];

const { available } = postgresAvailable();
const newId = createIdMaker(() => Date.UTC(2026, 0, 1));

/** A ledger on a store that has nothing in it yet, and the one connection that it uses. */
async function setUp() {
  const location = await migratedPostgres();
  const limits = { ...HOT_LIMITS, connections: 1 };
  const pool = createPool(location, { note: () => undefined, limits, prepare: () => Promise.resolve() });
  onTestFinished(() => pool.end());
  const store = { transact: createPostgresLedger(pool) };
  return { pool, ledger: new Ledger({ store, overloaded: () => new Error('too much at once') }) };
}

async function callOnce(ledger: Ledger): Promise<void> {
  const id = newId('ur');
  await ledger.do(placeHold(id, 7n, { path: PATH }));
  await ledger.do({ kind: 'end', id, path: PATH, state: 'settled', amountNano: nanoCredits(3n), basis: 'reported' });
}

describe.skipIf(!available)('statements of every call, first planned on empty tables', () => {
  test('are parsed once for a connection, and keep plans that use an index', async () => {
    const { pool, ledger } = await setUp();
    for (const accountId of PATH) await ledger.do(giveGrant(newId('gr'), 1000n, { accountId }));
    for (let call = 0; call < CALLS; call += 1) await callOnce(ledger);

    const { rows: kept } = await pool.query<{ name: string; values: string; statement: string }>(
      `SELECT name, statement, array_to_string(array_fill('NULL'::text, ARRAY[cardinality(parameter_types)]), ',') AS values
       FROM pg_prepared_statements WHERE name LIKE 'hub_hot_%' AND generic_plans > 0`,
    );
    expect(kept.length).toBeGreaterThanOrEqual(5);
    for (const { name, values, statement } of kept) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN EXECUTE ${name}${values === '' ? '' : `(${values})`}`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect.soft(plan, statement).not.toMatch(/Seq Scan on ledger_/);
    }
  });

  test('change no setting of the connection', async () => {
    const { pool, ledger } = await setUp();
    await ledger.do(giveGrant(newId('gr'), 1000n, { accountId: 'organization/org_default' }));
    const { rows } = await pool.query<{ enable_seqscan: string }>('SHOW enable_seqscan');
    expect(rows).toEqual([{ enable_seqscan: 'on' }]);
  });
});
