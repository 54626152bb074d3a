import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Sums of months that have ended, packed: those of a series in a few rows, and those of all series of a kind in one. They
 * are made from the sums there are, which stay. A job fills the tables; views read what is not packed as before.
 */
export const packedUsage: Migration = { version: 20, name: 'packed usage', statements };

function statements(engine: Engine): readonly string[] {
  const clustered = engine === 'sqlite' ? ' WITHOUT ROWID' : '';
  return [
    'ALTER TABLE usage_rollup_state ADD COLUMN closing_at BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE usage_rollup_state ADD COLUMN packings BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE usage_rollup_state ADD COLUMN packed_after BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE usage_rollup_state ADD COLUMN closed_at BIGINT NOT NULL DEFAULT 0',
    `CREATE TABLE usage_packed (
    series_id BIGINT NOT NULL,
    part SMALLINT NOT NULL,
    month_at BIGINT NOT NULL,
    organization_id TEXT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (series_id, part, month_at)
  )`,
    `CREATE TABLE usage_listed (
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    month_at BIGINT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (organization_id, kind, month_at)
  )`,
    `CREATE TABLE usage_unpacked (
    organization_id TEXT NOT NULL,
    month_at BIGINT NOT NULL,
    series_id BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    PRIMARY KEY (organization_id, month_at, series_id)
  )${clustered}`,
    // A name is looked up among tens of thousands of its kind.
    'CREATE INDEX usage_series_by_value ON usage_series (organization_id, kind, value) WHERE value IS NOT NULL',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  const ofOrganization = "organization_id = (SELECT current_setting('hub.organization', true))";
  return ['usage_packed', 'usage_listed', 'usage_unpacked'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table} USING (${ofOrganization})`,
  ]);
}
