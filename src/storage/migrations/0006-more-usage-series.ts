import type { Migration } from './migration.ts';

/**
 * Usage is summed in other series than before: by project and call, and what callers name freely for the organization,
 * too. All records join the queue again; views stay exact meanwhile.
 */
export const moreUsageSeries: Migration = {
  version: 6,
  name: 'more usage series',
  statements: () => [
    'DELETE FROM usage_rollups',
    'DELETE FROM usage_series',
    'DELETE FROM usage_value_days',
    'UPDATE usage_rollup_state SET batches = batches + 1',
    'DELETE FROM usage_pending',
    `INSERT INTO usage_pending (organization_id, started_at, record_id)
    SELECT organization_id, started_at, id FROM usage_records ORDER BY organization_id, started_at, id`,
  ],
};
