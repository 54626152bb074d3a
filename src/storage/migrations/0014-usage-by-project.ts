import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Usage is summed by project with its model, provider or status, and every series by six hours, too. All records join
 * the queue again; views stay exact meanwhile.
 */
export const usageByProject: Migration = { version: 14, name: 'usage by project', statements };

function statements(engine: Engine): readonly string[] {
  return [
    'DELETE FROM usage_rollups',
    'DELETE FROM usage_series',
    'DELETE FROM usage_value_days',
    'UPDATE usage_rollup_state SET batches = batches + 1',
    'DELETE FROM usage_pending',
    `INSERT INTO usage_pending (organization_id, started_at, record_id)
    SELECT organization_id, started_at, id FROM usage_records ORDER BY organization_id, started_at, id`,
    'CREATE INDEX usage_series_others ON usage_series (organization_id, kind) WHERE is_other = 1',
    ...(engine === 'sqlite' ? [] : [LONG_SUMS]),
  ];
}

/** The days and months of many series lie far apart in a heap; an index holds what rankings and charts read of them,
 * and the organization, which row security asks for. */
const LONG_SUMS = `CREATE INDEX usage_rollups_long ON usage_rollups (series_id, level, start_at)
  INCLUDE (organization_id, requests, failed, input_tokens, output_tokens, cost_nano) WHERE level IN (2, 3)`;
