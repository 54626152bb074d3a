import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What organizations limit: requests, tokens, money and how much goes on at once. */
export const limits: Migration = { version: 28, name: 'limits', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE limits (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT,
    models TEXT,
    measure TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    period TEXT,
    mode TEXT NOT NULL,
    thresholds TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    counts_since INTEGER NOT NULL
  )`,
    'CREATE INDEX limits_by_organization ON limits (organization_id)',
    // The counts that several hubs on one PostgreSQL share; a hub of its own counts in memory.
    `CREATE TABLE limit_counts (
    id TEXT NOT NULL PRIMARY KEY,
    limit_id TEXT NOT NULL REFERENCES limits (id) ON DELETE CASCADE,
    organization_id TEXT NOT NULL,
    counts_since INTEGER NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    buckets TEXT NOT NULL,
    updated_at BIGINT NOT NULL
  )`,
    'CREATE INDEX limit_counts_by_limit ON limit_counts (limit_id)',
    `CREATE TABLE limit_takes (
    call_id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    document TEXT NOT NULL,
    lease_until BIGINT NOT NULL
  )`,
    'CREATE INDEX limit_takes_by_holder ON limit_takes (holder)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return ['limits', 'limit_counts', 'limit_takes'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table}
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ]);
}
