import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What whoever signs up is given to begin with, once for each person. */
export const starterCredits: Migration = { version: 18, name: 'starter-credits', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE starter_credits (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    name TEXT NOT NULL,
    person_digest TEXT NOT NULL,
    state TEXT NOT NULL,
    refusal TEXT,
    amount_nano BIGINT NOT NULL CHECK (amount_nano > 0),
    expires_at BIGINT,
    created_at BIGINT NOT NULL
  )`,
    // Whoever had it once gets it no more, whatever else is forgotten of them.
    `CREATE UNIQUE INDEX starter_credits_once ON starter_credits (person_digest) WHERE state <> 'refused'`,
    `CREATE INDEX starter_credits_waiting ON starter_credits (id) WHERE state = 'waiting'`,
    'CREATE INDEX starter_credits_by_time ON starter_credits (created_at)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE starter_credits ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON starter_credits
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
