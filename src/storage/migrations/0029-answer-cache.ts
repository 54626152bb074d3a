import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** Answers that are given again, how often they were, and for how long a key has its answers kept. */
export const answerCache: Migration = { version: 29, name: 'answer-cache', statements };

function statements(engine: Engine): readonly string[] {
  return [
    'ALTER TABLE virtual_keys ADD COLUMN cache_seconds INTEGER',
    'ALTER TABLE organizations ADD COLUMN cache_cleared_at BIGINT',
    `CREATE TABLE cached_answers (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    stored_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  )`,
    'CREATE INDEX cached_answers_by_organization ON cached_answers (organization_id)',
    'CREATE INDEX cached_answers_by_expiry ON cached_answers (expires_at)',
    'CREATE INDEX cached_answers_by_age ON cached_answers (stored_at, bytes)',
    `CREATE TABLE cache_counts (
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    hour BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    saved_nano BIGINT NOT NULL,
    PRIMARY KEY (organization_id, hour)
  )`,
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return ['cached_answers', 'cache_counts'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table}
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ]);
}
