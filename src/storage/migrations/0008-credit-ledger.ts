import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** Credit: accounts, what they were given, what is held, charges and entries, and the chain that seals them. */
export const creditLedger: Migration = { version: 8, name: 'credit-ledger', statements };

const OF_ORGANIZATION = 'organization_id TEXT NOT NULL REFERENCES organizations (id)';
/** What is written stays as it is. */
const UNCHANGEABLE = ['ledger_charges', 'ledger_entries', 'ledger_seals'];
const TABLES = ['ledger_accounts', 'ledger_grants', 'ledger_holds', 'ledger_charges', 'ledger_entries'];

function statements(engine: Engine): readonly string[] {
  return [...credit(), ...calls(), ...(engine === 'sqlite' ? sqliteGuards() : postgresGuards())];
}

/** What accounts were given. Whatever a hub gets wrong, the store lets nobody hold or spend what is not there. */
function credit(): readonly string[] {
  return [
    `CREATE TABLE ledger_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    created_at BIGINT NOT NULL
  )`,
    'CREATE INDEX ledger_accounts_by_organization ON ledger_accounts (organization_id, id)',
    `CREATE TABLE ledger_grants (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    account_id TEXT NOT NULL REFERENCES ledger_accounts (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    issued_nano BIGINT NOT NULL CHECK (issued_nano > 0),
    remaining_nano BIGINT NOT NULL,
    held_nano BIGINT NOT NULL CHECK (held_nano >= 0),
    priority INTEGER NOT NULL,
    expires_at BIGINT,
    models TEXT,
    project_ids TEXT,
    created_at BIGINT NOT NULL,
    CHECK (remaining_nano >= held_nano),
    CHECK (remaining_nano <= issued_nano)
  )`,
    'CREATE INDEX ledger_grants_with_credit ON ledger_grants (account_id) WHERE remaining_nano > 0',
    'CREATE INDEX ledger_grants_expiring ON ledger_grants (expires_at) WHERE remaining_nano > 0 AND expires_at IS NOT NULL',
    'CREATE INDEX ledger_grants_by_account ON ledger_grants (account_id, id)',
    'CREATE INDEX ledger_grants_by_organization ON ledger_grants (organization_id, id)',
  ];
}

/** Written for every call, so without references: they would be looked up, and locked, each time. */
function calls(): readonly string[] {
  return [
    `CREATE TABLE ledger_holds (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    amount_nano BIGINT NOT NULL CHECK (amount_nano >= 0),
    fallback_nano BIGINT NOT NULL CHECK (fallback_nano >= 0 AND fallback_nano <= amount_nano),
    shares TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    dispatched_at BIGINT,
    expires_at BIGINT NOT NULL,
    instance_id TEXT NOT NULL,
    terms TEXT NOT NULL
  )`,
    'CREATE INDEX ledger_holds_by_expiry ON ledger_holds (expires_at)',
    'CREATE INDEX ledger_holds_by_instance ON ledger_holds (instance_id, id)',
    'CREATE INDEX ledger_holds_by_organization ON ledger_holds (organization_id, id)',
    `CREATE TABLE ledger_charges (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    account_ids TEXT NOT NULL,
    state TEXT NOT NULL,
    amount_nano BIGINT NOT NULL CHECK (amount_nano >= 0 AND amount_nano <= held_nano),
    held_nano BIGINT NOT NULL,
    overrun_nano BIGINT NOT NULL CHECK (overrun_nano >= 0),
    terms TEXT NOT NULL,
    basis TEXT NOT NULL,
    ended_at BIGINT NOT NULL
  )`,
    'CREATE INDEX ledger_charges_by_organization ON ledger_charges (organization_id, id)',
    `CREATE INDEX ledger_charges_to_review ON ledger_charges (id) WHERE state IN ('estimated', 'presumed')`,
    `CREATE TABLE ledger_entries (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount_nano BIGINT NOT NULL CHECK (amount_nano <> 0),
    charge_id TEXT,
    at BIGINT NOT NULL,
    actor_id TEXT,
    reason TEXT
  )`,
    'CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, at, id)',
    'CREATE INDEX ledger_entries_by_organization ON ledger_entries (organization_id, at, id)',
    'CREATE INDEX ledger_entries_by_grant ON ledger_entries (grant_id)',
    'CREATE INDEX ledger_entries_by_charge ON ledger_entries (charge_id) WHERE charge_id IS NOT NULL',
    'CREATE TABLE ledger_unsealed (entry_id TEXT NOT NULL PRIMARY KEY)',
    `CREATE TABLE ledger_seals (
    number BIGINT NOT NULL PRIMARY KEY,
    entry_ids TEXT NOT NULL,
    digest TEXT NOT NULL,
    sealed_at BIGINT NOT NULL
  )`,
  ];
}

function sqliteGuards(): readonly string[] {
  return UNCHANGEABLE.flatMap((table) =>
    ['UPDATE', 'DELETE'].map(
      (act) => `CREATE TRIGGER ${table}_${act.toLowerCase()} BEFORE ${act} ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} cannot be changed'); END`,
    ),
  );
}

function postgresGuards(): readonly string[] {
  const ofOrganization = "organization_id = (SELECT current_setting('hub.organization', true))";
  return [
    `CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '% cannot be changed', TG_TABLE_NAME; END $$`,
    ...UNCHANGEABLE.flatMap((table) =>
      ['UPDATE', 'DELETE', 'TRUNCATE'].map(
        (act) => `CREATE TRIGGER ${table}_${act.toLowerCase()} BEFORE ${act} ON ${table}
      FOR EACH ${act === 'TRUNCATE' ? 'STATEMENT' : 'ROW'} EXECUTE FUNCTION refuse_ledger_change()`,
      ),
    ),
    ...TABLES.flatMap((table) => [
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
      `CREATE POLICY of_organization ON ${table} USING (${ofOrganization})`,
    ]),
  ];
}
