import type { Migration } from './migration.ts';

/** What translation between dialects adds: keys that refuse losses, tokens of pictures, and what providers hold. */
export const everyDialect: Migration = {
  version: 2,
  name: 'every dialect',
  statements: () => [
    'ALTER TABLE virtual_keys ADD COLUMN refuses_losses INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE usage_records ADD COLUMN image_input_tokens BIGINT',
    'ALTER TABLE usage_records ADD COLUMN image_output_tokens BIGINT',
    // Providers give ids that are unique at the provider; two accounts may still meet, so the project is part of the key.
    `CREATE TABLE held_ids (
    id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    credential_id TEXT,
    upstream_id TEXT,
    upstream_model TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    video TEXT,
    PRIMARY KEY (organization_id, project_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
  )`,
    'CREATE INDEX held_ids_by_expiry ON held_ids (expires_at)',
  ],
};
