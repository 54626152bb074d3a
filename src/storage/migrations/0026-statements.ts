import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * What customers are sent about their credit: by whose clocks an organization's months begin, from which month on; and notes
 * of money that went back, numbered without a gap.
 */
export const statements: Migration = { version: 26, name: 'statements', statements: tables };

function tables(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE statement_zones (
    organization_id TEXT NOT NULL,
    month INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    PRIMARY KEY (organization_id, month)
  )`,
    `ALTER TABLE purchases ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0
      CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor)`,
    'ALTER TABLE purchases ADD COLUMN noted_minor BIGINT NOT NULL DEFAULT 0',
    'CREATE INDEX purchases_to_note ON purchases (id) WHERE refunded_minor <> noted_minor',
    `CREATE TABLE credit_notes (
    number INTEGER NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    purchase_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    credits_nano BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    document TEXT NOT NULL
  )`,
    'CREATE INDEX credit_notes_by_organization ON credit_notes (organization_id, number)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return ['statement_zones', 'credit_notes'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table}
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ]);
}
