import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What calls cost whoever pays for them: rules, the groups of customers that they are for, and what credit is worth. */
export const prices: Migration = { version: 11, name: 'prices', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE customer_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
  )`,
    `CREATE TABLE customer_group_members (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    customer_group_id TEXT NOT NULL REFERENCES customer_groups (id)
  )`,
    'CREATE INDEX customer_group_members_by_group ON customer_group_members (customer_group_id)',
    // No reference to the group: what it once paid stays to be read when it is gone.
    `CREATE TABLE price_rules (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    customer_group_id TEXT,
    provider_id TEXT,
    model TEXT,
    version INTEGER NOT NULL,
    effective_from BIGINT NOT NULL,
    margin_millionths INTEGER,
    prices TEXT,
    allows_below_cost INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    actor_id TEXT,
    reason TEXT,
    UNIQUE (scope, version)
  )`,
    `CREATE TABLE credit_worth (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    price_nano BIGINT NOT NULL
  )`,
    `CREATE TABLE price_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL,
    model TEXT NOT NULL,
    prices TEXT NOT NULL,
    origin TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    dismissed_at BIGINT,
    UNIQUE (provider_id, model)
  )`,
    ...(engine === 'sqlite' ? [] : POLICY),
  ];
}

const POLICY = [
  'ALTER TABLE customer_group_members ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_organization ON customer_group_members
    USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
];
