import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Credit that Payment Kit sells. A place is one of its currencies in one mode: up to which seal of the ledger it was told
 * what was used, who its customers are, and the usage that is on its way there.
 */
export const paymentKit: Migration = { version: 27, name: 'payment-kit', statements };

function statements(engine: Engine): readonly string[] {
  return [
    'ALTER TABLE payment_accounts ADD COLUMN settings TEXT',
    'CREATE TABLE payment_kit_places (id TEXT NOT NULL PRIMARY KEY, seal BIGINT NOT NULL, began_at BIGINT NOT NULL)',
    `CREATE TABLE payment_kit_customers (
    place TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    did TEXT NOT NULL,
    untold_nano BIGINT NOT NULL,
    next_check_at BIGINT NOT NULL,
    checks INTEGER NOT NULL,
    PRIMARY KEY (place, organization_id)
  )`,
    'CREATE UNIQUE INDEX payment_kit_customers_once ON payment_kit_customers (place, customer_id)',
    'CREATE INDEX payment_kit_customers_to_check ON payment_kit_customers (place, next_check_at)',
    `CREATE TABLE payment_kit_usage (
    id TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    value_nano BIGINT NOT NULL CHECK (value_nano > 0),
    made_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at BIGINT NOT NULL,
    delivered_at BIGINT,
    problem TEXT
  )`,
    `CREATE INDEX payment_kit_usage_waiting ON payment_kit_usage (place, next_try_at) WHERE state = 'waiting'`,
    'CREATE INDEX payment_kit_usage_by_organization ON payment_kit_usage (place, organization_id)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return ['payment_kit_customers', 'payment_kit_usage'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table}
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ]);
}
