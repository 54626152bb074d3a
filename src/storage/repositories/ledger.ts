import { type RawBuilder, sql } from 'kysely';
import type { LedgerChanges, LedgerReads, LedgerRows, LedgerStore } from '../../ledger/ports.ts';
import type { AccountId } from '../../protocol/ledger.ts';
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

/**
 * Credit in the store: one transaction for whatever is done together, under the locks of the accounts that it is about. On
 * SQLite the transaction itself is the lock.
 */
export function createLedgerStore(database: StoreDatabase): LedgerStore {
  const { engine } = database;
  return {
    transact: (reads, decide) =>
      database.readThenWrite(readsOf(engine, reads), (results) => {
        const { changes, result } = decide(toRows(results));
        return { writes: writesOf(engine, changes), result };
      }),
  };
}

type Statement = RawBuilder<unknown>;
type Row<Name extends keyof Schema> = ReadRow<Schema[Name]>;

/** What {@link toRows} takes, in that order. */
function readsOf(engine: Engine, reads: LedgerReads): readonly Statement[] {
  const accounts = listed(engine, reads.accountIds);
  const charges = listed(engine, reads.chargeIds);
  return [
    makeAccounts(engine, reads.newAccounts),
    sql`SELECT id FROM ledger_accounts WHERE id IN (${accounts}) ORDER BY id
      ${engine === 'sqlite' ? sql`` : sql`FOR UPDATE`}`,
    sql`SELECT ${nowSql(engine)} AS now`,
    sql`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t WHERE t.id IN (${listed(engine, reads.holdIds)})`,
    sql`SELECT ${ledgerColumns(CHARGE_COLUMNS, 't')} FROM ledger_charges AS t WHERE t.id IN (${charges})`,
    sql`SELECT ${ledgerColumns(ENTRY_COLUMNS, 't')} FROM ledger_entries AS t WHERE t.charge_id IN (${charges})
      ORDER BY t.id`,
    // What is held is part of what is left, so the grants of every hold are among those.
    sql`SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t
      WHERE t.remaining_nano > 0 AND t.account_id IN (${accounts})
      UNION SELECT ${ledgerColumns(GRANT_COLUMNS, 't')} FROM ledger_grants AS t
      WHERE t.id IN (${listed(engine, reads.grantIds)})
      OR t.id IN (SELECT e.grant_id FROM ledger_entries AS e WHERE e.charge_id IN (${charges}))`,
  ];
}

function toRows(results: readonly (readonly unknown[])[]): LedgerRows {
  // The rows are those of the statements above, in their order.
  const [made, accounts, times, holds, charges, entries, grants] = results as [
    readonly { readonly id: string }[],
    readonly { readonly id: AccountId }[],
    readonly { readonly now: number | string }[],
    readonly Row<'ledger_holds'>[],
    readonly Row<'ledger_charges'>[],
    readonly Row<'ledger_entries'>[],
    readonly Row<'ledger_grants'>[],
  ];
  const isNew = new Set<string>(made.map(({ id }) => id));
  return {
    nowMs: Number(times[0]?.now),
    accountIds: accounts.map(({ id }) => id).filter((id) => !isNew.has(id)),
    holds: holds.map(toHold),
    charges: charges.map(toCharge),
    entries: entries.map(toEntry),
    grants: grants.map(toGrant),
  };
}

/** Gives those that were not there. */
function makeAccounts(engine: Engine, accounts: LedgerReads['newAccounts']): Statement {
  const rows = accounts.map(({ id, organizationId }) => [id, organizationId]);
  const { table, item } = listOf(engine, ['TEXT', 'TEXT'], rows);
  return sql`INSERT INTO ledger_accounts (id, organization_id, created_at)
    SELECT ${item(0)}, ${item(1)}, ${nowSql(engine)} FROM ${table} WHERE TRUE ON CONFLICT DO NOTHING RETURNING id`;
}

/** The time after the locks were waited for, not that of the transaction's beginning. */
function nowSql(engine: Engine): Statement {
  return engine === 'sqlite'
    ? sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`
    : sql`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`;
}

function listed(engine: Engine, ids: readonly string[]): Statement {
  const { table, item } = listOf(
    engine,
    ['TEXT'],
    ids.map((id) => [id]),
  );
  return sql`SELECT ${item(0)} FROM ${table}`;
}

function writesOf(engine: Engine, changes: LedgerChanges): readonly Statement[] {
  const { newGrants, changedGrants, newHolds, changedHolds, endedHolds, newCharges, newEntries } = changes;
  const entryIds = newEntries.map(({ id }) => [id]);
  return [
    ...insert(engine, 'ledger_grants', GRANT_COLUMNS, newGrants.map(packGrant)),
    ...update(engine, 'ledger_grants', GRANT_COLUMNS, changedGrants.map(packGrant), ['remaining_nano', 'held_nano']),
    ...insert(engine, 'ledger_holds', HOLD_COLUMNS, newHolds.map(packHold)),
    ...update(engine, 'ledger_holds', HOLD_COLUMNS, changedHolds.map(packHold), CHANGED_OF_HOLDS),
    ...(endedHolds.length === 0 ? [] : [sql`DELETE FROM ledger_holds WHERE id IN (${listed(engine, endedHolds)})`]),
    ...insert(engine, 'ledger_charges', CHARGE_COLUMNS, newCharges.map(packCharge)),
    ...insert(engine, 'ledger_entries', ENTRY_COLUMNS, newEntries.map(packEntry)),
    ...insert<'ledger_unsealed'>(engine, 'ledger_unsealed', [['entry_id', 'TEXT']], entryIds),
  ];
}

const CHANGED_OF_HOLDS = ['amount_nano', 'fallback_nano', 'shares', 'dispatched_at', 'expires_at', 'terms'] as const;

type LedgerTable = 'ledger_grants' | 'ledger_holds' | 'ledger_charges' | 'ledger_entries' | 'ledger_unsealed';

function insert<Name extends LedgerTable>(
  engine: Engine,
  name: Name,
  columns: LedgerColumns<Schema[Name]>,
  rows: readonly (readonly PackedValue[])[],
): readonly Statement[] {
  if (rows.length === 0) return [];
  const { table, item } = listOf(engine, typesOf(columns), rows);
  return [
    sql`INSERT INTO ${sql.table(name)} (${sql.join(columns.map(([column]) => sql.ref(column)))})
    SELECT ${sql.join(columns.map((_, index) => item(index)))} FROM ${table}`,
  ];
}

function update<Name extends LedgerTable>(
  engine: Engine,
  name: Name,
  columns: LedgerColumns<Schema[Name]>,
  rows: readonly (readonly PackedValue[])[],
  changed: readonly (keyof Schema[Name] & string)[],
): readonly Statement[] {
  if (rows.length === 0) return [];
  const kept = columns
    .map(([column, kind], index) => ({ column, kind, index }))
    .filter(({ column }) => column === 'id' || changed.includes(column));
  const values = rows.map((row) => kept.map(({ index }) => row[index] ?? null));
  const types = typesOf(kept.map(({ column, kind }) => [column, kind] as const));
  const { table, item } = listOf(engine, types, values);
  const selected = kept.map(({ column }, index) => sql`${item(index)} AS ${sql.ref(column)}`);
  const assigned = kept
    .filter(({ column }) => column !== 'id')
    .map(({ column }) => sql`${sql.ref(column)} = given.${sql.ref(column)}`);
  return [
    sql`UPDATE ${sql.table(name)} AS t SET ${sql.join(assigned)}
    FROM (SELECT ${sql.join(selected)} FROM ${table}) AS given WHERE t.id = given.id`,
  ];
}

function typesOf(columns: readonly (readonly [string, 'TEXT' | 'BIGINT' | 'NANO'])[]): readonly string[] {
  return columns.map(([, kind]) => (kind === 'NANO' ? 'BIGINT' : kind));
}
