import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** What organizations have stored of the content of their requests, and whether they do. */
export const requestContents: Migration = { version: 10, name: 'request contents', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE content_policies (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    stores INTEGER NOT NULL,
    keep_days INTEGER NOT NULL,
    redacts INTEGER NOT NULL,
    project_ids TEXT,
    revision INTEGER NOT NULL
  )`,
    // Written beside the records and not with them: content may come first, or alone.
    `CREATE TABLE request_contents (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed TEXT NOT NULL,
    key_version INTEGER
  )`,
    'CREATE INDEX request_contents_by_expiry ON request_contents (expires_at)',
    'CREATE INDEX request_contents_by_organization ON request_contents (organization_id, id)',
    'CREATE INDEX request_contents_by_key ON request_contents (key_version, id)',
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  const ofOrganization = "organization_id = (SELECT current_setting('hub.organization', true))";
  return [
    ...['content_policies', 'request_contents'].flatMap((table) => [
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
      `CREATE POLICY of_organization ON ${table} USING (${ofOrganization})`,
    ]),
    'CREATE POLICY left_by_requests ON request_contents FOR INSERT WITH CHECK (true)',
  ];
}
