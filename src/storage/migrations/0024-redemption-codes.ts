import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Codes that give credit to whoever redeems them, in the batches that they were made in. A code lies here as a keyed digest;
 * what redeeming one gives is owed as any other grant is.
 */
export const redemptionCodes: Migration = { version: 24, name: 'redemption-codes', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE code_batches (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount_nano BIGINT NOT NULL CHECK (amount_nano > 0),
    code_count INTEGER NOT NULL,
    uses_max INTEGER NOT NULL CHECK (uses_max > 0),
    valid_until BIGINT,
    credit_expires_at BIGINT,
    credit_lasts_days INTEGER,
    withdrawn_at BIGINT,
    created_at BIGINT NOT NULL,
    actor_id TEXT
  )`,
    `CREATE TABLE redemption_codes (
    digest TEXT NOT NULL PRIMARY KEY,
    batch_id TEXT NOT NULL REFERENCES code_batches (id),
    number INTEGER NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0
  )`,
    'CREATE UNIQUE INDEX redemption_codes_by_batch ON redemption_codes (batch_id, number)',
    // Which organization has redeemed which code of a batch, and what it was given for it.
    `CREATE TABLE code_redemptions (
    grant_id TEXT NOT NULL PRIMARY KEY,
    batch_id TEXT NOT NULL REFERENCES code_batches (id),
    number INTEGER NOT NULL,
    organization_id TEXT NOT NULL,
    actor_id TEXT,
    redeemed_at BIGINT NOT NULL
  )`,
    'CREATE UNIQUE INDEX code_redemptions_once ON code_redemptions (batch_id, number, organization_id)',
    'CREATE INDEX code_redemptions_by_batch ON code_redemptions (batch_id, grant_id)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE code_redemptions ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON code_redemptions
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
