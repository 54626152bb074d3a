/** The tables as Kysely sees them: columns as they are stored, the same on both engines. */

type Tenanted = { organization_id: string; project_id: string };

export type VirtualKeyTable = Tenanted & {
  id: string;
  name: string;
  hash: string;
  masked: string;
  allowed_models: string | null;
  refuses_losses: number;
  enabled: number;
  expires_at: number | null;
  revoked_at: number | null;
  created_at: number;
  last_used_at: number | null;
  source: string;
};

export type ConnectionTable = Tenanted & {
  id: string;
  name: string;
  provider_id: string;
  base_url: string;
  enabled: number;
  new_model_policy: string;
  position: number;
  source: string;
  created_at: number;
  updated_at: number;
  refreshed_at: number | null;
  refresh_error: string | null;
};

export type CredentialTable = Tenanted & {
  id: string;
  connection_id: string;
  name: string;
  sealed: string;
  key_version: number | null;
  masked: string;
  weight: number;
  state: string;
  state_reason: string | null;
  state_changed_at: number | null;
  use_count: number;
  last_used_at: number | null;
  last_error: string | null;
  last_error_at: number | null;
  source: string;
  created_at: number;
};

export type ModelTable = Tenanted & {
  id: string;
  connection_id: string;
  upstream_model: string;
  state: string;
  origin: string;
  facts: string;
  first_seen_at: number;
  last_seen_at: number;
  withdrawn_at: number | null;
};

export type AliasTable = Tenanted & { id: string; name: string; target: string; source: string };

export type IdentityOverrideTable = Tenanted & {
  id: string;
  provider_id: string;
  upstream_model: string;
  canonical_model: string;
  source: string;
};

export type RateCardTable = {
  id: string;
  provider_id: string;
  model: string;
  version: number;
  source: string;
  effective_from: number;
  prices: string;
};

export type CatalogueTable = { id: string; document: string; source: string; applied_at: number };

export type UsageTable = Tenanted & {
  id: string;
  request_id: string;
  started_at: number;
  member_id: string | null;
  service_account_id: string | null;
  key_id: string;
  connection_id: string | null;
  credential_id: string | null;
  provider_id: string | null;
  application: string;
  end_user: string | null;
  tags: string | null;
  client_request_id: string | null;
  traceparent: string | null;
  operation: string;
  streamed: number;
  requested_model: string;
  routed_model: string | null;
  served_model: string | null;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  cache_write_5m_tokens: number | null;
  cache_write_1h_tokens: number | null;
  audio_input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  audio_output_tokens: number | null;
  image_input_tokens: number | null;
  image_output_tokens: number | null;
  images: number | null;
  seconds: number | null;
  characters: number | null;
  tool_calls: number | null;
  provider_cost_usd: string | null;
  usage_basis: string | null;
  /** Read it cast to text: it may lie beyond 2^53. */
  cost_nano: number | null;
  rate_card_id: string | null;
  rate_card_version: number | null;
  finish_reason: string | null;
  status: string;
  http_status: number;
  error_code: string | null;
  first_byte_ms: number | null;
  duration_ms: number;
  overhead_ms: number;
  request_bytes: number;
  response_bytes: number;
  instance_id: string;
};

export type RequestTable = Tenanted & {
  request_id: string;
  id: string;
  started_at: number;
  attempts: string;
  losses: string;
  error_message: string | null;
  user_agent: string | null;
  client_address: string | null;
};

export type HeldIdTable = Tenanted & {
  id: string;
  kind: string;
  connection_id: string;
  credential_id: string | null;
  upstream_id: string | null;
  upstream_model: string;
  created_at: number;
  expires_at: number;
  /** JSON. */
  video: string | null;
};

export type JobTable = {
  name: string;
  next_due_at: number;
  fence: number;
  holder: string | null;
  lease_until: number | null;
  last_run_at: number | null;
  last_error: string | null;
};

export type Schema = {
  organizations: { id: string; name: string; created_at: number };
  projects: { id: string; organization_id: string; name: string; created_at: number };
  virtual_keys: VirtualKeyTable;
  admin_tokens: { id: string; hash: string; created_at: number };
  connections: ConnectionTable;
  credentials: CredentialTable;
  models: ModelTable;
  model_aliases: AliasTable;
  identity_overrides: IdentityOverrideTable;
  rate_cards: RateCardTable;
  catalogue_entries: CatalogueTable;
  config_version: { id: number; version: number };
  usage_records: UsageTable;
  request_records: RequestTable;
  held_ids: HeldIdTable;
  jobs: JobTable;
  vault_versions: { version: number; fingerprint: string; created_at: number; retired_at: number | null };
  secret_fingerprints: { name: string; fingerprint: string };
  schema_migrations: { version: number; name: string; checksum: string; applied_at: number };
};

/** Every table with data, parents before children, each with its primary key. */
export const DATA_TABLES = [
  ['organizations', 'id'],
  ['projects', 'id'],
  ['virtual_keys', 'id'],
  ['admin_tokens', 'id'],
  ['connections', 'id'],
  ['credentials', 'id'],
  ['models', 'id'],
  ['model_aliases', 'id'],
  ['identity_overrides', 'id'],
  ['rate_cards', 'id'],
  ['catalogue_entries', 'id'],
  ['config_version', 'id'],
  ['held_ids', 'id'],
  ['jobs', 'name'],
  ['vault_versions', 'version'],
  ['secret_fingerprints', 'name'],
  ['usage_records', 'id'],
  ['request_records', 'request_id'],
] as const satisfies readonly (readonly [Exclude<keyof Schema, 'schema_migrations'>, string])[];
