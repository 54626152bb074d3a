import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/**
 * Sums of usage by quarter-hour, hour, day and month. A job fills them; here every record there is joins the queue of
 * those that are in no sum yet, so that a store of any size is upgraded at once and stays exact meanwhile.
 */
export const usageRollups: Migration = { version: 5, name: 'usage rollups', statements };

const COUNTS = [
  'requests',
  'failed',
  'estimated',
  'unpriced',
  'input_tokens',
  'cached_input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'image_input_tokens',
  'image_output_tokens',
  'images',
  'seconds_ms',
  'characters',
  'tool_calls',
  'cost_nano',
];
const SKETCHES = ['duration', 'first_byte', 'speed'];

function statements(engine: Engine): readonly string[] {
  // Rows lie in the order of their key, next to those that are read with them.
  const clustered = engine === 'sqlite' ? ' WITHOUT ROWID' : '';
  return [
    'ALTER TABLE usage_records ADD COLUMN corrects TEXT',
    `CREATE TABLE usage_pending (
    organization_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    record_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, started_at, record_id)
  )${clustered}`,
    `CREATE TABLE usage_series (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    series_key TEXT NOT NULL,
    operation TEXT,
    model TEXT,
    provider_id TEXT,
    connection_id TEXT,
    key_id TEXT,
    project_id TEXT,
    member_id TEXT,
    status TEXT,
    rate_card_id TEXT,
    rate_card_version INTEGER,
    value TEXT,
    is_other INTEGER NOT NULL,
    UNIQUE (organization_id, series_key)
  )`,
    'CREATE INDEX usage_series_by_kind ON usage_series (organization_id, kind)',
    `CREATE TABLE usage_rollups (
    series_id BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    start_at BIGINT NOT NULL,
    organization_id TEXT NOT NULL,
    ${COUNTS.map((name) => `${name} BIGINT`).join(',\n    ')},
    ${SKETCHES.map((name) => `${name} TEXT`).join(',\n    ')},
    PRIMARY KEY (series_id, level, start_at)
  )${clustered}`,
    `CREATE TABLE usage_value_days (
    organization_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    day_at BIGINT NOT NULL,
    kept INTEGER NOT NULL,
    PRIMARY KEY (organization_id, kind, day_at)
  )`,
    'CREATE TABLE usage_rollup_state (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), batches BIGINT NOT NULL)',
    'INSERT INTO usage_rollup_state (id, batches) VALUES (1, 0)',
    `INSERT INTO usage_pending (organization_id, started_at, record_id)
    SELECT organization_id, started_at, id FROM usage_records ORDER BY organization_id, started_at, id`,
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  const ofOrganization = "organization_id = (SELECT current_setting('hub.organization', true))";
  return [
    ...['usage_pending', 'usage_series', 'usage_rollups', 'usage_value_days'].flatMap((table) => [
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
      `CREATE POLICY of_organization ON ${table} USING (${ofOrganization})`,
    ]),
    'CREATE POLICY left_by_requests ON usage_pending FOR INSERT WITH CHECK (true)',
  ];
}
