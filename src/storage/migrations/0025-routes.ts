import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** How names that callers use are served, and how long calls of a connection may take. */
export const routes: Migration = { version: 25, name: 'routes', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE routes (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, project_id, name),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
  )`,
    'ALTER TABLE connections ADD COLUMN timeouts TEXT',
    ...(engine === 'postgres' ? POLICY : []),
  ];
}

const POLICY = [
  'ALTER TABLE routes ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_organization ON routes
    USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
];
