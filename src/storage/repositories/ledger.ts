import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { LedgerChanges, LedgerReads, LedgerRows, LedgerStore } from '../../ledger/ports.ts';
import type { AccountId, LedgerCharge } from '../../protocol/ledger.ts';
import type { StoreDatabase } from '../database.ts';
import type { Engine } from '../engine.ts';
import {
  CHARGE_COLUMNS,
  ENTRY_COLUMNS,
  GRANT_COLUMNS,
  HOLD_COLUMNS,
  type LedgerColumns,
  ledgerColumns,
  packCharge,
  packEntry,
  packGrant,
  packHold,
  type ReadRow,
  toCharge,
  toEntry,
  toGrant,
  toHold,
} from '../ledger-rows.ts';
import type { PackedValue } from '../rollup-columns.ts';
import type { Schema } from '../schema.ts';
import { listOf } from './listed-rows.ts';

type Work = { readonly transaction: Transaction<Schema>; readonly engine: Engine };

/** Credit in the store: one transaction for whatever is done together, under the locks of the accounts that it is about. */
export function createLedgerStore(database: StoreDatabase): LedgerStore {
  const { engine } = database;
  return {
    transact: (reads, decide) =>
      database.write(async (transaction) => {
        const work = { transaction, engine };
        const rows = await read(work, reads);
        const { changes, result } = decide(rows);
        await write(work, changes);
        return result;
      }),
  };
}

async function read(work: Work, reads: LedgerReads): Promise<LedgerRows> {
  const { nowMs, accountIds } = await lock(work, reads);
  const holds = (await byId(work, 'ledger_holds', HOLD_COLUMNS, reads.holdIds)).map(toHold);
  const ended = new Set(holds.map(({ id }) => id));
  const charges = (
    await byId(
      work,
      'ledger_charges',
      CHARGE_COLUMNS,
      reads.chargeIds.filter((id) => !ended.has(id)),
    )
  ).map(toCharge);
  const entries = await entriesOf(work, charges);
  const named = [
    ...reads.grantIds,
    ...holds.flatMap(({ shares }) => shares.map(({ grantId }) => grantId)),
    ...entries.map(({ grantId }) => grantId),
  ];
  return { nowMs, accountIds, grants: await grantsOf(work, accountIds, named), holds, charges, entries };
}

/** On SQLite the transaction itself is the lock. */
async function lock(
  { transaction, engine }: Work,
  { newAccounts, accountIds }: LedgerReads,
): Promise<{ readonly nowMs: number; readonly accountIds: readonly AccountId[] }> {
  const clock = nowSql(engine);
  const made = await makeAccounts({ transaction, engine }, newAccounts);
  const wanted = listOf(
    engine,
    ['TEXT'],
    accountIds.map((id) => [id]),
  );
  const { rows } = await sql<{ id: string }>`SELECT id FROM ledger_accounts
    WHERE id IN (SELECT ${wanted.item(0)} FROM ${wanted.table}) ORDER BY id
    ${engine === 'sqlite' ? sql`` : sql`FOR UPDATE`}`.execute(transaction);
  const { rows: times } = await sql<{ now: number | string }>`SELECT ${clock} AS now`.execute(transaction);
  // The ids of this table are account ids: they were given as such.
  return {
    nowMs: Number(times[0]?.now),
    accountIds: rows.map(({ id }) => id as AccountId).filter((id) => !made.has(id)),
  };
}

/** Returns those that were not there. */
async function makeAccounts(
  { transaction, engine }: Work,
  accounts: LedgerReads['newAccounts'],
): Promise<ReadonlySet<string>> {
  if (accounts.length === 0) return new Set();
  const rows = accounts.map(({ id, organizationId }) => [id, organizationId]);
  const { table, item } = listOf(engine, ['TEXT', 'TEXT'], rows);
  const { rows: made } = await sql<{ id: string }>`INSERT INTO ledger_accounts (id, organization_id, created_at)
    SELECT ${item(0)}, ${item(1)}, ${nowSql(engine)} FROM ${table} WHERE TRUE ON CONFLICT DO NOTHING
    RETURNING id`.execute(transaction);
  return new Set(made.map(({ id }) => id));
}

/** The time after the locks were waited for, not that of the transaction's beginning. */
function nowSql(engine: Engine): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`
    : sql`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`;
}

async function byId<Name extends 'ledger_holds' | 'ledger_charges'>(
  { transaction, engine }: Work,
  name: Name,
  columns: LedgerColumns<Schema[Name]>,
  ids: readonly string[],
): Promise<readonly ReadRow<Schema[Name]>[]> {
  if (ids.length === 0) return [];
  const wanted = listOf(
    engine,
    ['TEXT'],
    ids.map((id) => [id]),
  );
  const { rows } = await sql<ReadRow<Schema[Name]>>`SELECT ${ledgerColumns(columns, 't')} FROM ${sql.table(name)} AS t
    WHERE t.id IN (SELECT ${wanted.item(0)} FROM ${wanted.table})`.execute(transaction);
  return rows;
}

async function entriesOf({ transaction, engine }: Work, charges: readonly LedgerCharge[]) {
  if (charges.length === 0) return [];
  const wanted = listOf(
    engine,
    ['TEXT'],
    charges.map(({ id }) => [id]),
  );
  const { rows } = await sql<ReadRow<Schema['ledger_entries']>>`SELECT ${ledgerColumns(ENTRY_COLUMNS, 't')}
    FROM ledger_entries AS t WHERE t.charge_id IN (SELECT ${wanted.item(0)} FROM ${wanted.table})
    ORDER BY t.id`.execute(transaction);
  return rows.map(toEntry);
}

/** What the accounts have left, and the grants that are named besides. */
async function grantsOf({ transaction, engine }: Work, accountIds: readonly string[], named: readonly string[]) {
  const accounts = listOf(
    engine,
    ['TEXT'],
    accountIds.map((id) => [id]),
  );
  const ids = listOf(
    engine,
    ['TEXT'],
    [...new Set(named)].map((id) => [id]),
  );
  const { rows } = await sql<ReadRow<Schema['ledger_grants']>>`
    SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t
    WHERE t.remaining_nano > 0 AND t.account_id IN (SELECT ${accounts.item(0)} FROM ${accounts.table})
    ${
      named.length === 0
        ? sql``
        : sql`UNION SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t
          WHERE t.id IN (SELECT ${ids.item(0)} FROM ${ids.table})`
    }`.execute(transaction);
  return rows.map(toGrant);
}

async function write(work: Work, changes: LedgerChanges): Promise<void> {
  const { newGrants, changedGrants, newHolds, changedHolds, endedHolds, newCharges, newEntries } = changes;
  await insert(work, 'ledger_grants', GRANT_COLUMNS, newGrants.map(packGrant));
  await update(work, 'ledger_grants', GRANT_COLUMNS, changedGrants.map(packGrant), ['remaining_nano', 'held_nano']);
  await insert(work, 'ledger_holds', HOLD_COLUMNS, newHolds.map(packHold));
  await update(work, 'ledger_holds', HOLD_COLUMNS, changedHolds.map(packHold), [
    'amount_nano',
    'fallback_nano',
    'shares',
    'dispatched_at',
    'expires_at',
    'terms',
  ]);
  if (endedHolds.length > 0) {
    const ended = listOf(
      work.engine,
      ['TEXT'],
      endedHolds.map((id) => [id]),
    );
    await sql`DELETE FROM ledger_holds WHERE id IN (SELECT ${ended.item(0)} FROM ${ended.table})`.execute(
      work.transaction,
    );
  }
  await insert(work, 'ledger_charges', CHARGE_COLUMNS, newCharges.map(packCharge));
  await insert(work, 'ledger_entries', ENTRY_COLUMNS, newEntries.map(packEntry));
  await insert<'ledger_unsealed'>(
    work,
    'ledger_unsealed',
    [['entry_id', 'TEXT']],
    newEntries.map(({ id }) => [id]),
  );
}

type LedgerTable = 'ledger_grants' | 'ledger_holds' | 'ledger_charges' | 'ledger_entries' | 'ledger_unsealed';

async function insert<Name extends LedgerTable>(
  { transaction, engine }: Work,
  name: Name,
  columns: LedgerColumns<Schema[Name]>,
  rows: readonly (readonly PackedValue[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const { table, item } = listOf(engine, typesOf(columns), rows);
  await sql`INSERT INTO ${sql.table(name)} (${sql.join(columns.map(([column]) => sql.ref(column)))})
    SELECT ${sql.join(columns.map((_, index) => item(index)))} FROM ${table}`.execute(transaction);
}

async function update<Name extends LedgerTable>(
  { transaction, engine }: Work,
  name: Name,
  columns: LedgerColumns<Schema[Name]>,
  rows: readonly (readonly PackedValue[])[],
  changed: readonly (keyof Schema[Name] & string)[],
): Promise<void> {
  if (rows.length === 0) return;
  const kept = columns
    .map(([column, kind], index) => ({ column, kind, index }))
    .filter(({ column }) => column === 'id' || changed.includes(column));
  const values = rows.map((row) => kept.map(({ index }) => row[index] ?? null));
  const { table, item } = listOf(engine, typesOf(kept.map(({ column, kind }) => [column, kind] as const)), values);
  const selected = kept.map(({ column }, index) => sql`${item(index)} AS ${sql.ref(column)}`);
  const assigned = kept
    .filter(({ column }) => column !== 'id')
    .map(({ column }) => sql`${sql.ref(column)} = given.${sql.ref(column)}`);
  await sql`UPDATE ${sql.table(name)} AS t SET ${sql.join(assigned)}
    FROM (SELECT ${sql.join(selected)} FROM ${table}) AS given WHERE t.id = given.id`.execute(transaction);
}

function typesOf(columns: readonly (readonly [string, 'TEXT' | 'BIGINT' | 'NANO'])[]): readonly string[] {
  return columns.map(([, kind]) => (kind === 'NANO' ? 'BIGINT' : kind));
}
