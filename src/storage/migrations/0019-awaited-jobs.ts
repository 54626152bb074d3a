import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What providers go on making after they have answered, and the credit that stays held for it until it has ended. */
export const awaitedJobs: Migration = { version: 19, name: 'jobs that credit is held for', statements };

function statements(engine: Engine): readonly string[] {
  return [
    'ALTER TABLE ledger_holds ADD COLUMN awaits_job_since BIGINT',
    'ALTER TABLE ledger_charges ADD COLUMN used TEXT',
    // Without references, as holds are: it is written and removed with its hold.
    `CREATE TABLE awaited_jobs (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    credential_id TEXT,
    upstream_id TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    asked TEXT NOT NULL,
    next_ask_at BIGINT NOT NULL,
    asks BIGINT NOT NULL DEFAULT 0,
    misses BIGINT NOT NULL DEFAULT 0
  )`,
    'CREATE INDEX awaited_jobs_by_time ON awaited_jobs (next_ask_at)',
    'CREATE INDEX awaited_jobs_by_organization ON awaited_jobs (organization_id, id)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE awaited_jobs ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON awaited_jobs
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
