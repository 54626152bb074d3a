import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Every index of the ledger is written for every call. Those go that nothing is looked up by, and those of the holds: no
 * more calls are under way than can be read through.
 */
export const leanerLedger: Migration = { version: 17, name: 'leaner-ledger', statements };

const INDEXES = [
  'ledger_holds_by_expiry',
  'ledger_holds_by_instance',
  'ledger_holds_by_organization',
  'ledger_charges_by_organization',
  'ledger_entries_by_grant',
];

function statements(engine: Engine): readonly string[] {
  return [...INDEXES.map((name) => `DROP INDEX ${name}`), ...(engine === 'sqlite' ? KEYS_ALONE : [])];
}

/** What waits for its seal is nothing but a key, which SQLite else keeps twice. */
const KEYS_ALONE = [
  'ALTER TABLE ledger_unsealed RENAME TO ledger_unsealed_before',
  'CREATE TABLE ledger_unsealed (entry_id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID',
  'INSERT INTO ledger_unsealed (entry_id) SELECT entry_id FROM ledger_unsealed_before',
  'DROP TABLE ledger_unsealed_before',
];
