import type { LedgerChanges, LedgerReads, LedgerRows } from '../ledger/ports.ts';
import type { AccountId } from '../protocol/ledger.ts';
import type { Engine } from './engine.ts';
import { nowMsSql } from './engine.ts';
import {
  CHARGE_COLUMNS,
  ENTRY_COLUMNS,
  GRANT_COLUMNS,
  HOLD_COLUMNS,
  JOB_COLUMNS,
  listedColumns,
  namedRow,
  packCharge,
  packEntry,
  packGrant,
  packHold,
  packJob,
  toCharge,
  toEntry,
  toGrant,
  toHold,
} from './ledger-rows.ts';
import {
  type Columns,
  type FoundRows,
  forTexts,
  insertRows,
  type ManyRows,
  once,
  plannedAnew,
  updateRows,
} from './many-rows.ts';
import type { PackedValue } from './rollup-columns.ts';

/** What a transaction on the ledger asks of a store, in statements whose texts are always the same. */
export type LedgerStatements = {
  readonly reads: (reads: LedgerReads) => readonly ManyRows[];
  /** Takes what was found for each of `reads`. */
  readonly rows: (found: readonly FoundRows[]) => LedgerRows;
  readonly writes: (changes: LedgerChanges) => readonly ManyRows[];
};

/** Everything is read under the locks of the accounts; on SQLite the transaction itself is the lock. */
export function createLedgerStatements(engine: Engine): LedgerStatements {
  const statements = createStatements(engine);
  return {
    reads: (reads) => readsOf(statements, reads),
    rows: toRows,
    writes: (changes) => writesOf(statements, changes),
  };
}

type Statements = ReturnType<typeof createStatements>;

function createStatements(engine: Engine) {
  const select = (table: string, columns: Columns, where: string): string =>
    `SELECT ${listedColumns(columns, 't')} FROM ${table} AS t WHERE ${where}`;
  const find = (table: string, columns: Columns, where: (isGiven: string) => string) =>
    forTexts(engine, (isGiven) => select(table, columns, where(isGiven)));
  // The time after the locks were waited for, not that of the transaction's beginning.
  const now = engine === 'sqlite' ? nowMsSql('sqlite') : 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)';
  return {
    makeAccounts: insertRows(engine, 'ledger_accounts', OWNED, {
      extra: [['created_at', now]],
      conflict: 'ON CONFLICT DO NOTHING RETURNING id',
    }),
    lockAccounts: plannedAnew(
      forTexts(
        engine,
        (isGiven) =>
          `SELECT id FROM ledger_accounts WHERE id ${isGiven} ORDER BY id ${engine === 'sqlite' ? '' : 'FOR UPDATE'}`,
      ),
    ),
    now: once(`SELECT ${now}`),
    holds: find('ledger_holds', HOLD_COLUMNS, (isGiven) => `t.id ${isGiven}`),
    charges: find('ledger_charges', CHARGE_COLUMNS, (isGiven) => `t.id ${isGiven}`),
    entriesOf: plannedAnew(find('ledger_entries', ENTRY_COLUMNS, (isGiven) => `t.charge_id ${isGiven} ORDER BY t.id`)),
    entries: find('ledger_entries', ENTRY_COLUMNS, (isGiven) => `t.id ${isGiven}`),
    // What is held is part of what is left, so the grants of every hold are among those.
    grantsWithCredit: find(
      'ledger_grants',
      GRANT_COLUMNS,
      (isGiven) => `t.remaining_nano > 0 AND t.account_id ${isGiven}`,
    ),
    grants: find('ledger_grants', GRANT_COLUMNS, (isGiven) => `t.id ${isGiven}`),
    grantsOf: find(
      'ledger_grants',
      GRANT_COLUMNS,
      (isGiven) => `t.id IN (SELECT e.grant_id FROM ledger_entries AS e WHERE e.charge_id ${isGiven})`,
    ),
    addGrants: insertRows(engine, 'ledger_grants', GRANT_COLUMNS),
    changeGrants: updateRows(engine, 'ledger_grants', GRANT_CHANGES),
    addHolds: insertRows(engine, 'ledger_holds', HOLD_COLUMNS),
    changeHolds: updateRows(engine, 'ledger_holds', HOLD_CHANGES),
    endHolds: forTexts(engine, (isGiven) => `DELETE FROM ledger_holds WHERE id ${isGiven}`),
    addJobs: insertRows(engine, 'awaited_jobs', JOB_COLUMNS),
    endJobs: forTexts(engine, (isGiven) => `DELETE FROM awaited_jobs WHERE id ${isGiven}`),
    addCharges: insertRows(engine, 'ledger_charges', CHARGE_COLUMNS),
    addEntries: insertRows(engine, 'ledger_entries', ENTRY_COLUMNS),
    queueEntries: insertRows(engine, 'ledger_unsealed', [['entry_id', 'TEXT']]),
  };
}

const OWNED = [
  ['id', 'TEXT'],
  ['organization_id', 'TEXT'],
] as const;
const GRANT_CHANGES = GRANT_COLUMNS.filter(([name]) => name === 'remaining_nano' || name === 'held_nano');
const CHANGED_OF_HOLDS: readonly string[] = [
  'amount_nano',
  'fallback_nano',
  'shares',
  'dispatched_at',
  'expires_at',
  'terms',
  'awaits_job_since',
];
const HOLD_CHANGES = HOLD_COLUMNS.filter(([name]) => CHANGED_OF_HOLDS.includes(name));
const GRANT_PLACES = placesOf(GRANT_COLUMNS, GRANT_CHANGES);
const HOLD_PLACES = placesOf(HOLD_COLUMNS, HOLD_CHANGES);

/** The place of the statement that finds charges among those of {@link readsOf}: few calls have one when they are asked for. */
const CHARGES = 4;

/** What {@link toRows} takes, in that order. */
function readsOf(statements: Statements, reads: LedgerReads): readonly ManyRows[] {
  const accounts = texts(reads.accountIds);
  const charges = texts(reads.chargeIds);
  return [
    statements.makeAccounts(reads.newAccounts.map(({ id, organizationId }) => [id, organizationId])),
    statements.lockAccounts(accounts),
    statements.now,
    statements.holds(texts(reads.holdIds)),
    statements.charges(charges),
    { ...statements.entriesOf(charges), foundBy: CHARGES },
    statements.grantsWithCredit(accounts),
    statements.grants(texts(reads.grantIds)),
    { ...statements.grantsOf(charges), foundBy: CHARGES },
    statements.entries(texts(reads.entryIds)),
  ];
}

function toRows(results: readonly FoundRows[]): LedgerRows {
  const [made = [], accounts = [], times, holds = [], charges = [], entries = [], ...rest] = results;
  const [grantsWithCredit = [], namedGrants = [], grantsOfCharges = [], namedEntries = []] = rest;
  const isNew = new Set(made.map(([id]) => id));
  const ids = accounts.map(([id]) => id).filter((id) => !isNew.has(id));
  // One grant may have been found by its account, by its id and by a charge.
  const byId = new Map([...grantsWithCredit, ...namedGrants, ...grantsOfCharges].map((row) => [row[0], row]));
  return {
    nowMs: Number(times?.[0]?.[0]),
    // The column holds what was given as an account's id.
    accountIds: ids as readonly AccountId[],
    holds: holds.map((row) => toHold(namedRow(HOLD_COLUMNS, row))),
    charges: charges.map((row) => toCharge(namedRow(CHARGE_COLUMNS, row))),
    entries: entries.map((row) => toEntry(namedRow(ENTRY_COLUMNS, row))),
    namedEntries: namedEntries.map((row) => toEntry(namedRow(ENTRY_COLUMNS, row))),
    grants: [...byId.values()].map((row) => toGrant(namedRow(GRANT_COLUMNS, row))),
  };
}

function writesOf(statements: Statements, changes: LedgerChanges): readonly ManyRows[] {
  const { newGrants, changedGrants, newHolds, changedHolds, endedHolds, newCharges, newEntries } = changes;
  const all = [
    statements.addGrants(newGrants.map(packGrant)),
    statements.changeGrants(changedGrants.map((grant) => changedOf(GRANT_PLACES, packGrant(grant)))),
    statements.addHolds(newHolds.map(packHold)),
    statements.changeHolds(changedHolds.map((hold) => changedOf(HOLD_PLACES, packHold(hold)))),
    statements.endHolds(texts(endedHolds)),
    statements.addJobs(changes.newJobs.map(packJob)),
    statements.endJobs(texts(changes.endedJobs)),
    statements.addCharges(newCharges.map(packCharge)),
    statements.addEntries(newEntries.map(packEntry)),
    statements.queueEntries(newEntries.map(({ id }) => [id])),
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** Of a packed row what changes, and its id, as {@link updateRows} takes them. */
function changedOf(places: readonly number[], row: readonly PackedValue[]): readonly PackedValue[] {
  return places.map((place) => row[place] ?? null);
}

function placesOf(columns: Columns, changed: Columns): readonly number[] {
  return [...changed.map(([name]) => name), 'id'].map((name) => columns.findIndex(([column]) => column === name));
}

function texts(ids: readonly string[]): readonly (readonly string[])[] {
  return ids.map((id) => [id]);
}
