import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What organizations have looked for in what is said, and what was found on the record of each request. */
export const guardrails: Migration = { version: 31, name: 'guardrails', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE guardrails (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    finds TEXT NOT NULL,
    action TEXT NOT NULL,
    place TEXT NOT NULL,
    scope_kind TEXT NOT NULL,
    scope_id TEXT,
    models TEXT,
    position INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL
  )`,
    'CREATE INDEX guardrails_by_organization ON guardrails (organization_id)',
    'ALTER TABLE request_records ADD COLUMN verdicts TEXT',
    ...(engine === 'sqlite' ? [] : POLICIES),
  ];
}

const POLICIES = [
  'ALTER TABLE guardrails ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_organization ON guardrails
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
];
