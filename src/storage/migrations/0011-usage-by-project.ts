import type { Migration } from './migration.ts';

/**
 * Usage is summed by project with its model, provider or status, and every series by six hours, too. All records join
 * the queue again; views stay exact meanwhile.
 */
export const usageByProject: Migration = { version: 11, name: 'usage by project', statements };

function statements(): readonly string[] {
  return [
    'DELETE FROM usage_rollups',
    'DELETE FROM usage_series',
    'DELETE FROM usage_value_days',
    'UPDATE usage_rollup_state SET batches = batches + 1',
    'DELETE FROM usage_pending',
    `INSERT INTO usage_pending (organization_id, started_at, record_id)
    SELECT organization_id, started_at, id FROM usage_records ORDER BY organization_id, started_at, id`,
  ];
}
