import type { Migration } from './migration.ts';

/** Size and quality of pictures and films on their records: what a charge by them follows from. */
export const madeAs: Migration = {
  version: 15,
  name: 'size and quality of what was made',
  statements: () => ['ALTER TABLE usage_records ADD COLUMN made_as TEXT'],
};
