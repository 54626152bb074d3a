import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** Calls that are made once, however often they are sent, and the answers that are kept of them. */
export const idempotentCalls: Migration = { version: 13, name: 'idempotent calls', statements };

function statements(engine: Engine): readonly string[] {
  return [
    // Without references, as records and holds are: it is written before a call, and gone in a day.
    `CREATE TABLE idempotent_calls (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    record_id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    outcome TEXT,
    sealed TEXT
  )`,
    'CREATE INDEX idempotent_calls_by_expiry ON idempotent_calls (expires_at)',
    'CREATE INDEX idempotent_calls_running ON idempotent_calls (instance_id) WHERE outcome IS NULL',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE idempotent_calls ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON idempotent_calls
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
