import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** How the dashboard looks to the people of an organization. Logos have a table of their own, since they are seldom read. */
export const brands: Migration = { version: 9, name: 'brands', statements };

function statements(engine: Engine): readonly string[] {
  return [
    "ALTER TABLE organizations ADD COLUMN brand TEXT NOT NULL DEFAULT '{}'",
    `CREATE TABLE organization_logos (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
    type TEXT NOT NULL,
    data TEXT NOT NULL
  )`,
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  return [
    'ALTER TABLE organization_logos ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON organization_logos
    USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
