import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** Credit that is bought: what for, by which service, what became of it, and which messages were acted on. */
export const payments: Migration = { version: 21, name: 'payments', statements };

function statements(engine: Engine): readonly string[] {
  return [...purchases(), ...topUpsAndEvents(), ...(engine === 'sqlite' ? [] : policies())];
}

function purchases(): readonly string[] {
  return [
    `CREATE TABLE payment_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    mode TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    sealed TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    address TEXT NOT NULL,
    masked_key TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL
  )`,
    `CREATE TABLE purchases (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    method TEXT NOT NULL,
    mode TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    credits_nano BIGINT NOT NULL CHECK (credits_nano > 0),
    state TEXT NOT NULL,
    session_id TEXT,
    customer_id TEXT,
    card_id TEXT,
    payment_id TEXT,
    grant_id TEXT NOT NULL UNIQUE,
    grant_expires_at BIGINT,
    granted INTEGER NOT NULL,
    returned_minor BIGINT NOT NULL CHECK (returned_minor >= 0 AND returned_minor <= amount_minor),
    reversed_nano BIGINT NOT NULL CHECK (reversed_nano >= 0 AND reversed_nano <= credits_nano),
    reversals INTEGER NOT NULL,
    buyer_id TEXT,
    created_at BIGINT NOT NULL,
    paid_at BIGINT,
    next_check_at BIGINT,
    checks INTEGER NOT NULL
  )`,
    'CREATE INDEX purchases_by_organization ON purchases (organization_id, id)',
    'CREATE INDEX purchases_by_payment ON purchases (payment_id) WHERE payment_id IS NOT NULL',
    'CREATE INDEX purchases_to_check ON purchases (next_check_at) WHERE next_check_at IS NOT NULL',
    `CREATE INDEX purchases_to_grant ON purchases (id) WHERE state = 'paid' AND granted = 0`,
    // One at a time, whoever begins them.
    `CREATE UNIQUE INDEX purchases_one_top_up ON purchases (organization_id) WHERE cause = 'top_up' AND state = 'open'`,
  ];
}

function topUpsAndEvents(): readonly string[] {
  return [
    `CREATE TABLE auto_top_ups (
    organization_id TEXT NOT NULL PRIMARY KEY,
    method TEXT NOT NULL,
    mode TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    below_nano BIGINT NOT NULL CHECK (below_nano >= 0),
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    day_most_minor BIGINT NOT NULL CHECK (day_most_minor >= amount_minor),
    setup_session_id TEXT,
    customer_id TEXT,
    card_id TEXT,
    card_label TEXT,
    stopped_by TEXT,
    set_by TEXT,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL
  )`,
    `CREATE TABLE payment_events (
    id TEXT NOT NULL PRIMARY KEY,
    method TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    mode TEXT NOT NULL,
    purchase_id TEXT,
    outcome TEXT NOT NULL,
    received_at BIGINT NOT NULL
  )`,
    'CREATE UNIQUE INDEX payment_events_once ON payment_events (method, event_id)',
  ];
}

function policies(): readonly string[] {
  return ['purchases', 'auto_top_ups'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table}
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ]);
}
