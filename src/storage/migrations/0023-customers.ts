import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Customers of a platform elsewhere, which has ids of its own for them and sells them credit: what they are owed by a
 * reference of the platform's, and up to where it was told what they used.
 */
export const customers: Migration = { version: 23, name: 'customers', statements };

function statements(engine: Engine): readonly string[] {
  return [
    'ALTER TABLE organizations ADD COLUMN external_id TEXT',
    'CREATE UNIQUE INDEX organizations_by_external_id ON organizations (external_id) WHERE external_id IS NOT NULL',
    `CREATE TABLE owed_grants (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    amount_nano BIGINT NOT NULL CHECK (amount_nano > 0),
    expires_at BIGINT,
    actor_id TEXT,
    reason TEXT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`,
    `CREATE INDEX owed_grants_waiting ON owed_grants (id) WHERE state = 'waiting'`,
    'CREATE TABLE customer_usage_told (id INTEGER NOT NULL PRIMARY KEY, seal BIGINT NOT NULL)',
    // What was used before is nobody's to be told of.
    'INSERT INTO customer_usage_told (id, seal) SELECT 1, COALESCE(MAX(number), 0) FROM ledger_seals',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE owed_grants ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON owed_grants
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
