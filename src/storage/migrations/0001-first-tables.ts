import { DEFAULT_TENANT } from '../default-tenant.ts';
import type { Engine } from '../engine.ts';
import { nowMsSql } from '../engine.ts';
import type { Migration } from './migration.ts';

/** The first tables. Every tenant-owned one carries its organization and project, which its queries filter by. */
export const firstTables: Migration = { version: 1, name: 'first tables', statements };

const TENANT = 'organization_id TEXT NOT NULL, project_id TEXT NOT NULL';
const OF_PROJECT = 'FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)';
/** The tenant is part of the key, so that no row can hang on another tenant's connection. */
const OF_CONNECTION = `FOREIGN KEY (connection_id, organization_id, project_id)
    REFERENCES connections (id, organization_id, project_id) ON DELETE CASCADE`;

function statements(engine: Engine): readonly string[] {
  return [...tenants(engine), ...identity(), ...providers(), ...models(), ...installation(), ...records()];
}

function tenants(engine: Engine): readonly string[] {
  const { organizationId, projectId } = DEFAULT_TENANT;
  return [
    'CREATE TABLE organizations (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, created_at BIGINT NOT NULL)',
    `CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, id)
  )`,
    `INSERT INTO organizations (id, name, created_at) VALUES ('${organizationId}', 'Default', ${nowMsSql(engine)})`,
    `INSERT INTO projects (id, organization_id, name, created_at)
    VALUES ('${projectId}', '${organizationId}', 'Default', ${nowMsSql(engine)})`,
  ];
}

function identity(): readonly string[] {
  return [
    `CREATE TABLE virtual_keys (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    masked TEXT NOT NULL,
    allowed_models TEXT,
    enabled INTEGER NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    source TEXT NOT NULL,
    ${OF_PROJECT}
  )`,
    'CREATE INDEX virtual_keys_by_tenant ON virtual_keys (organization_id, project_id, created_at)',
    'CREATE TABLE admin_tokens (id TEXT NOT NULL PRIMARY KEY, hash TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL)',
  ];
}

function providers(): readonly string[] {
  return [
    `CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    name TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    base_url TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    new_model_policy TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    refreshed_at BIGINT,
    refresh_error TEXT,
    UNIQUE (organization_id, name),
    UNIQUE (id, organization_id, project_id),
    ${OF_PROJECT}
  )`,
    `CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    connection_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    key_version INTEGER,
    masked TEXT NOT NULL,
    weight INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    state_changed_at BIGINT,
    use_count BIGINT NOT NULL,
    last_used_at BIGINT,
    last_error TEXT,
    last_error_at BIGINT,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ${OF_CONNECTION}
  )`,
    'CREATE INDEX credentials_by_connection ON credentials (connection_id, created_at)',
  ];
}

/** What the connections offer, and the names it goes by. */
function models(): readonly string[] {
  return [
    `CREATE TABLE models (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    connection_id TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    facts TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    UNIQUE (connection_id, upstream_model),
    ${OF_CONNECTION}
  )`,
    `CREATE TABLE model_aliases (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (organization_id, project_id, name),
    ${OF_PROJECT}
  )`,
    `CREATE TABLE identity_overrides (
    id TEXT NOT NULL PRIMARY KEY,
    ${TENANT},
    provider_id TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    canonical_model TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (organization_id, project_id, provider_id, upstream_model),
    ${OF_PROJECT}
  )`,
  ];
}

/** What belongs to the installation and to no tenant. */
function installation(): readonly string[] {
  return [
    `CREATE TABLE rate_cards (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL,
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    effective_from BIGINT NOT NULL,
    prices TEXT NOT NULL
  )`,
    'CREATE INDEX rate_cards_by_model ON rate_cards (provider_id, model, version)',
    `CREATE TABLE catalogue_entries (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    source TEXT NOT NULL,
    applied_at BIGINT NOT NULL
  )`,
    'CREATE TABLE config_version (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL)',
    'INSERT INTO config_version (id, version) VALUES (1, 1)',
    `CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    next_due_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    last_run_at BIGINT,
    last_error TEXT
  )`,
    `CREATE TABLE vault_versions (
    version INTEGER NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
  )`,
    'CREATE TABLE secret_fingerprints (name TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL)',
  ];
}

/**
 * Records name other rows without foreign keys: they outlive them, and they are written on every request. For the same
 * reason there are few indexes: a request is found by its id through request_records.
 */
function records(): readonly string[] {
  return [
    `CREATE TABLE usage_records (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL,
    ${TENANT},
    started_at BIGINT NOT NULL,
    member_id TEXT,
    service_account_id TEXT,
    key_id TEXT NOT NULL,
    connection_id TEXT,
    credential_id TEXT,
    provider_id TEXT,
    application TEXT NOT NULL,
    end_user TEXT,
    tags TEXT,
    client_request_id TEXT,
    traceparent TEXT,
    operation TEXT NOT NULL,
    streamed INTEGER NOT NULL,
    requested_model TEXT NOT NULL,
    routed_model TEXT,
    served_model TEXT,
    input_tokens BIGINT,
    cached_input_tokens BIGINT,
    cache_write_5m_tokens BIGINT,
    cache_write_1h_tokens BIGINT,
    audio_input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    audio_output_tokens BIGINT,
    images BIGINT,
    seconds DOUBLE PRECISION,
    characters BIGINT,
    tool_calls BIGINT,
    provider_cost_usd TEXT,
    usage_basis TEXT,
    cost_nano BIGINT,
    rate_card_id TEXT,
    rate_card_version INTEGER,
    finish_reason TEXT,
    status TEXT NOT NULL,
    http_status INTEGER NOT NULL,
    error_code TEXT,
    first_byte_ms DOUBLE PRECISION,
    duration_ms DOUBLE PRECISION NOT NULL,
    overhead_ms DOUBLE PRECISION NOT NULL,
    request_bytes BIGINT NOT NULL,
    response_bytes BIGINT NOT NULL,
    instance_id TEXT NOT NULL
  )`,
    'CREATE INDEX usage_records_by_time ON usage_records (organization_id, started_at DESC)',
    'CREATE INDEX usage_records_by_key ON usage_records (key_id, started_at)',
    `CREATE TABLE request_records (
    request_id TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    ${TENANT},
    started_at BIGINT NOT NULL,
    attempts TEXT NOT NULL,
    losses TEXT NOT NULL,
    error_message TEXT,
    user_agent TEXT,
    client_address TEXT
  )`,
  ];
}
