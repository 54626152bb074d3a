import type { Generated } from 'kysely';
import type { CacheTables } from './cache-schema.ts';
import type { ContentPolicyTable, RequestContentTable } from './content-schema.ts';
import type { GuardrailTable } from './guardrail-schema.ts';
import type { HeldIdTable } from './held-schema.ts';
import type { VirtualKeyTable } from './key-schema.ts';
import type {
  AwaitedJobTable,
  CodeBatchTable,
  CodeRedemptionTable,
  LedgerAccountTable,
  LedgerChargeTable,
  LedgerEntryTable,
  LedgerGrantTable,
  LedgerHoldTable,
  LedgerReviewTable,
  LedgerSealTable,
  OwedGrantTable,
  StarterCreditTable,
  StatementZoneTable,
} from './ledger-schema.ts';
import type { LimitTables } from './limit-schema.ts';
import type { NotificationTable, WebhookDeliveryTable, WebhookTable } from './notification-schema.ts';
import type { PaymentKitTables } from './payment-kit-schema.ts';
import type { PaymentTables } from './payment-schema.ts';
import type {
  CreditWorthTable,
  CustomerGroupMemberTable,
  CustomerGroupTable,
  ModelOfferTable,
  PriceProposalTable,
  PriceRuleTable,
} from './price-schema.ts';
import type { RequestTable } from './request-schema.ts';
import type {
  UsageListedTable,
  UsagePackedTable,
  UsagePendingTable,
  UsageRollupStateTable,
  UsageRollupTable,
  UsageSeriesTable,
  UsageUnpackedTable,
} from './rollup-schema.ts';
import type { RouteTable } from './route-schema.ts';
import type { OneTimeTokenTable, SessionTable } from './session-schema.ts';

/** The tables as Kysely sees them: columns as they are stored, the same on both engines. */

/** Counts the changes of a row, from 1. */
type Revision = Generated<number>;

type Tenanted = { organization_id: string; project_id: string };

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
  scope: string;
  team_id: string | null;
  region: string | null;
  timeouts: string | null;
  revision: Revision;
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
  revision: Revision;
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
  corrects: string | null;
  /** Size and quality of what was made, as JSON. */
  made_as: string | null;
  /** What of an answer that broke off reached its caller, in estimated tokens. */
  delivered_tokens: number | null;
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

export type OrganizationTable = {
  id: string;
  name: string;
  created_at: number;
  kind: Generated<string>;
  state: Generated<string>;
  state_reason: string | null;
  state_changed_at: number | null;
  own_credentials_allowed: number | null;
  own_credentials_use: Generated<string>;
  broken_stream_policy: Generated<string>;
  cache_cleared_at: Generated<number | null>;
  external_id: string | null;
  /** JSON. */
  brand: Generated<string>;
  revision: Revision;
};

export type ProjectTable = {
  id: string;
  organization_id: string;
  name: string;
  created_at: number;
  team_id: string | null;
  is_default: Generated<number>;
  archived_at: number | null;
  revision: Revision;
};

export type TeamTable = { id: string; organization_id: string; name: string; created_at: number; revision: Revision };

export type UserTable = {
  id: string;
  email: string | null;
  name: string | null;
  locale: string | null;
  password_hash: string | null;
  email_verified_at: number | null;
  state: string;
  state_reason: string | null;
  state_changed_at: number | null;
  is_operator: Generated<number>;
  created_at: number;
  last_seen_at: number | null;
  revision: Revision;
};

export type MemberTable = {
  id: string;
  organization_id: string;
  user_id: string;
  role: string;
  state: string;
  created_at: number;
  revision: Revision;
};

export type ServiceAccountTable = {
  id: string;
  organization_id: string;
  name: string;
  role: string;
  state: string;
  created_at: number;
  revision: Revision;
};

export type InvitationTable = {
  id: string;
  organization_id: string;
  email: string | null;
  role: string;
  /** JSON. */
  team_ids: string;
  invited_by: string | null;
  hash: string;
  created_at: number;
  expires_at: number;
  accepted_at: number | null;
  revoked_at: number | null;
};

export type SsoConnectionTable = {
  id: string;
  organization_id: string | null;
  name: string;
  kind: string;
  preset: string | null;
  issuer: string | null;
  /** JSON, as are scopes, claims, domains and group_roles. */
  endpoints: string | null;
  client_id: string;
  sealed: string | null;
  key_version: number | null;
  scopes: string;
  claims: string;
  domains: string;
  group_roles: string;
  default_role: string | null;
  joins: string;
  is_enforced: number;
  state: string;
  created_at: number;
  revision: Revision;
};

export type ManagementKeyTable = {
  id: string;
  organization_id: string;
  member_id: string | null;
  service_account_id: string | null;
  name: string;
  hash: string;
  previous_hash: string | null;
  previous_until: number | null;
  masked: string;
  /** JSON. */
  scopes: string;
  allowed_addresses: string | null;
  expires_at: number | null;
  revoked_at: number | null;
  created_at: number;
  last_used_at: number | null;
  revision: Revision;
};

export type AccessRuleTable = {
  id: string;
  organization_id: string;
  scope: string;
  scope_id: string;
  allowed_models: string | null;
  denied_models: string | null;
  allowed_providers: string | null;
  denied_providers: string | null;
  allowed_regions: string | null;
  denied_regions: string | null;
  updated_at: number;
  revision: Revision;
};

export type AuditTable = {
  sequence: number;
  id: string;
  act_id: string;
  phase: string;
  at: number;
  organization_id: string | null;
  actor_kind: string;
  actor_id: string | null;
  action: string;
  target_kind: string | null;
  target_id: string | null;
  outcome: string | null;
  error_code: string | null;
  before_values: string | null;
  after_values: string | null;
  request_id: string | null;
  origin_digest: string | null;
  address: string | null;
  user_agent: string | null;
  previous_digest: string;
  digest: string;
};

export type Schema = PaymentTables &
  PaymentKitTables &
  LimitTables &
  CacheTables & {
    guardrails: GuardrailTable;
    organizations: OrganizationTable;
    organization_logos: { organization_id: string; type: string; data: string };
    teams: TeamTable;
    projects: ProjectTable;
    users: UserTable;
    members: MemberTable;
    team_members: { id: string; organization_id: string; team_id: string; member_id: string };
    service_accounts: ServiceAccountTable;
    invitations: InvitationTable;
    sessions: SessionTable;
    one_time_tokens: OneTimeTokenTable;
    throttles: { id: string; window_start: number; count: number };
    connect_sessions: {
      id: string;
      key_id: string | null;
      handover: string | null;
      created_at: number;
      expires_at: number;
    };
    sso_connections: SsoConnectionTable;
    sso_domains: { domain: string; sso_connection_id: string };
    user_identities: {
      id: string;
      user_id: string;
      sso_connection_id: string;
      subject: string;
      created_at: number;
      last_used_at: number;
    };
    management_keys: ManagementKeyTable;
    idempotency_records: {
      id: string;
      fingerprint: string;
      status: number | null;
      sealed: string | null;
      created_at: number;
      expires_at: number;
    };
    idempotent_calls: {
      id: string;
      organization_id: string;
      project_id: string;
      fingerprint: string;
      record_id: string;
      instance_id: string;
      lease_until: number;
      expires_at: number;
      outcome: string | null;
      sealed: string | null;
    };
    access_rules: AccessRuleTable;
    installation: { id: number; document: string; updated_at: number; revision: Revision };
    audit_entries: AuditTable;
    audit_head: { id: number; sequence: number; digest: string };
    virtual_keys: VirtualKeyTable;
    admin_tokens: { id: string; hash: string; created_at: number };
    connections: ConnectionTable;
    credentials: CredentialTable;
    models: ModelTable;
    model_aliases: AliasTable;
    routes: RouteTable;
    identity_overrides: IdentityOverrideTable;
    rate_cards: RateCardTable;
    model_offers: ModelOfferTable;
    price_rules: PriceRuleTable;
    customer_groups: CustomerGroupTable;
    customer_group_members: CustomerGroupMemberTable;
    credit_worth: CreditWorthTable;
    price_proposals: PriceProposalTable;
    catalogue_entries: CatalogueTable;
    config_version: { id: number; version: number };
    usage_records: UsageTable;
    request_records: RequestTable;
    usage_pending: UsagePendingTable;
    usage_series: UsageSeriesTable;
    usage_rollups: UsageRollupTable;
    usage_value_days: { organization_id: string; kind: string; day_at: number; kept: number };
    usage_packed: UsagePackedTable;
    usage_listed: UsageListedTable;
    usage_unpacked: UsageUnpackedTable;
    usage_rollup_state: UsageRollupStateTable;
    notifications: NotificationTable;
    notification_reads: { organization_id: string; notification_id: string; user_id: string; read_at: number };
    notification_mutes: { user_id: string; kinds: string };
    webhooks: WebhookTable;
    webhook_deliveries: WebhookDeliveryTable;
    ledger_accounts: LedgerAccountTable;
    ledger_grants: LedgerGrantTable;
    ledger_holds: LedgerHoldTable;
    awaited_jobs: AwaitedJobTable;
    ledger_charges: LedgerChargeTable;
    ledger_entries: LedgerEntryTable;
    ledger_reviews: LedgerReviewTable;
    starter_credits: StarterCreditTable;
    statement_zones: StatementZoneTable;
    owed_grants: OwedGrantTable;
    code_batches: CodeBatchTable;
    redemption_codes: { digest: string; batch_id: string; number: number; uses: Generated<number> };
    code_redemptions: CodeRedemptionTable;
    ledger_unsealed: { entry_id: string };
    ledger_seals: LedgerSealTable;
    customer_usage_told: { id: number; seal: number };
    content_policies: ContentPolicyTable;
    request_contents: RequestContentTable;
    held_ids: HeldIdTable;
    jobs: JobTable;
    vault_versions: { version: number; fingerprint: string; created_at: number; retired_at: number | null };
    secret_fingerprints: { name: string; fingerprint: string };
    schema_migrations: { version: number; name: string; checksum: string; applied_at: number };
  };
