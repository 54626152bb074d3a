import type { Migration } from './migration.ts';

/** Who declared a limit: those that were there before were made by hand. */
export const sourcesOfLimits: Migration = {
  version: 30,
  name: 'sources of limits',
  statements: () => [`ALTER TABLE limits ADD COLUMN source TEXT NOT NULL DEFAULT 'store'`],
};
