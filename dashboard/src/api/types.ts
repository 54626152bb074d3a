// Made from openapi/control.json by tools/write-docs.ts; a change here is lost.

export type AccountInput = { readonly id: string; readonly email?: string; readonly name?: string; readonly locale?: string; readonly email_verified: boolean; readonly has_password: boolean; readonly state: "awaiting_approval" | "active" | "suspended" | "closed" | "erased"; readonly state_reason?: string; readonly is_operator: boolean; readonly created_at: string; readonly last_seen_at?: string; readonly revision: number };
export type JsonInput = string | number | boolean | null | readonly (JsonInput)[] | { readonly [name: string]: JsonInput };
export type AccessRule = { readonly id: string; readonly scope: "operator" | "organization" | "team" | "project" | "key"; readonly scope_id: string; readonly allowed_models?: readonly (string)[]; readonly denied_models?: readonly (string)[]; readonly allowed_providers?: readonly (string)[]; readonly denied_providers?: readonly (string)[]; readonly allowed_regions?: readonly (string)[]; readonly denied_regions?: readonly (string)[]; readonly updated_at: string; readonly revision: number };
export type Account = { readonly id: string; readonly email?: string; readonly name?: string; readonly locale?: string; readonly email_verified: boolean; readonly has_password: boolean; readonly state: "awaiting_approval" | "active" | "suspended" | "closed" | "erased"; readonly state_reason?: string; readonly is_operator: boolean; readonly created_at: string; readonly last_seen_at?: string; readonly revision: number };
export type Alias = { readonly id: string; readonly name: string; readonly target: string; readonly source: "store" | "file" | "env" | "found" };
export type AuditAct = { readonly id: string; readonly sequence: number; readonly at: string; readonly organization_id?: string; readonly actor_kind: "installation" | "person" | "management_key" | "anonymous"; readonly actor_id?: string; readonly action: string; readonly outcome: "done" | "refused" | "failed" | "unknown"; readonly error_code?: string; readonly target_kind?: string; readonly target_id?: string; readonly before?: { readonly [name: string]: Json }; readonly after?: { readonly [name: string]: Json }; readonly request_id?: string; readonly address?: string; readonly user_agent?: string };
export type AuditVerdict = { readonly intact: boolean; readonly entries: number; readonly differences: readonly ({ readonly sequence: number; readonly what: string })[]; readonly head: { readonly sequence: number; readonly digest: string } };
export type CatalogueDifference = { readonly added: readonly (string)[]; readonly changed: readonly ({ readonly id: string; readonly fields: readonly (string)[] })[]; readonly unchanged: readonly (string)[] };
export type ConfigOutcome = { readonly applied: boolean; readonly changes: readonly ({ readonly action: "create" | "update" | "remove"; readonly sentence: string })[]; readonly problems: readonly ({ readonly place: string; readonly message: string })[] };
export type Connection = { readonly id: string; readonly name: string; readonly provider_id: string; readonly base_url: string; readonly enabled: boolean; readonly new_model_policy: "enabled" | "hidden" | "awaiting_approval"; readonly position: number; readonly source: "store" | "file" | "env" | "found"; readonly created_at: string; readonly updated_at: string; readonly refreshed_at?: string; readonly refresh_error?: string; readonly revision: number };
export type Credential = { readonly id: string; readonly connection_id: string; readonly name: string; readonly masked: string; readonly weight: number; readonly state: "active" | "set_aside" | "disabled"; readonly state_reason?: string; readonly state_changed_at?: string; readonly use_count: number; readonly last_used_at?: string; readonly last_error?: string; readonly last_error_at?: string; readonly source: "store" | "file" | "env" | "found"; readonly created_at: string; readonly revision: number };
export type Deleted = { readonly id: string; readonly deleted: true };
export type Error = { readonly error: { readonly code: string; readonly message: string; readonly remedy: string; readonly param?: string; readonly details?: { readonly [name: string]: Json }; readonly request_id: string } };
export type Health = { readonly state: "ok" | "degraded" | "failed" | "unknown"; readonly checks: readonly ({ readonly name: string; readonly state: "ok" | "degraded" | "failed" | "unknown"; readonly message?: string })[]; readonly connections: readonly ({ readonly connection_id: string; readonly name: string; readonly state: "ok" | "degraded" | "failed" | "unknown"; readonly message?: string })[] };
export type HubInfo = { readonly version: string; readonly node_version: string; readonly instance_id: string; readonly started_at: string; readonly mode: "enterprise" | "service_provider"; readonly simulated: boolean; readonly store: "sqlite" | "postgres"; readonly row_security: { readonly state: "on" | "off" | "absent"; readonly reason?: string; readonly remedy?: string }; readonly schema_version: string; readonly configuration_version: number };
export type IdentityOverride = { readonly id: string; readonly provider_id: string; readonly upstream_model: string; readonly canonical_model: string; readonly source: "store" | "file" | "env" | "found" };
export type Installation = { readonly name: string; readonly logo?: string; readonly support_address?: string; readonly accent?: string; readonly terms_url?: string; readonly privacy_url?: string; readonly sign_up: "invitation" | "approval" | "domain" | "open"; readonly sign_up_domains: readonly (string)[]; readonly sign_up_joins: "personal" | "first"; readonly own_credentials: boolean; readonly public_models: boolean; readonly accent_shades?: { readonly light: string; readonly dark: string }; readonly revision: number };
export type Invitation = { readonly id: string; readonly email?: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly team_ids: readonly (string)[]; readonly state: "open" | "accepted" | "revoked" | "expired"; readonly invited_by?: string; readonly created_at: string; readonly expires_at: string; readonly accepted_at?: string; readonly revoked_at?: string };
export type Notification = { readonly id: string; readonly kind: string; readonly subject: string; readonly data: { readonly [name: string]: Json }; readonly raised_at: string; readonly read: boolean };
export type Webhook = { readonly id: string; readonly url: string; readonly kinds: readonly (string)[]; readonly enabled: boolean; readonly previous_until?: string; readonly failing_since?: string; readonly created_at: string; readonly revision: number };
export type WebhookDelivery = { readonly id: string; readonly message_id: string; readonly kind: string; readonly state: "waiting" | "delivered" | "failed"; readonly attempts: number; readonly next_attempt_at?: string; readonly status?: number; readonly error?: string; readonly created_at: string; readonly ended_at?: string };
export type Json = string | number | boolean | null | readonly (Json)[] | { readonly [name: string]: Json };
export type Member = { readonly id: string; readonly user_id: string; readonly email?: string; readonly name?: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly state: "active" | "suspended"; readonly user_state: "awaiting_approval" | "active" | "suspended" | "closed" | "erased"; readonly team_ids: readonly (string)[]; readonly created_at: string; readonly revision: number };
export type MadeManagementKey = { readonly management_key: ManagementKey; readonly secret: string };
export type MadeVirtualKey = { readonly key: VirtualKey; readonly secret: string };
export type ManagementKey = { readonly id: string; readonly member_id?: string; readonly service_account_id?: string; readonly name: string; readonly masked: string; readonly state: "active" | "expired" | "revoked"; readonly scopes: readonly (string)[]; readonly allowed_addresses?: readonly (string)[]; readonly expires_at?: string; readonly revoked_at?: string; readonly previous_until?: string; readonly created_at: string; readonly last_used_at?: string; readonly revision: number };
export type Model = { readonly id: string; readonly connection_id: string; readonly upstream_model: string; readonly state: "enabled" | "hidden" | "awaiting_approval"; readonly origin: "discovered" | "catalogue" | "manual"; readonly display_name?: string; readonly context_tokens?: number; readonly max_output_tokens?: number; readonly input_modalities?: readonly (string)[]; readonly output_modalities?: readonly (string)[]; readonly embedding_dimensions?: number; readonly first_seen_at: string; readonly last_seen_at: string; readonly withdrawn_at?: string };
export type Organization = { readonly id: string; readonly name: string; readonly kind: "standard" | "personal"; readonly state: "active" | "suspended" | "closed"; readonly state_reason?: string; readonly state_changed_at?: string; readonly own_credentials_allowed?: boolean; readonly own_credentials_use: "first" | "only"; readonly broken_stream_policy: "bill-provider-usage" | "bill-received" | "waive-if-nothing-delivered"; readonly brand: { readonly title?: string; readonly accent?: string; readonly accent_shades?: { readonly light: string; readonly dark: string }; readonly support_address?: string; readonly logo_version?: string }; readonly created_at: string; readonly revision: number };
export type PricedModel = { readonly provider_id: string; readonly model: string; readonly card?: RateCard };
export type ChargedPrice = { readonly provider_id: string; readonly model: string; readonly priced: boolean; readonly cost_source?: "catalogue" | "provider" | "operator" | "local"; readonly rate_card_id?: string; readonly rule_id?: string; readonly listed: boolean; readonly below_cost: boolean; readonly charges_cost_at_least: boolean; readonly lines: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly usd_per_million?: string; readonly credits_per_million: string; readonly margin_percent?: string })[] };
export type CustomerGroup = { readonly id: string; readonly name: string; readonly organization_ids: readonly (string)[]; readonly created_at: string };
export type PriceProposal = { readonly id: string; readonly provider_id: string; readonly model: string; readonly origin: string; readonly found_at: string; readonly dismissed_at?: string; readonly drift_percent?: string; readonly current?: { readonly rate_card_id: string; readonly source: "catalogue" | "operator"; readonly prices: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly usd_per_million: string })[] }; readonly prices: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly usd_per_million: string })[] };
export type PriceRule = { readonly id: string; readonly customer_group_id?: string; readonly provider_id?: string; readonly model?: string; readonly version: number; readonly effective_from: string; readonly kind: "margin" | "list" | "none"; readonly margin_percent?: string; readonly prices?: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly credits_per_million: string })[]; readonly allow_below_cost: boolean; readonly created_at: string; readonly actor_id?: string; readonly reason?: string };
export type Project = { readonly id: string; readonly name: string; readonly team_id?: string; readonly is_default: boolean; readonly archived_at?: string; readonly created_at: string; readonly revision: number };
export type Provider = { readonly id: string; readonly name: string; readonly docs: string; readonly base_url: string; readonly params: readonly (string)[]; readonly needs_credential: boolean; readonly local: boolean; readonly speaks: readonly ({ readonly operation: string; readonly dialect: string; readonly supported: boolean })[]; readonly origin: "built_in" | "applied" };
export type ProviderDetail = { readonly id: string; readonly name: string; readonly docs: string; readonly base_url: string; readonly params: readonly (string)[]; readonly needs_credential: boolean; readonly local: boolean; readonly speaks: readonly ({ readonly operation: string; readonly dialect: string; readonly supported: boolean })[]; readonly origin: "built_in" | "applied"; readonly document: { readonly [name: string]: Json } };
export type RateCard = { readonly id: string; readonly provider_id: string; readonly model: string; readonly version: number; readonly source: "catalogue" | "provider" | "operator" | "local"; readonly effective_from: string; readonly prices: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly usd_per_million: string })[] };
export type Refresh = { readonly added: readonly (string)[]; readonly withdrawn: readonly (string)[]; readonly returned: readonly (string)[]; readonly error?: string };
export type Me = { readonly user: Account; readonly session_id: string; readonly organizations: readonly ({ readonly id: string; readonly name: string; readonly state: "active" | "suspended" | "closed"; readonly member_id: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer" })[]; readonly credit?: { readonly purchase_url?: string; readonly name?: string; readonly prefix?: string; readonly decimals: number } };
export type Session = { readonly id: string; readonly is_this: boolean; readonly way: "password" | "single_sign_on"; readonly address?: string; readonly user_agent?: string; readonly created_at: string; readonly last_seen_at: string; readonly expires_at: string };
export type RequestDetail = { readonly usage_record: UsageRecord; readonly attempts: readonly ({ readonly connection_id: string; readonly credential_id?: string; readonly provider_id: string; readonly routed_model: string; readonly started_ms: number; readonly headers_ms?: number; readonly first_byte_ms?: number; readonly ended_ms: number; readonly http_status?: number; readonly outcome: "success" | "fault"; readonly error_code?: string; readonly upstream_message?: string; readonly upstream_request_id?: string })[]; readonly losses: readonly ({ readonly field: string; readonly reason?: string })[]; readonly error_message?: string; readonly error_remedy?: string; readonly user_agent?: string; readonly client_address?: string; readonly content_expires_at?: string; readonly charge?: { readonly id: string; readonly state: "settled" | "estimated" | "presumed" | "released"; readonly amount: string; readonly held: string; readonly overrun: string; readonly refunded: string; readonly basis: string; readonly explained?: { readonly lines: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly units: number; readonly credits_per_million: string; readonly credits: string; readonly usd_per_million?: string })[]; readonly minimum: string; readonly rounding: string; readonly broken_stream_policy: "bill-provider-usage" | "bill-received" | "waive-if-nothing-delivered"; readonly waived?: boolean; readonly price: string; readonly margin_percent?: number; readonly rate_card_id?: string; readonly rule_id?: string; readonly credit_price_usd?: string } } };
export type SsoConnection = { readonly id: string; readonly organization_id?: string; readonly kind: "oidc" | "oauth2"; readonly preset?: "google" | "github" | "microsoft"; readonly name: string; readonly client_id: string; readonly issuer?: string; readonly endpoints?: { readonly authorization: string; readonly token: string; readonly user_info?: string; readonly jwks?: string; readonly end_session?: string }; readonly scopes: readonly (string)[]; readonly claims: { readonly subject?: string; readonly email?: string; readonly email_verified?: { readonly claim: string } | "provider" | "nobody"; readonly name?: string; readonly groups?: string }; readonly domains: readonly (string)[]; readonly group_roles: { readonly [name: string]: "owner" | "admin" | "billing" | "developer" | "viewer" }; readonly default_role?: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly joins: "none" | "just_in_time"; readonly is_enforced: boolean; readonly state: "active" | "disabled"; readonly has_secret: boolean; readonly redirect_uri: string; readonly created_at: string; readonly revision: number };
export type SsoCheck = { readonly issuer: string; readonly endpoints: { readonly [name: string]: string }; readonly signing_keys?: number; readonly remarks: readonly ("no_secret" | "pkce_not_listed" | "no_sign_out" | "addresses_unproven")[] };
export type ServiceAccount = { readonly id: string; readonly name: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly state: "active" | "disabled"; readonly created_at: string; readonly revision: number };
export type Team = { readonly id: string; readonly name: string; readonly created_at: string; readonly revision: number };
export type TestReport = { readonly ok: boolean; readonly results: readonly ({ readonly credential_id?: string; readonly step: string; readonly ok: boolean; readonly http_status?: number; readonly latency_ms?: number; readonly message?: string })[] };
export type UsageRecord = { readonly id: string; readonly request_id: string; readonly started_at: string; readonly project_id: string; readonly key_id: string; readonly member_id?: string; readonly service_account_id?: string; readonly connection_id?: string; readonly credential_id?: string; readonly provider_id?: string; readonly application: string; readonly end_user?: string; readonly tags?: { readonly [name: string]: string }; readonly client_request_id?: string; readonly traceparent?: string; readonly operation: "chat" | "completions" | "embeddings" | "count-tokens" | "images" | "image-edits" | "speech" | "transcriptions" | "translations" | "videos"; readonly streamed: boolean; readonly corrects?: string; readonly requested_model: string; readonly routed_model?: string; readonly served_model?: string; readonly usage: { readonly input_tokens?: number; readonly cached_input_tokens?: number; readonly cache_write_5m_tokens?: number; readonly cache_write_1h_tokens?: number; readonly audio_input_tokens?: number; readonly output_tokens?: number; readonly reasoning_tokens?: number; readonly audio_output_tokens?: number; readonly image_input_tokens?: number; readonly image_output_tokens?: number; readonly images?: number; readonly seconds?: number; readonly characters?: number; readonly tool_calls?: number; readonly provider_cost_usd?: string }; readonly usage_basis?: "reported" | "estimated"; readonly priced: boolean; readonly charge?: string; readonly cost_usd?: string; readonly cost_nano_usd?: string; readonly rate_card_id?: string; readonly rate_card_version?: number; readonly finish_reason?: string; readonly status: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted"; readonly http_status: number; readonly error_code?: string; readonly first_byte_ms?: number; readonly duration_ms: number; readonly overhead_ms: number; readonly request_bytes: number; readonly response_bytes: number; readonly instance_id: string };
export type UsageTotals = { readonly group?: string; readonly requests: number; readonly failed_requests: number; readonly estimated_requests: number; readonly unpriced_requests: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly cost_usd?: string; readonly cost_nano_usd?: string };
export type Vault = { readonly current_version: number; readonly versions: readonly ({ readonly version: number; readonly fingerprint: string; readonly created_at: string; readonly retired_at?: string })[]; readonly undecryptable: number; readonly rotation: { readonly state: "idle" | "running" | "failed"; readonly rewrapped: number; readonly remaining: number; readonly error?: string } };
export type VirtualKey = { readonly id: string; readonly project_id: string; readonly member_id?: string; readonly service_account_id?: string; readonly name: string; readonly masked: string; readonly state: "active" | "disabled" | "expired" | "revoked"; readonly allowed_models?: readonly (string)[]; readonly allowed_addresses?: readonly (string)[]; readonly allowed_origins?: readonly (string)[]; readonly refuses_losses: boolean; readonly enabled: boolean; readonly expires_at?: string; readonly revoked_at?: string; readonly previous_until?: string; readonly created_at: string; readonly last_used_at?: string; readonly source: "store" | "file" | "env" | "found"; readonly revision: number };

export type Operations = {
  getSignInOptions: { params: undefined; query: undefined; body: undefined; answer: { readonly name: string; readonly logo?: string; readonly accent?: string; readonly support_address?: string; readonly terms_url?: string; readonly privacy_url?: string; readonly sign_up: "invitation" | "approval" | "domain" | "open"; readonly needs_setup: boolean; readonly transport: "tls" | "loopback" | "insecure"; readonly mail: "smtp" | "console"; readonly sign_ins: readonly ({ readonly id: string; readonly name: string; readonly preset?: string })[] } };
  findWayIn: { params: undefined; query: undefined; body: { readonly email: string }; answer: { readonly way: "password" | "single_sign_on"; readonly sign_in?: { readonly id: string; readonly name: string } } };
  setUpFirstOwner: { params: undefined; query: undefined; body: { readonly token: string; readonly email: string; readonly name: string; readonly password: string; readonly locale?: "en" | "zh-TW" }; answer: { readonly user: Account } };
  signUp: { params: undefined; query: undefined; body: { readonly email: string; readonly name: string; readonly password: string; readonly locale?: "en" | "zh-TW" }; answer: { readonly state: "mail_sent_if_possible" } };
  verifyAddress: { params: undefined; query: undefined; body: { readonly token: string }; answer: { readonly state: "active" | "awaiting_approval" } };
  resendVerification: { params: undefined; query: undefined; body: { readonly email: string }; answer: { readonly state: "mail_sent_if_possible" } };
  signIn: { params: undefined; query: undefined; body: { readonly email: string; readonly password: string }; answer: { readonly user: Account } };
  signOut: { params: undefined; query: undefined; body: undefined; answer: { readonly done: true; readonly continue_at?: string } };
  forgotPassword: { params: undefined; query: undefined; body: { readonly email: string }; answer: { readonly state: "mail_sent_if_possible" } };
  resetPassword: { params: undefined; query: undefined; body: { readonly token: string; readonly password: string }; answer: { readonly done: true } };
  lookAtInvitation: { params: undefined; query: undefined; body: { readonly token: string }; answer: { readonly organization: string; readonly email: string; readonly role: string; readonly has_account: boolean } };
  signUpInvited: { params: undefined; query: undefined; body: { readonly token: string; readonly name: string; readonly password: string; readonly locale?: "en" | "zh-TW" }; answer: { readonly user: Account } };
  acceptInvitation: { params: undefined; query: undefined; body: { readonly token: string }; answer: { readonly done: true } };
  getMe: { params: undefined; query: undefined; body: undefined; answer: Me };
  updateMe: { params: undefined; query: undefined; body: { readonly name?: string; readonly locale?: "en" | "zh-TW" }; answer: Account };
  listMySessions: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly (Session)[] } };
  endMySession: { params: { session_id: string }; query: undefined; body: undefined; answer: { readonly done: true } };
  endMyOtherSessions: { params: undefined; query: undefined; body: undefined; answer: { readonly done: true } };
  changeMyPassword: { params: undefined; query: undefined; body: { readonly current?: string; readonly password: string }; answer: { readonly user: Account } };
  exportMe: { params: undefined; query: undefined; body: undefined; answer: { readonly [name: string]: Json } };
  closeMyAccount: { params: undefined; query: undefined; body: { readonly password?: string }; answer: { readonly done: true } };
  listUsers: { params: undefined; query: { limit?: number; cursor?: string; state?: "awaiting_approval" | "active" | "suspended" | "closed" | "erased"; search?: string }; body: undefined; answer: { readonly data: readonly (Account)[]; readonly next_cursor?: string } };
  getUser: { params: { user_id: string }; query: undefined; body: undefined; answer: Account };
  exportUser: { params: { user_id: string }; query: undefined; body: undefined; answer: { readonly [name: string]: Json } };
  approveUser: { params: { user_id: string }; query: undefined; body: undefined; answer: Account };
  reactivateUser: { params: { user_id: string }; query: undefined; body: undefined; answer: Account };
  suspendUser: { params: { user_id: string }; query: undefined; body: { readonly reason?: string }; answer: Account };
  setOperator: { params: { user_id: string }; query: undefined; body: { readonly is_operator: boolean }; answer: Account };
  closeUser: { params: { user_id: string }; query: undefined; body: undefined; answer: { readonly done: true } };
  eraseUser: { params: { user_id: string }; query: undefined; body: undefined; answer: { readonly done: true } };
  listSessionsOfUser: { params: { user_id: string }; query: undefined; body: undefined; answer: { readonly data: readonly (Session)[] } };
  endSessionOfUser: { params: { user_id: string; session_id: string }; query: undefined; body: undefined; answer: { readonly done: true } };
  listAuditActs: { params: undefined; query: { actor_id?: string; action?: string; target_id?: string; from?: string; to?: string; limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (AuditAct)[]; readonly next_cursor?: string } };
  exportAuditActs: { params: undefined; query: { actor_id?: string; action?: string; target_id?: string; from?: string; to?: string; format?: "jsonl" | "csv"; organization_id?: string }; body: undefined; answer: unknown };
  listAllAuditActs: { params: undefined; query: { actor_id?: string; action?: string; target_id?: string; from?: string; to?: string; limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (AuditAct)[]; readonly next_cursor?: string } };
  exportAllAuditActs: { params: undefined; query: { actor_id?: string; action?: string; target_id?: string; from?: string; to?: string; format?: "jsonl" | "csv"; organization_id?: string }; body: undefined; answer: unknown };
  verifyAuditLog: { params: undefined; query: { noted?: string }; body: undefined; answer: AuditVerdict };
  listSsoConnections: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly (SsoConnection)[] } };
  createSsoConnection: { params: undefined; query: undefined; body: { readonly name: string; readonly client_id: string; readonly client_secret?: string; readonly kind?: "oidc" | "oauth2"; readonly preset?: "google" | "github" | "microsoft"; readonly issuer?: string; readonly endpoints?: { readonly authorization: string; readonly token: string; readonly user_info?: string; readonly jwks?: string; readonly end_session?: string }; readonly scopes?: readonly (string)[]; readonly claims?: { readonly subject?: string; readonly email?: string; readonly email_verified?: { readonly claim: string } | "provider" | "nobody"; readonly name?: string; readonly groups?: string }; readonly domains?: readonly (string)[]; readonly group_roles?: { readonly [name: string]: "owner" | "admin" | "billing" | "developer" | "viewer" }; readonly default_role?: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly joins?: "none" | "just_in_time"; readonly is_enforced?: boolean; readonly state?: "active" | "disabled" }; answer: SsoConnection };
  getSsoConnection: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: SsoConnection };
  updateSsoConnection: { params: { sso_connection_id: string }; query: undefined; body: { readonly name?: string; readonly client_id?: string; readonly client_secret?: string | null; readonly issuer?: string | null; readonly endpoints?: { readonly authorization: string; readonly token: string; readonly user_info?: string; readonly jwks?: string; readonly end_session?: string } | null; readonly scopes?: readonly (string)[]; readonly claims?: { readonly subject?: string; readonly email?: string; readonly email_verified?: { readonly claim: string } | "provider" | "nobody"; readonly name?: string; readonly groups?: string }; readonly domains?: readonly (string)[]; readonly group_roles?: { readonly [name: string]: "owner" | "admin" | "billing" | "developer" | "viewer" }; readonly default_role?: "owner" | "admin" | "billing" | "developer" | "viewer" | null; readonly joins?: "none" | "just_in_time"; readonly is_enforced?: boolean; readonly state?: "active" | "disabled" }; answer: SsoConnection };
  deleteSsoConnection: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: Deleted };
  testSsoConnection: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: SsoCheck };
  listSsoConnectionsOfInstallation: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly (SsoConnection)[] } };
  createSsoConnectionOfInstallation: { params: undefined; query: undefined; body: { readonly name: string; readonly client_id: string; readonly client_secret?: string; readonly kind?: "oidc" | "oauth2"; readonly preset?: "google" | "github" | "microsoft"; readonly issuer?: string; readonly endpoints?: { readonly authorization: string; readonly token: string; readonly user_info?: string; readonly jwks?: string; readonly end_session?: string }; readonly scopes?: readonly (string)[]; readonly claims?: { readonly subject?: string; readonly email?: string; readonly email_verified?: { readonly claim: string } | "provider" | "nobody"; readonly name?: string; readonly groups?: string }; readonly domains?: readonly (string)[]; readonly group_roles?: { readonly [name: string]: "owner" | "admin" | "billing" | "developer" | "viewer" }; readonly default_role?: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly joins?: "none" | "just_in_time"; readonly is_enforced?: boolean; readonly state?: "active" | "disabled" }; answer: SsoConnection };
  getSsoConnectionOfInstallation: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: SsoConnection };
  updateSsoConnectionOfInstallation: { params: { sso_connection_id: string }; query: undefined; body: { readonly name?: string; readonly client_id?: string; readonly client_secret?: string | null; readonly issuer?: string | null; readonly endpoints?: { readonly authorization: string; readonly token: string; readonly user_info?: string; readonly jwks?: string; readonly end_session?: string } | null; readonly scopes?: readonly (string)[]; readonly claims?: { readonly subject?: string; readonly email?: string; readonly email_verified?: { readonly claim: string } | "provider" | "nobody"; readonly name?: string; readonly groups?: string }; readonly domains?: readonly (string)[]; readonly group_roles?: { readonly [name: string]: "owner" | "admin" | "billing" | "developer" | "viewer" }; readonly default_role?: "owner" | "admin" | "billing" | "developer" | "viewer" | null; readonly joins?: "none" | "just_in_time"; readonly is_enforced?: boolean; readonly state?: "active" | "disabled" }; answer: SsoConnection };
  deleteSsoConnectionOfInstallation: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: Deleted };
  testSsoConnectionOfInstallation: { params: { sso_connection_id: string }; query: undefined; body: undefined; answer: SsoCheck };
  beginSignInElsewhere: { params: { sso_connection_id: string }; query: { return_to?: string }; body: undefined; answer: undefined };
  finishSignInElsewhere: { params: { sso_connection_id: string }; query: { code?: string | readonly (string)[]; state?: string | readonly (string)[]; iss?: string | readonly (string)[]; error?: string | readonly (string)[]; error_description?: string | readonly (string)[] }; body: undefined; answer: undefined };
  beginConnectSession: { params: undefined; query: undefined; body: undefined; answer: { readonly id: string; readonly challenge: string; readonly accessKeyId: string | null; readonly accessKeySecret: string | null } };
  getConnectSession: { params: undefined; query: { sid: string }; body: undefined; answer: { readonly id: string; readonly challenge: string; readonly accessKeyId: string | null; readonly accessKeySecret: string | null } };
  endConnectSession: { params: undefined; query: { sid: string }; body: undefined; answer: { readonly done: true } };
  approveConnectSession: { params: undefined; query: undefined; body: { readonly session: string }; answer: { readonly done: true } };
  getInstallation: { params: undefined; query: undefined; body: undefined; answer: Installation };
  updateInstallation: { params: undefined; query: undefined; body: { readonly name?: string; readonly logo?: string | null; readonly support_address?: string | null; readonly accent?: string | null; readonly terms_url?: string | null; readonly privacy_url?: string | null; readonly sign_up?: "invitation" | "approval" | "domain" | "open"; readonly sign_up_domains?: readonly (string)[]; readonly sign_up_joins?: "personal" | "first"; readonly own_credentials?: boolean; readonly public_models?: boolean }; answer: Installation };
  sendTestMail: { params: undefined; query: undefined; body: undefined; answer: { readonly sent_to: string } };
  listOrganizations: { params: undefined; query: { limit?: number; cursor?: string; state?: "active" | "suspended" | "closed"; search?: string }; body: undefined; answer: { readonly data: readonly (Organization)[]; readonly next_cursor?: string } };
  createOrganization: { params: undefined; query: undefined; body: { readonly name: string; readonly owner_email?: string }; answer: { readonly organization: Organization; readonly default_project: Project; readonly owner_invitation?: Invitation } };
  getOrganization: { params: { organization_id: string }; query: undefined; body: undefined; answer: Organization };
  updateOrganization: { params: { organization_id: string }; query: undefined; body: { readonly name?: string; readonly own_credentials_allowed?: boolean | null }; answer: Organization };
  inviteOrganizationOwner: { params: { organization_id: string }; query: undefined; body: { readonly email: string }; answer: Invitation };
  suspendOrganization: { params: { organization_id: string }; query: undefined; body: { readonly reason: string }; answer: Organization };
  reactivateOrganization: { params: { organization_id: string }; query: undefined; body: undefined; answer: Organization };
  closeOrganization: { params: { organization_id: string }; query: undefined; body: { readonly reason: string }; answer: Organization };
  getOwnOrganization: { params: undefined; query: undefined; body: undefined; answer: Organization };
  updateOwnOrganization: { params: undefined; query: undefined; body: { readonly name?: string; readonly own_credentials_use?: "first" | "only"; readonly brand?: { readonly title?: string | null; readonly accent?: string | null; readonly support_address?: string | null } }; answer: Organization };
  closeOwnOrganization: { params: undefined; query: undefined; body: undefined; answer: Organization };
  leaveOwnOrganization: { params: undefined; query: undefined; body: undefined; answer: Deleted };
  getOwnLogo: { params: undefined; query: { organization_id?: string; version?: string }; body: undefined; answer: unknown };
  setOwnLogo: { params: undefined; query: undefined; body: { readonly data: string }; answer: Organization };
  removeOwnLogo: { params: undefined; query: undefined; body: undefined; answer: Organization };
  listTeams: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Team)[]; readonly next_cursor?: string } };
  createTeam: { params: undefined; query: undefined; body: { readonly name: string }; answer: Team };
  getTeam: { params: { team_id: string }; query: undefined; body: undefined; answer: Team };
  updateTeam: { params: { team_id: string }; query: undefined; body: { readonly name: string }; answer: Team };
  deleteTeam: { params: { team_id: string }; query: undefined; body: undefined; answer: Deleted };
  addTeamMember: { params: { team_id: string; member_id: string }; query: undefined; body: undefined; answer: Member };
  removeTeamMember: { params: { team_id: string; member_id: string }; query: undefined; body: undefined; answer: Member };
  listRules: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (AccessRule)[]; readonly next_cursor?: string } };
  getRule: { params: { scope: "organization" | "team" | "project" | "key"; scope_id: string }; query: undefined; body: undefined; answer: AccessRule };
  putRule: { params: { scope: "organization" | "team" | "project" | "key"; scope_id: string }; query: undefined; body: { readonly allowed_models?: readonly (string)[]; readonly denied_models?: readonly (string)[]; readonly allowed_providers?: readonly (string)[]; readonly denied_providers?: readonly (string)[]; readonly allowed_regions?: readonly (string)[]; readonly denied_regions?: readonly (string)[] }; answer: AccessRule };
  deleteRule: { params: { scope: "organization" | "team" | "project" | "key"; scope_id: string }; query: undefined; body: undefined; answer: Deleted };
  getOperatorRule: { params: { organization_id: string }; query: undefined; body: undefined; answer: AccessRule };
  putOperatorRule: { params: { organization_id: string }; query: undefined; body: { readonly allowed_models?: readonly (string)[]; readonly denied_models?: readonly (string)[]; readonly allowed_providers?: readonly (string)[]; readonly denied_providers?: readonly (string)[]; readonly allowed_regions?: readonly (string)[]; readonly denied_regions?: readonly (string)[] }; answer: AccessRule };
  deleteOperatorRule: { params: { organization_id: string }; query: undefined; body: undefined; answer: Deleted };
  listProjects: { params: undefined; query: { limit?: number; cursor?: string; archived?: "true" | "false" }; body: undefined; answer: { readonly data: readonly (Project)[]; readonly next_cursor?: string } };
  createProject: { params: undefined; query: undefined; body: { readonly name: string; readonly team_id?: string }; answer: Project };
  getProject: { params: { project_id: string }; query: undefined; body: undefined; answer: Project };
  updateProject: { params: { project_id: string }; query: undefined; body: { readonly name?: string; readonly team_id?: string | null }; answer: Project };
  archiveProject: { params: { project_id: string }; query: undefined; body: undefined; answer: Project };
  unarchiveProject: { params: { project_id: string }; query: undefined; body: undefined; answer: Project };
  listMembers: { params: undefined; query: { limit?: number; cursor?: string; team_id?: string; search?: string }; body: undefined; answer: { readonly data: readonly (Member)[]; readonly next_cursor?: string } };
  getMember: { params: { member_id: string }; query: undefined; body: undefined; answer: Member };
  updateMember: { params: { member_id: string }; query: undefined; body: { readonly role: "owner" | "admin" | "billing" | "developer" | "viewer" }; answer: Member };
  deleteMember: { params: { member_id: string }; query: undefined; body: undefined; answer: Deleted };
  suspendMember: { params: { member_id: string }; query: undefined; body: undefined; answer: Member };
  reactivateMember: { params: { member_id: string }; query: undefined; body: undefined; answer: Member };
  listInvitations: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Invitation)[]; readonly next_cursor?: string } };
  createInvitation: { params: undefined; query: undefined; body: { readonly email: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly team_ids?: readonly (string)[] }; answer: Invitation };
  getInvitation: { params: { invitation_id: string }; query: undefined; body: undefined; answer: Invitation };
  resendInvitation: { params: { invitation_id: string }; query: undefined; body: undefined; answer: Invitation };
  revokeInvitation: { params: { invitation_id: string }; query: undefined; body: undefined; answer: Invitation };
  listServiceAccounts: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (ServiceAccount)[]; readonly next_cursor?: string } };
  createServiceAccount: { params: undefined; query: undefined; body: { readonly name: string; readonly role: "owner" | "admin" | "billing" | "developer" | "viewer" }; answer: ServiceAccount };
  getServiceAccount: { params: { service_account_id: string }; query: undefined; body: undefined; answer: ServiceAccount };
  updateServiceAccount: { params: { service_account_id: string }; query: undefined; body: { readonly name?: string; readonly role?: "owner" | "admin" | "billing" | "developer" | "viewer"; readonly state?: "active" | "disabled" }; answer: ServiceAccount };
  deleteServiceAccount: { params: { service_account_id: string }; query: undefined; body: undefined; answer: Deleted };
  listConnections: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Connection)[]; readonly next_cursor?: string } };
  createConnection: { params: undefined; query: undefined; body: { readonly provider_id: string; readonly name?: string; readonly base_url?: string; readonly params?: { readonly [name: string]: string }; readonly new_model_policy?: "enabled" | "hidden" | "awaiting_approval"; readonly position?: number; readonly credential?: { readonly name?: string; readonly secret: string; readonly weight?: number } }; answer: { readonly connection: Connection; readonly refresh: Refresh } };
  getConnection: { params: { connection_id: string }; query: undefined; body: undefined; answer: Connection };
  updateConnection: { params: { connection_id: string }; query: undefined; body: { readonly name?: string; readonly base_url?: string; readonly enabled?: boolean; readonly new_model_policy?: "enabled" | "hidden" | "awaiting_approval"; readonly position?: number; readonly secrets?: readonly ({ readonly credential_id: string; readonly secret: string })[] }; answer: Connection };
  deleteConnection: { params: { connection_id: string }; query: undefined; body: undefined; answer: Deleted };
  refreshConnection: { params: { connection_id: string }; query: undefined; body: undefined; answer: Refresh };
  testConnection: { params: { connection_id: string }; query: undefined; body: undefined; answer: TestReport };
  listCredentials: { params: { connection_id: string }; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Credential)[]; readonly next_cursor?: string } };
  createCredential: { params: { connection_id: string }; query: undefined; body: { readonly name?: string; readonly secret: string; readonly weight?: number }; answer: Credential };
  updateCredential: { params: { credential_id: string }; query: undefined; body: { readonly name?: string; readonly weight?: number; readonly enabled?: boolean }; answer: Credential };
  deleteCredential: { params: { credential_id: string }; query: undefined; body: undefined; answer: Deleted };
  replaceCredentialSecret: { params: { credential_id: string }; query: undefined; body: { readonly secret: string }; answer: Credential };
  testCredential: { params: { credential_id: string }; query: undefined; body: undefined; answer: TestReport };
  listModels: { params: undefined; query: { limit?: number; cursor?: string; state?: "enabled" | "hidden" | "awaiting_approval"; withdrawn?: "true" | "false"; search?: string; input_modality?: string; output_modality?: string; context_tokens_min?: number; connection_id?: string }; body: undefined; answer: { readonly data: readonly (Model)[]; readonly next_cursor?: string } };
  listModelsOfConnection: { params: { connection_id: string }; query: { limit?: number; cursor?: string; state?: "enabled" | "hidden" | "awaiting_approval"; withdrawn?: "true" | "false"; search?: string; input_modality?: string; output_modality?: string; context_tokens_min?: number }; body: undefined; answer: { readonly data: readonly (Model)[]; readonly next_cursor?: string } };
  addModel: { params: { connection_id: string }; query: undefined; body: { readonly upstream_model: string; readonly display_name?: string; readonly context_tokens?: number; readonly max_output_tokens?: number; readonly input_modalities?: readonly (string)[]; readonly output_modalities?: readonly (string)[]; readonly embedding_dimensions?: number }; answer: Model };
  getModel: { params: { model_id: string }; query: undefined; body: undefined; answer: Model };
  setModelState: { params: { model_id: string }; query: undefined; body: { readonly state: "enabled" | "hidden" | "awaiting_approval" }; answer: Model };
  deleteModel: { params: { model_id: string }; query: undefined; body: undefined; answer: Deleted };
  listCallableModels: { params: undefined; query: { limit?: number; cursor?: string; project_id?: string }; body: undefined; answer: { readonly data: readonly ({ readonly name: string; readonly alias?: true; readonly display_name?: string; readonly context_tokens?: number; readonly max_output_tokens?: number; readonly input_modalities?: readonly (string)[]; readonly output_modalities?: readonly (string)[]; readonly operations: readonly ("chat" | "completions" | "embeddings" | "count-tokens" | "images" | "image-edits" | "speech" | "transcriptions" | "translations" | "videos")[]; readonly parameters: readonly ("temperature" | "top_p" | "max_tokens" | "seed" | "stop" | "reasoning_effort" | "tools" | "response_format")[]; readonly prices?: { readonly [name: string]: string }; readonly charged?: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly credits_per_million: string })[]; readonly simulated?: true })[]; readonly next_cursor?: string } };
  listAliases: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Alias)[]; readonly next_cursor?: string } };
  createAlias: { params: undefined; query: undefined; body: { readonly name: string; readonly target: string }; answer: Alias };
  deleteAlias: { params: { alias_id: string }; query: undefined; body: undefined; answer: Deleted };
  listIdentityOverrides: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (IdentityOverride)[]; readonly next_cursor?: string } };
  createIdentityOverride: { params: undefined; query: undefined; body: { readonly provider_id: string; readonly upstream_model: string; readonly canonical_model: string }; answer: IdentityOverride };
  deleteIdentityOverride: { params: { override_id: string }; query: undefined; body: undefined; answer: Deleted };
  listPrices: { params: undefined; query: { limit?: number; cursor?: string; provider_id?: string; model?: string }; body: undefined; answer: { readonly data: readonly (PricedModel)[]; readonly next_cursor?: string } };
  setPrice: { params: undefined; query: undefined; body: { readonly provider_id: string; readonly model: string; readonly effective_from?: string; readonly prices: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly usd_per_million: string })[] }; answer: RateCard };
  listPriceHistory: { params: undefined; query: { limit?: number; cursor?: string; provider_id: string; model: string }; body: undefined; answer: { readonly data: readonly (RateCard)[]; readonly next_cursor?: string } };
  listKeys: { params: undefined; query: { limit?: number; cursor?: string; project_id?: string }; body: undefined; answer: { readonly data: readonly (VirtualKey)[]; readonly next_cursor?: string } };
  createKey: { params: undefined; query: undefined; body: { readonly name: string; readonly project_id?: string; readonly member_id?: string; readonly service_account_id?: string; readonly allowed_models?: readonly (string)[]; readonly allowed_addresses?: readonly (string)[]; readonly allowed_origins?: readonly (string)[]; readonly refuses_losses?: boolean; readonly expires_at?: string }; answer: MadeVirtualKey };
  getKey: { params: { key_id: string }; query: undefined; body: undefined; answer: VirtualKey };
  updateKey: { params: { key_id: string }; query: undefined; body: { readonly name?: string; readonly enabled?: boolean; readonly refuses_losses?: boolean; readonly allowed_models?: readonly (string)[] | null; readonly allowed_addresses?: readonly (string)[] | null; readonly allowed_origins?: readonly (string)[] | null; readonly expires_at?: string | null }; answer: VirtualKey };
  deleteKey: { params: { key_id: string }; query: undefined; body: undefined; answer: Deleted };
  rotateKey: { params: { key_id: string }; query: undefined; body: { readonly overlap_seconds?: number }; answer: MadeVirtualKey };
  revokeKey: { params: { key_id: string }; query: undefined; body: undefined; answer: VirtualKey };
  listManagementKeys: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (ManagementKey)[]; readonly next_cursor?: string } };
  createManagementKey: { params: undefined; query: undefined; body: { readonly name: string; readonly member_id?: string; readonly service_account_id?: string; readonly scopes: readonly ("organization.read" | "teams.read" | "projects.read" | "rules.read" | "keys.read" | "models.read" | "usage.read" | "members.read" | "keys.write" | "management_keys.read" | "management_keys.write" | "service_accounts.read" | "organization.write" | "members.write" | "teams.write" | "projects.write" | "rules.write" | "service_accounts.write" | "connections.read" | "connections.write" | "sso.read" | "sso.write" | "audit.read" | "webhooks.read" | "webhooks.write" | "contents.read" | "contents.write" | "credit.read" | "organization.close")[]; readonly allowed_addresses?: readonly (string)[]; readonly expires_at?: string }; answer: MadeManagementKey };
  getManagementKey: { params: { management_key_id: string }; query: undefined; body: undefined; answer: ManagementKey };
  updateManagementKey: { params: { management_key_id: string }; query: undefined; body: { readonly name?: string; readonly scopes?: readonly ("organization.read" | "teams.read" | "projects.read" | "rules.read" | "keys.read" | "models.read" | "usage.read" | "members.read" | "keys.write" | "management_keys.read" | "management_keys.write" | "service_accounts.read" | "organization.write" | "members.write" | "teams.write" | "projects.write" | "rules.write" | "service_accounts.write" | "connections.read" | "connections.write" | "sso.read" | "sso.write" | "audit.read" | "webhooks.read" | "webhooks.write" | "contents.read" | "contents.write" | "credit.read" | "organization.close")[]; readonly allowed_addresses?: readonly (string)[] | null; readonly expires_at?: string | null }; answer: ManagementKey };
  deleteManagementKey: { params: { management_key_id: string }; query: undefined; body: undefined; answer: Deleted };
  rotateManagementKey: { params: { management_key_id: string }; query: undefined; body: { readonly overlap_seconds?: number }; answer: MadeManagementKey };
  revokeManagementKey: { params: { management_key_id: string }; query: undefined; body: undefined; answer: ManagementKey };
  listUsageRecords: { params: undefined; query: { limit?: number; cursor?: string; from?: string; to?: string; project_id?: string; key_id?: string; model?: string; provider_id?: string; connection_id?: string; status?: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted"; end_user?: string; application?: string; text?: string }; body: undefined; answer: { readonly data: readonly (UsageRecord)[]; readonly next_cursor?: string; readonly searched_back_to?: string } };
  exportUsageRecords: { params: undefined; query: { from?: string; to?: string; project_id?: string; key_id?: string; model?: string; provider_id?: string; connection_id?: string; status?: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted"; end_user?: string; application?: string; format?: "jsonl" | "csv"; organization_id?: string }; body: undefined; answer: unknown };
  getUsageOfRequest: { params: { request_id: string }; query: undefined; body: undefined; answer: RequestDetail };
  getUsageTotals: { params: undefined; query: { from?: string; to?: string; project_id?: string; key_id?: string; model?: string; provider_id?: string; connection_id?: string; status?: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted"; end_user?: string; application?: string; group_by?: "model" | "provider" | "connection" | "key" | "status" | "operation" | "end_user" | "application" | "day" }; body: undefined; answer: { readonly data: readonly (UsageTotals)[] } };
  exploreUsage: { params: undefined; query: { from: string; to: string; time_zone?: string; granularity?: "none" | "auto" | "quarter_hour" | "hour" | "day" | "week" | "month"; group_by?: "none" | "model" | "provider" | "connection" | "key" | "member" | "team" | "project" | "application" | "tag" | "end_user" | "operation" | "status"; model?: string | readonly (string)[]; provider_id?: string | readonly (string)[]; connection_id?: string | readonly (string)[]; key_id?: string | readonly (string)[]; member_id?: string | readonly (string)[]; team_id?: string | readonly (string)[]; project_id?: string | readonly (string)[]; application?: string | readonly (string)[]; tag?: string | readonly (string)[]; end_user?: string | readonly (string)[]; operation?: "chat" | "completions" | "embeddings" | "count-tokens" | "images" | "image-edits" | "speech" | "transcriptions" | "translations" | "videos" | readonly ("chat" | "completions" | "embeddings" | "count-tokens" | "images" | "image-edits" | "speech" | "transcriptions" | "translations" | "videos")[]; status?: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted" | readonly ("success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted")[]; order_by?: "cost" | "requests"; top?: number; compare?: "previous" }; body: undefined; answer: { readonly from: string; readonly to: string; readonly time_zone: string; readonly granularity: "none" | "quarter_hour" | "hour" | "day" | "week" | "month"; readonly buckets: readonly ({ readonly start: string; readonly end: string })[]; readonly groups: readonly ({ readonly value?: string; readonly is_rest?: true; readonly totals: { readonly requests: number; readonly failed_requests: number; readonly estimated_requests: number; readonly unpriced_requests: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly cache_write_5m_tokens: number; readonly cache_write_1h_tokens: number; readonly audio_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly audio_output_tokens: number; readonly image_input_tokens: number; readonly image_output_tokens: number; readonly images: number; readonly seconds: number; readonly characters: number; readonly tool_calls: number; readonly cost_usd?: string; readonly cost_nano_usd?: string; readonly latency_ms: { readonly p50?: number; readonly p95?: number }; readonly time_to_first_byte_ms: { readonly p50?: number; readonly p95?: number }; readonly tokens_per_second: { readonly p50?: number; readonly p95?: number } }; readonly points?: readonly ({ readonly requests: number; readonly failed_requests: number; readonly input_tokens: number; readonly output_tokens: number; readonly cost_nano_usd?: string })[] })[]; readonly totals: { readonly requests: number; readonly failed_requests: number; readonly estimated_requests: number; readonly unpriced_requests: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly cache_write_5m_tokens: number; readonly cache_write_1h_tokens: number; readonly audio_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly audio_output_tokens: number; readonly image_input_tokens: number; readonly image_output_tokens: number; readonly images: number; readonly seconds: number; readonly characters: number; readonly tool_calls: number; readonly cost_usd?: string; readonly cost_nano_usd?: string; readonly latency_ms: { readonly p50?: number; readonly p95?: number }; readonly time_to_first_byte_ms: { readonly p50?: number; readonly p95?: number }; readonly tokens_per_second: { readonly p50?: number; readonly p95?: number } }; readonly previous_totals?: { readonly requests: number; readonly failed_requests: number; readonly estimated_requests: number; readonly unpriced_requests: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly cache_write_5m_tokens: number; readonly cache_write_1h_tokens: number; readonly audio_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly audio_output_tokens: number; readonly image_input_tokens: number; readonly image_output_tokens: number; readonly images: number; readonly seconds: number; readonly characters: number; readonly tool_calls: number; readonly cost_usd?: string; readonly cost_nano_usd?: string; readonly latency_ms: { readonly p50?: number; readonly p95?: number }; readonly time_to_first_byte_ms: { readonly p50?: number; readonly p95?: number }; readonly tokens_per_second: { readonly p50?: number; readonly p95?: number } }; readonly capped?: true } };
  forecastUsage: { params: undefined; query: { time_zone?: string }; body: undefined; answer: { readonly time_zone: string; readonly month: { readonly start: string; readonly end: string }; readonly as_of: string; readonly today_weekday: number; readonly organization: { readonly so_far: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly today: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly unpriced_requests: number; readonly projection?: { readonly expected: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly lowest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly highest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly days_of_data: number; readonly weekdays: readonly ({ readonly weekday: number; readonly days: number; readonly mean: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly lowest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly highest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly to_come: number })[] } }; readonly projects: readonly ({ readonly project_id: string; readonly so_far: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly today: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly unpriced_requests: number; readonly projection?: { readonly expected: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly lowest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly highest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly days_of_data: number; readonly weekdays: readonly ({ readonly weekday: number; readonly days: number; readonly mean: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly lowest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly highest: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly to_come: number })[] } })[] } };
  findSavings: { params: undefined; query: { from: string; to: string }; body: undefined; answer: { readonly from: string; readonly to: string; readonly findings: readonly ({ readonly kind: "cheaper_deployment"; readonly model: string; readonly used: { readonly connection_id: string; readonly provider_id: string; readonly upstream_model: string }; readonly other: { readonly connection_id: string; readonly provider_id: string; readonly upstream_model: string }; readonly requests: number; readonly estimated_requests: number; readonly lines: readonly ({ readonly token_class: "input_tokens" | "cached_input_tokens" | "cache_write_5m_tokens" | "cache_write_1h_tokens" | "audio_input_tokens" | "output_tokens" | "reasoning_tokens" | "audio_output_tokens" | "image_input_tokens" | "image_output_tokens"; readonly tokens: number; readonly price: string; readonly other_price: string })[]; readonly cost: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly other_cost: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly saved: { readonly cost_usd: string; readonly cost_nano_usd: string } } | { readonly kind: "uncached_input"; readonly model: string; readonly used: { readonly connection_id: string; readonly provider_id: string; readonly upstream_model: string }; readonly requests: number; readonly average_input_tokens: number; readonly input_tokens: number; readonly cached_tokens: number; readonly uncached_tokens: number; readonly price: string; readonly cached_price: string; readonly saved_at_most: { readonly cost_usd: string; readonly cost_nano_usd: string } } | { readonly kind: "failed_spend"; readonly model: string; readonly requests: number; readonly cost: { readonly cost_usd: string; readonly cost_nano_usd: string }; readonly statuses: readonly ({ readonly status: "success" | "upstream_error" | "rejected" | "client_closed" | "cut" | "timeout" | "interrupted"; readonly requests: number; readonly cost: { readonly cost_usd: string; readonly cost_nano_usd: string } })[] } | { readonly kind: "unused_keys"; readonly keys: readonly ({ readonly id: string; readonly name: string; readonly created_at: string; readonly last_used_at?: string })[] } | { readonly kind: "unused_credentials"; readonly credentials: readonly ({ readonly id: string; readonly name: string; readonly created_at: string; readonly last_used_at?: string; readonly connection_id: string })[] })[] } };
  getChargeback: { params: undefined; query: { month: string; time_zone?: string; by: "team" | "project" | "tag"; tag?: string }; body: undefined; answer: { readonly month: string; readonly time_zone: string; readonly from: string; readonly to: string; readonly rows: readonly ({ readonly value?: string; readonly name?: string; readonly requests: number; readonly failed_requests: number; readonly unpriced_requests: number; readonly tokens: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly cost_usd: string; readonly cost_nano_usd: string })[]; readonly total: { readonly requests: number; readonly failed_requests: number; readonly unpriced_requests: number; readonly tokens: number; readonly input_tokens: number; readonly cached_input_tokens: number; readonly output_tokens: number; readonly reasoning_tokens: number; readonly cost_usd: string; readonly cost_nano_usd: string }; readonly tag?: string; readonly tags?: readonly (string)[]; readonly capped?: true } };
  exportChargeback: { params: undefined; query: { month: string; time_zone?: string; by: "team" | "project" | "tag"; tag?: string; format?: "jsonl" | "csv"; organization_id?: string }; body: undefined; answer: unknown };
  getContentPolicy: { params: undefined; query: undefined; body: undefined; answer: { readonly store: boolean; readonly keep_days: number; readonly redact: boolean; readonly project_ids?: readonly (string)[]; readonly keep_days_max: number; readonly revision: number } };
  putContentPolicy: { params: undefined; query: undefined; body: { readonly store: boolean; readonly keep_days?: number; readonly redact?: boolean; readonly project_ids?: readonly (string)[] }; answer: { readonly store: boolean; readonly keep_days: number; readonly redact: boolean; readonly project_ids?: readonly (string)[]; readonly keep_days_max: number; readonly revision: number } };
  readRequestContent: { params: { request_id: string }; query: undefined; body: undefined; answer: { readonly request: { readonly media_type?: string; readonly bytes: number; readonly text?: string; readonly cut?: boolean; readonly not_stored?: "nothing_sent" | "not_text" | "too_large" | "unreadable" }; readonly answer: { readonly media_type?: string; readonly bytes: number; readonly text?: string; readonly cut?: boolean; readonly not_stored?: "nothing_sent" | "not_text" | "too_large" | "unreadable" }; readonly redacted: boolean; readonly stored_at: string; readonly expires_at: string } };
  deleteRequestContent: { params: { request_id: string }; query: undefined; body: undefined; answer: Deleted };
  listMyCreditAccounts: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly name?: string; readonly remaining: string; readonly held: string; readonly available: string })[] } };
  listCreditAccounts: { params: undefined; query: { limit?: number; cursor?: string; account_id?: string; organization_id?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly name?: string; readonly remaining: string; readonly held: string; readonly available: string })[]; readonly next_cursor?: string } };
  listCreditGrants: { params: undefined; query: { limit?: number; cursor?: string; account_id?: string; organization_id?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly organization_id: string; readonly account_id: string; readonly kind: "purchased" | "promotional" | "adjustment" | "allotment"; readonly name: string; readonly issued: string; readonly remaining: string; readonly held: string; readonly priority: number; readonly expires_at?: string; readonly models?: readonly (string)[]; readonly project_ids?: readonly (string)[]; readonly created_at: string })[]; readonly next_cursor?: string } };
  listCreditHolds: { params: undefined; query: { limit?: number; cursor?: string; account_id?: string; organization_id?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly organization_id: string; readonly project_id: string; readonly amount: string; readonly account_ids: readonly (string)[]; readonly placed_at: string; readonly dispatched_at?: string; readonly awaits_job_since?: string; readonly expires_at: string })[]; readonly next_cursor?: string } };
  getCreditCharge: { params: { charge_id: string }; query: undefined; body: undefined; answer: { readonly id: string; readonly organization_id: string; readonly project_id: string; readonly account_ids: readonly (string)[]; readonly state: "settled" | "estimated" | "presumed" | "released"; readonly amount: string; readonly held: string; readonly overrun: string; readonly basis: string; readonly ended_at: string; readonly entries: readonly ({ readonly id: string; readonly account_id: string; readonly grant_id: string; readonly kind: "grant" | "charge" | "expiry" | "refund" | "correction" | "withdrawal"; readonly amount: string; readonly charge_id?: string; readonly at: string; readonly actor_id?: string; readonly reason?: string })[] } };
  listCreditEntries: { params: undefined; query: { limit?: number; cursor?: string; account_id?: string; kind?: "grant" | "charge" | "expiry" | "refund" | "correction" | "withdrawal"; from?: string; to?: string; organization_id?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly account_id: string; readonly grant_id: string; readonly kind: "grant" | "charge" | "expiry" | "refund" | "correction" | "withdrawal"; readonly amount: string; readonly charge_id?: string; readonly at: string; readonly actor_id?: string; readonly reason?: string })[]; readonly next_cursor?: string } };
  exportCreditEntries: { params: undefined; query: { account_id?: string; kind?: "grant" | "charge" | "expiry" | "refund" | "correction" | "withdrawal"; from?: string; to?: string; organization_id?: string; format?: "jsonl" | "csv" }; body: undefined; answer: unknown };
  giveCredit: { params: undefined; query: undefined; body: { readonly organization_id: string; readonly level?: "organization" | "team" | "project" | "member" | "key"; readonly scope_id?: string; readonly amount: string; readonly name: string; readonly kind?: "purchased" | "promotional" | "adjustment" | "allotment"; readonly priority?: number; readonly expires_at?: string; readonly models?: readonly (string)[]; readonly project_ids?: readonly (string)[]; readonly reason?: string }; answer: { readonly id: string; readonly organization_id: string; readonly account_id: string; readonly kind: "purchased" | "promotional" | "adjustment" | "allotment"; readonly name: string; readonly issued: string; readonly remaining: string; readonly held: string; readonly priority: number; readonly expires_at?: string; readonly models?: readonly (string)[]; readonly project_ids?: readonly (string)[]; readonly created_at: string } };
  withdrawCredit: { params: undefined; query: undefined; body: { readonly organization_id: string; readonly level?: "organization" | "team" | "project" | "member" | "key"; readonly scope_id?: string; readonly amount: string; readonly reason: string }; answer: { readonly id: string; readonly organization_id: string; readonly account_id: string; readonly amount: string; readonly reason: string } };
  listAllCreditAccounts: { params: undefined; query: { limit?: number; cursor?: string; text?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly name?: string; readonly remaining: string; readonly held: string; readonly available: string; readonly organization_id: string; readonly organization_name: string })[]; readonly next_cursor?: string } };
  listAllCreditHolds: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly organization_id: string; readonly project_id: string; readonly amount: string; readonly account_ids: readonly (string)[]; readonly placed_at: string; readonly dispatched_at?: string; readonly awaits_job_since?: string; readonly expires_at: string })[]; readonly next_cursor?: string } };
  refundCharge: { params: undefined; query: undefined; body: { readonly charge_id: string; readonly amount: string; readonly reason: string }; answer: { readonly id: string; readonly organization_id: string; readonly charge_id: string; readonly amount: string; readonly reason: string } };
  listChargesToReview: { params: undefined; query: { limit?: number; cursor?: string; cause?: "estimated" | "presumed" | "overrun"; organization?: string; reviewed?: "true" | "false" }; body: undefined; answer: { readonly data: readonly ({ readonly id: string; readonly organization_id: string; readonly project_id: string; readonly account_ids: readonly (string)[]; readonly state: "settled" | "estimated" | "presumed" | "released"; readonly amount: string; readonly held: string; readonly overrun: string; readonly basis: string; readonly ended_at: string; readonly organization_name: string; readonly refunded: string; readonly review?: { readonly at: string; readonly actor_id?: string; readonly note?: string } })[]; readonly next_cursor?: string } };
  reviewCharge: { params: undefined; query: undefined; body: { readonly charge_id: string; readonly note?: string }; answer: { readonly charge_id: string; readonly organization_id: string; readonly at: string; readonly actor_id?: string; readonly note?: string } };
  verifyLedger: { params: undefined; query: { noted?: string }; body: undefined; answer: { readonly intact: boolean; readonly entries: number; readonly unsealed: number; readonly differences: readonly ({ readonly id: string; readonly what: string })[]; readonly head: { readonly number: number; readonly digest: string } } };
  setBrokenStreamPolicy: { params: { organization_id: string }; query: undefined; body: { readonly policy: "bill-provider-usage" | "bill-received" | "waive-if-nothing-delivered" }; answer: Organization };
  listChargedPrices: { params: undefined; query: { limit?: number; cursor?: string; customer_group_id?: string; provider_id?: string; search?: string; only?: "unpriced" | "below_cost" | "listed" }; body: undefined; answer: { readonly data: readonly (ChargedPrice)[]; readonly next_cursor?: string; readonly counts: { readonly all: number; readonly unpriced: number; readonly below_cost: number; readonly listed: number }; readonly providers: readonly (string)[] } };
  listPriceRules: { params: undefined; query: { limit?: number; cursor?: string; provider_id?: string; model?: string; customer_group_id?: string; wider?: "true" | "false"; in_force?: "true" | "false" }; body: undefined; answer: { readonly data: readonly (PriceRule)[]; readonly next_cursor?: string } };
  addPriceRules: { params: undefined; query: undefined; body: { readonly rules: readonly ({ readonly customer_group_id?: string; readonly provider_id?: string; readonly model?: string; readonly margin_percent?: string; readonly prices?: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly credits_per_million: string })[]; readonly withdraw?: true; readonly allow_below_cost?: boolean })[]; readonly effective_from?: string; readonly reason?: string }; answer: { readonly data: readonly (PriceRule)[]; readonly next_cursor?: string } };
  previewPriceRules: { params: undefined; query: undefined; body: { readonly rules: readonly ({ readonly customer_group_id?: string; readonly provider_id?: string; readonly model?: string; readonly margin_percent?: string; readonly prices?: readonly ({ readonly unit: "input" | "cached-input" | "cache-write-5m" | "cache-write-1h" | "audio-input" | "image-input" | "output" | "reasoning" | "audio-output" | "image-output" | "image" | "video-second" | "audio-second" | "character" | "minute" | "request" | "tool-call"; readonly above_input_tokens?: number; readonly utc_window?: { readonly from: string; readonly to: string }; readonly image_size?: string; readonly image_quality?: string; readonly batch?: boolean; readonly credits_per_million: string })[]; readonly withdraw?: true; readonly allow_below_cost?: boolean })[]; readonly effective_from?: string }; answer: { readonly data: readonly ({ readonly customer_group_id?: string; readonly before: ChargedPrice; readonly after: ChargedPrice })[]; readonly changes: number; readonly below_cost: number } };
  listPriceProposals: { params: undefined; query: { limit?: number; cursor?: string; dismissed?: "true" | "false" }; body: undefined; answer: { readonly data: readonly (PriceProposal)[]; readonly next_cursor?: string } };
  decidePriceProposals: { params: undefined; query: undefined; body: { readonly ids: readonly (string)[]; readonly decision: "approve" | "dismiss"; readonly reason?: string }; answer: { readonly decided: number } };
  refreshPrices: { params: undefined; query: undefined; body: undefined; answer: { readonly added: number; readonly proposed: number } };
  listCustomerGroups: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (CustomerGroup)[]; readonly next_cursor?: string } };
  createCustomerGroup: { params: undefined; query: undefined; body: { readonly name: string }; answer: CustomerGroup };
  updateCustomerGroup: { params: { customer_group_id: string }; query: undefined; body: { readonly name: string }; answer: CustomerGroup };
  deleteCustomerGroup: { params: { customer_group_id: string }; query: undefined; body: undefined; answer: Deleted };
  addToCustomerGroup: { params: { customer_group_id: string; organization_id: string }; query: undefined; body: undefined; answer: CustomerGroup };
  removeFromCustomerGroup: { params: { customer_group_id: string; organization_id: string }; query: undefined; body: undefined; answer: CustomerGroup };
  watchUsage: { params: undefined; query: { organization_id?: string }; body: undefined; answer: unknown };
  listNotifications: { params: undefined; query: { limit?: number; cursor?: string; unread?: "true" | "false" }; body: undefined; answer: { readonly data: readonly (Notification)[]; readonly next_cursor?: string } };
  countUnreadNotifications: { params: undefined; query: undefined; body: undefined; answer: { readonly unread: number } };
  markNotificationRead: { params: { notification_id: string }; query: undefined; body: undefined; answer: { readonly unread: number } };
  markAllNotificationsRead: { params: undefined; query: undefined; body: undefined; answer: { readonly unread: number } };
  getMyNotificationMails: { params: undefined; query: undefined; body: undefined; answer: { readonly muted_kinds: readonly ("credential.failing" | "credential.working" | "models.new" | "models.withdrawn" | "webhook.disabled")[] } };
  setMyNotificationMails: { params: undefined; query: undefined; body: { readonly muted_kinds: readonly ("credential.failing" | "credential.working" | "models.new" | "models.withdrawn" | "webhook.disabled")[] }; answer: { readonly muted_kinds: readonly ("credential.failing" | "credential.working" | "models.new" | "models.withdrawn" | "webhook.disabled")[] } };
  listWebhooks: { params: undefined; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (Webhook)[]; readonly next_cursor?: string } };
  createWebhook: { params: undefined; query: undefined; body: { readonly url: string; readonly kinds?: readonly ("credential.failing" | "credential.working" | "models.new" | "models.withdrawn" | "webhook.disabled")[] }; answer: { readonly webhook: Webhook; readonly secret: string } };
  getWebhook: { params: { webhook_id: string }; query: undefined; body: undefined; answer: Webhook };
  updateWebhook: { params: { webhook_id: string }; query: undefined; body: { readonly kinds?: readonly ("credential.failing" | "credential.working" | "models.new" | "models.withdrawn" | "webhook.disabled")[]; readonly enabled?: boolean }; answer: Webhook };
  deleteWebhook: { params: { webhook_id: string }; query: undefined; body: undefined; answer: Deleted };
  rotateWebhook: { params: { webhook_id: string }; query: undefined; body: undefined; answer: { readonly webhook: Webhook; readonly secret: string } };
  testWebhook: { params: { webhook_id: string }; query: undefined; body: undefined; answer: WebhookDelivery };
  listWebhookDeliveries: { params: { webhook_id: string }; query: { limit?: number; cursor?: string }; body: undefined; answer: { readonly data: readonly (WebhookDelivery)[]; readonly next_cursor?: string } };
  redeliverWebhook: { params: { webhook_id: string; delivery_id: string }; query: undefined; body: undefined; answer: WebhookDelivery };
  listProviders: { params: undefined; query: { limit?: number; cursor?: string; search?: string }; body: undefined; answer: { readonly data: readonly (Provider)[]; readonly next_cursor?: string } };
  getProvider: { params: { provider_id: string }; query: undefined; body: undefined; answer: ProviderDetail };
  deleteProvider: { params: { provider_id: string }; query: undefined; body: undefined; answer: Deleted };
  compareCatalogue: { params: undefined; query: undefined; body: { readonly url?: string; readonly document?: JsonInput; readonly name?: string }; answer: CatalogueDifference };
  applyCatalogue: { params: undefined; query: undefined; body: { readonly url?: string; readonly document?: JsonInput; readonly name?: string }; answer: CatalogueDifference };
  probeServer: { params: undefined; query: undefined; body: { readonly base_url: string; readonly secret?: string }; answer: { readonly base_url: string; readonly dialect?: string; readonly results: readonly ({ readonly credential_id?: string; readonly step: string; readonly ok: boolean; readonly http_status?: number; readonly latency_ms?: number; readonly message?: string })[]; readonly models: readonly (string)[]; readonly proposed_entry?: { readonly [name: string]: Json } } };
  getVault: { params: undefined; query: undefined; body: undefined; answer: Vault };
  rotateVault: { params: undefined; query: undefined; body: undefined; answer: Vault };
  getConfig: { params: undefined; query: undefined; body: undefined; answer: { readonly path?: string; readonly applied_at?: string; readonly version: number } };
  applyConfig: { params: undefined; query: undefined; body: { readonly dry_run?: boolean }; answer: ConfigOutcome };
  getInfo: { params: undefined; query: undefined; body: undefined; answer: HubInfo };
  listSettings: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly ({ readonly name: string; readonly origin: "default" | "environment" | "file" | "flag"; readonly secret: boolean; readonly value?: Json })[] } };
  listJobs: { params: undefined; query: undefined; body: undefined; answer: { readonly data: readonly ({ readonly name: string; readonly next_due_at: string; readonly last_run_at?: string; readonly last_error?: string })[] } };
  getHealth: { params: undefined; query: undefined; body: undefined; answer: Health };
  getDiagnostics: { params: undefined; query: undefined; body: undefined; answer: { readonly made_at: string; readonly hub: HubInfo; readonly machine: { readonly platform: string; readonly release: string; readonly architecture: string; readonly processors: number; readonly memory_bytes: number }; readonly store: { readonly engine_version: string; readonly migrations: readonly ({ readonly version: number; readonly name: string; readonly applied_at: string })[]; readonly rows: { readonly [name: string]: number } }; readonly settings: readonly ({ readonly name: string; readonly origin: "default" | "environment" | "file" | "flag"; readonly secret: boolean; readonly value?: Json })[]; readonly health: { readonly state: "ok" | "degraded" | "failed" | "unknown"; readonly checks: readonly ({ readonly name: string; readonly state: "ok" | "degraded" | "failed" | "unknown"; readonly message?: string })[] }; readonly jobs: readonly ({ readonly name: string; readonly next_due_at: string; readonly last_run_at?: string; readonly last_error?: string })[]; readonly providers: readonly ({ readonly provider_id: string; readonly connections: number })[]; readonly queues: { readonly records_to_sum: number; readonly deliveries_waiting: number }; readonly newest_requests: { readonly requests: number; readonly instances: readonly ({ readonly instance_id: string; readonly requests: number; readonly last_at: string })[]; readonly errors: readonly ({ readonly code: string; readonly requests: number; readonly last_at: string })[] }; readonly metrics?: string } };
  checkHealth: { params: undefined; query: undefined; body: undefined; answer: Health };
  createBackup: { params: undefined; query: undefined; body: { readonly path: string }; answer: { readonly path?: string; readonly bytes?: number; readonly key_fingerprint?: string; readonly command?: string } };
  newAdminToken: { params: undefined; query: undefined; body: undefined; answer: { readonly token: string } };
  getControlDocument: { params: undefined; query: undefined; body: undefined; answer: { readonly openapi: string } };
  getDataDocument: { params: undefined; query: undefined; body: undefined; answer: { readonly openapi: string } };
};

export const ROUTES = {
  getSignInOptions: ['GET', '/control/v1/auth/options'],
  findWayIn: ['POST', '/control/v1/auth/way-in'],
  setUpFirstOwner: ['POST', '/control/v1/auth/setup'],
  signUp: ['POST', '/control/v1/auth/sign-up'],
  verifyAddress: ['POST', '/control/v1/auth/verify'],
  resendVerification: ['POST', '/control/v1/auth/verify/resend'],
  signIn: ['POST', '/control/v1/auth/sign-in'],
  signOut: ['POST', '/control/v1/auth/sign-out'],
  forgotPassword: ['POST', '/control/v1/auth/password/forgot'],
  resetPassword: ['POST', '/control/v1/auth/password/reset'],
  lookAtInvitation: ['POST', '/control/v1/auth/invitations/look'],
  signUpInvited: ['POST', '/control/v1/auth/invitations/sign-up'],
  acceptInvitation: ['POST', '/control/v1/auth/invitations/accept'],
  getMe: ['GET', '/control/v1/me'],
  updateMe: ['PATCH', '/control/v1/me'],
  listMySessions: ['GET', '/control/v1/me/sessions'],
  endMySession: ['DELETE', '/control/v1/me/sessions/{session_id}'],
  endMyOtherSessions: ['POST', '/control/v1/me/sessions/end-others'],
  changeMyPassword: ['POST', '/control/v1/me/password'],
  exportMe: ['GET', '/control/v1/me/export'],
  closeMyAccount: ['POST', '/control/v1/me/close'],
  listUsers: ['GET', '/control/v1/users'],
  getUser: ['GET', '/control/v1/users/{user_id}'],
  exportUser: ['GET', '/control/v1/users/{user_id}/export'],
  approveUser: ['POST', '/control/v1/users/{user_id}/approve'],
  reactivateUser: ['POST', '/control/v1/users/{user_id}/reactivate'],
  suspendUser: ['POST', '/control/v1/users/{user_id}/suspend'],
  setOperator: ['PUT', '/control/v1/users/{user_id}/operator'],
  closeUser: ['POST', '/control/v1/users/{user_id}/close'],
  eraseUser: ['POST', '/control/v1/users/{user_id}/erase'],
  listSessionsOfUser: ['GET', '/control/v1/users/{user_id}/sessions'],
  endSessionOfUser: ['DELETE', '/control/v1/users/{user_id}/sessions/{session_id}'],
  listAuditActs: ['GET', '/control/v1/audit'],
  exportAuditActs: ['GET', '/control/v1/audit/export'],
  listAllAuditActs: ['GET', '/control/v1/installation/audit'],
  exportAllAuditActs: ['GET', '/control/v1/installation/audit/export'],
  verifyAuditLog: ['GET', '/control/v1/installation/audit/verify'],
  listSsoConnections: ['GET', '/control/v1/sso-connections'],
  createSsoConnection: ['POST', '/control/v1/sso-connections'],
  getSsoConnection: ['GET', '/control/v1/sso-connections/{sso_connection_id}'],
  updateSsoConnection: ['PATCH', '/control/v1/sso-connections/{sso_connection_id}'],
  deleteSsoConnection: ['DELETE', '/control/v1/sso-connections/{sso_connection_id}'],
  testSsoConnection: ['POST', '/control/v1/sso-connections/{sso_connection_id}/test'],
  listSsoConnectionsOfInstallation: ['GET', '/control/v1/installation/sso-connections'],
  createSsoConnectionOfInstallation: ['POST', '/control/v1/installation/sso-connections'],
  getSsoConnectionOfInstallation: ['GET', '/control/v1/installation/sso-connections/{sso_connection_id}'],
  updateSsoConnectionOfInstallation: ['PATCH', '/control/v1/installation/sso-connections/{sso_connection_id}'],
  deleteSsoConnectionOfInstallation: ['DELETE', '/control/v1/installation/sso-connections/{sso_connection_id}'],
  testSsoConnectionOfInstallation: ['POST', '/control/v1/installation/sso-connections/{sso_connection_id}/test'],
  beginSignInElsewhere: ['GET', '/control/v1/auth/sso/{sso_connection_id}/begin'],
  finishSignInElsewhere: ['GET', '/control/v1/auth/sso/{sso_connection_id}/callback'],
  beginConnectSession: ['POST', '/.well-known/service/api/access-key/session'],
  getConnectSession: ['GET', '/.well-known/service/api/access-key/session'],
  endConnectSession: ['DELETE', '/.well-known/service/api/access-key/session'],
  approveConnectSession: ['POST', '/control/v1/connect/approve'],
  getInstallation: ['GET', '/control/v1/installation'],
  updateInstallation: ['PATCH', '/control/v1/installation'],
  sendTestMail: ['POST', '/control/v1/installation/test-mail'],
  listOrganizations: ['GET', '/control/v1/organizations'],
  createOrganization: ['POST', '/control/v1/organizations'],
  getOrganization: ['GET', '/control/v1/organizations/{organization_id}'],
  updateOrganization: ['PATCH', '/control/v1/organizations/{organization_id}'],
  inviteOrganizationOwner: ['POST', '/control/v1/organizations/{organization_id}/owner-invitation'],
  suspendOrganization: ['POST', '/control/v1/organizations/{organization_id}/suspend'],
  reactivateOrganization: ['POST', '/control/v1/organizations/{organization_id}/reactivate'],
  closeOrganization: ['POST', '/control/v1/organizations/{organization_id}/close'],
  getOwnOrganization: ['GET', '/control/v1/organization'],
  updateOwnOrganization: ['PATCH', '/control/v1/organization'],
  closeOwnOrganization: ['POST', '/control/v1/organization/close'],
  leaveOwnOrganization: ['POST', '/control/v1/organization/leave'],
  getOwnLogo: ['GET', '/control/v1/organization/logo'],
  setOwnLogo: ['PUT', '/control/v1/organization/logo'],
  removeOwnLogo: ['DELETE', '/control/v1/organization/logo'],
  listTeams: ['GET', '/control/v1/teams'],
  createTeam: ['POST', '/control/v1/teams'],
  getTeam: ['GET', '/control/v1/teams/{team_id}'],
  updateTeam: ['PATCH', '/control/v1/teams/{team_id}'],
  deleteTeam: ['DELETE', '/control/v1/teams/{team_id}'],
  addTeamMember: ['PUT', '/control/v1/teams/{team_id}/members/{member_id}'],
  removeTeamMember: ['DELETE', '/control/v1/teams/{team_id}/members/{member_id}'],
  listRules: ['GET', '/control/v1/rules'],
  getRule: ['GET', '/control/v1/rules/{scope}/{scope_id}'],
  putRule: ['PUT', '/control/v1/rules/{scope}/{scope_id}'],
  deleteRule: ['DELETE', '/control/v1/rules/{scope}/{scope_id}'],
  getOperatorRule: ['GET', '/control/v1/organizations/{organization_id}/operator-rule'],
  putOperatorRule: ['PUT', '/control/v1/organizations/{organization_id}/operator-rule'],
  deleteOperatorRule: ['DELETE', '/control/v1/organizations/{organization_id}/operator-rule'],
  listProjects: ['GET', '/control/v1/projects'],
  createProject: ['POST', '/control/v1/projects'],
  getProject: ['GET', '/control/v1/projects/{project_id}'],
  updateProject: ['PATCH', '/control/v1/projects/{project_id}'],
  archiveProject: ['POST', '/control/v1/projects/{project_id}/archive'],
  unarchiveProject: ['POST', '/control/v1/projects/{project_id}/unarchive'],
  listMembers: ['GET', '/control/v1/members'],
  getMember: ['GET', '/control/v1/members/{member_id}'],
  updateMember: ['PATCH', '/control/v1/members/{member_id}'],
  deleteMember: ['DELETE', '/control/v1/members/{member_id}'],
  suspendMember: ['POST', '/control/v1/members/{member_id}/suspend'],
  reactivateMember: ['POST', '/control/v1/members/{member_id}/reactivate'],
  listInvitations: ['GET', '/control/v1/invitations'],
  createInvitation: ['POST', '/control/v1/invitations'],
  getInvitation: ['GET', '/control/v1/invitations/{invitation_id}'],
  resendInvitation: ['POST', '/control/v1/invitations/{invitation_id}/resend'],
  revokeInvitation: ['POST', '/control/v1/invitations/{invitation_id}/revoke'],
  listServiceAccounts: ['GET', '/control/v1/service-accounts'],
  createServiceAccount: ['POST', '/control/v1/service-accounts'],
  getServiceAccount: ['GET', '/control/v1/service-accounts/{service_account_id}'],
  updateServiceAccount: ['PATCH', '/control/v1/service-accounts/{service_account_id}'],
  deleteServiceAccount: ['DELETE', '/control/v1/service-accounts/{service_account_id}'],
  listConnections: ['GET', '/control/v1/connections'],
  createConnection: ['POST', '/control/v1/connections'],
  getConnection: ['GET', '/control/v1/connections/{connection_id}'],
  updateConnection: ['PATCH', '/control/v1/connections/{connection_id}'],
  deleteConnection: ['DELETE', '/control/v1/connections/{connection_id}'],
  refreshConnection: ['POST', '/control/v1/connections/{connection_id}/refresh'],
  testConnection: ['POST', '/control/v1/connections/{connection_id}/test'],
  listCredentials: ['GET', '/control/v1/connections/{connection_id}/credentials'],
  createCredential: ['POST', '/control/v1/connections/{connection_id}/credentials'],
  updateCredential: ['PATCH', '/control/v1/credentials/{credential_id}'],
  deleteCredential: ['DELETE', '/control/v1/credentials/{credential_id}'],
  replaceCredentialSecret: ['PUT', '/control/v1/credentials/{credential_id}/secret'],
  testCredential: ['POST', '/control/v1/credentials/{credential_id}/test'],
  listModels: ['GET', '/control/v1/models'],
  listModelsOfConnection: ['GET', '/control/v1/connections/{connection_id}/models'],
  addModel: ['POST', '/control/v1/connections/{connection_id}/models'],
  getModel: ['GET', '/control/v1/models/{model_id}'],
  setModelState: ['PATCH', '/control/v1/models/{model_id}'],
  deleteModel: ['DELETE', '/control/v1/models/{model_id}'],
  listCallableModels: ['GET', '/control/v1/callable-models'],
  listAliases: ['GET', '/control/v1/aliases'],
  createAlias: ['POST', '/control/v1/aliases'],
  deleteAlias: ['DELETE', '/control/v1/aliases/{alias_id}'],
  listIdentityOverrides: ['GET', '/control/v1/identity-overrides'],
  createIdentityOverride: ['POST', '/control/v1/identity-overrides'],
  deleteIdentityOverride: ['DELETE', '/control/v1/identity-overrides/{override_id}'],
  listPrices: ['GET', '/control/v1/prices'],
  setPrice: ['POST', '/control/v1/prices'],
  listPriceHistory: ['GET', '/control/v1/prices/history'],
  listKeys: ['GET', '/control/v1/keys'],
  createKey: ['POST', '/control/v1/keys'],
  getKey: ['GET', '/control/v1/keys/{key_id}'],
  updateKey: ['PATCH', '/control/v1/keys/{key_id}'],
  deleteKey: ['DELETE', '/control/v1/keys/{key_id}'],
  rotateKey: ['POST', '/control/v1/keys/{key_id}/rotate'],
  revokeKey: ['POST', '/control/v1/keys/{key_id}/revoke'],
  listManagementKeys: ['GET', '/control/v1/management-keys'],
  createManagementKey: ['POST', '/control/v1/management-keys'],
  getManagementKey: ['GET', '/control/v1/management-keys/{management_key_id}'],
  updateManagementKey: ['PATCH', '/control/v1/management-keys/{management_key_id}'],
  deleteManagementKey: ['DELETE', '/control/v1/management-keys/{management_key_id}'],
  rotateManagementKey: ['POST', '/control/v1/management-keys/{management_key_id}/rotate'],
  revokeManagementKey: ['POST', '/control/v1/management-keys/{management_key_id}/revoke'],
  listUsageRecords: ['GET', '/control/v1/usage/records'],
  exportUsageRecords: ['GET', '/control/v1/usage/records/export'],
  getUsageOfRequest: ['GET', '/control/v1/usage/requests/{request_id}'],
  getUsageTotals: ['GET', '/control/v1/usage/totals'],
  exploreUsage: ['GET', '/control/v1/usage/explore'],
  forecastUsage: ['GET', '/control/v1/usage/forecast'],
  findSavings: ['GET', '/control/v1/usage/savings'],
  getChargeback: ['GET', '/control/v1/usage/chargeback'],
  exportChargeback: ['GET', '/control/v1/usage/chargeback/export'],
  getContentPolicy: ['GET', '/control/v1/organization/content-policy'],
  putContentPolicy: ['PUT', '/control/v1/organization/content-policy'],
  readRequestContent: ['GET', '/control/v1/usage/requests/{request_id}/content'],
  deleteRequestContent: ['DELETE', '/control/v1/usage/requests/{request_id}/content'],
  listMyCreditAccounts: ['GET', '/control/v1/credit/mine'],
  listCreditAccounts: ['GET', '/control/v1/credit/accounts'],
  listCreditGrants: ['GET', '/control/v1/credit/grants'],
  listCreditHolds: ['GET', '/control/v1/credit/holds'],
  getCreditCharge: ['GET', '/control/v1/credit/charges/{charge_id}'],
  listCreditEntries: ['GET', '/control/v1/credit/entries'],
  exportCreditEntries: ['GET', '/control/v1/credit/entries/export'],
  giveCredit: ['POST', '/control/v1/installation/credit/grants'],
  withdrawCredit: ['POST', '/control/v1/installation/credit/withdrawals'],
  listAllCreditAccounts: ['GET', '/control/v1/installation/credit/accounts'],
  listAllCreditHolds: ['GET', '/control/v1/installation/credit/holds'],
  refundCharge: ['POST', '/control/v1/installation/credit/refunds'],
  listChargesToReview: ['GET', '/control/v1/installation/credit/review'],
  reviewCharge: ['POST', '/control/v1/installation/credit/reviews'],
  verifyLedger: ['GET', '/control/v1/installation/ledger/verify'],
  setBrokenStreamPolicy: ['PUT', '/control/v1/installation/credit/organizations/{organization_id}/broken-streams'],
  listChargedPrices: ['GET', '/control/v1/installation/prices'],
  listPriceRules: ['GET', '/control/v1/installation/prices/rules'],
  addPriceRules: ['POST', '/control/v1/installation/prices/rules'],
  previewPriceRules: ['POST', '/control/v1/installation/prices/rules/preview'],
  listPriceProposals: ['GET', '/control/v1/installation/prices/proposals'],
  decidePriceProposals: ['POST', '/control/v1/installation/prices/proposals/decisions'],
  refreshPrices: ['POST', '/control/v1/installation/prices/refresh'],
  listCustomerGroups: ['GET', '/control/v1/installation/customer-groups'],
  createCustomerGroup: ['POST', '/control/v1/installation/customer-groups'],
  updateCustomerGroup: ['PATCH', '/control/v1/installation/customer-groups/{customer_group_id}'],
  deleteCustomerGroup: ['DELETE', '/control/v1/installation/customer-groups/{customer_group_id}'],
  addToCustomerGroup: ['PUT', '/control/v1/installation/customer-groups/{customer_group_id}/organizations/{organization_id}'],
  removeFromCustomerGroup: ['DELETE', '/control/v1/installation/customer-groups/{customer_group_id}/organizations/{organization_id}'],
  watchUsage: ['GET', '/control/v1/events'],
  listNotifications: ['GET', '/control/v1/notifications'],
  countUnreadNotifications: ['GET', '/control/v1/notifications/unread'],
  markNotificationRead: ['POST', '/control/v1/notifications/{notification_id}/read'],
  markAllNotificationsRead: ['POST', '/control/v1/notifications/read'],
  getMyNotificationMails: ['GET', '/control/v1/me/notification-mails'],
  setMyNotificationMails: ['PUT', '/control/v1/me/notification-mails'],
  listWebhooks: ['GET', '/control/v1/webhooks'],
  createWebhook: ['POST', '/control/v1/webhooks'],
  getWebhook: ['GET', '/control/v1/webhooks/{webhook_id}'],
  updateWebhook: ['PATCH', '/control/v1/webhooks/{webhook_id}'],
  deleteWebhook: ['DELETE', '/control/v1/webhooks/{webhook_id}'],
  rotateWebhook: ['POST', '/control/v1/webhooks/{webhook_id}/rotate'],
  testWebhook: ['POST', '/control/v1/webhooks/{webhook_id}/test'],
  listWebhookDeliveries: ['GET', '/control/v1/webhooks/{webhook_id}/deliveries'],
  redeliverWebhook: ['POST', '/control/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver'],
  listProviders: ['GET', '/control/v1/catalogue/providers'],
  getProvider: ['GET', '/control/v1/catalogue/providers/{provider_id}'],
  deleteProvider: ['DELETE', '/control/v1/catalogue/providers/{provider_id}'],
  compareCatalogue: ['POST', '/control/v1/catalogue/compare'],
  applyCatalogue: ['POST', '/control/v1/catalogue/apply'],
  probeServer: ['POST', '/control/v1/probe'],
  getVault: ['GET', '/control/v1/vault'],
  rotateVault: ['POST', '/control/v1/vault/rotate'],
  getConfig: ['GET', '/control/v1/config'],
  applyConfig: ['POST', '/control/v1/config/apply'],
  getInfo: ['GET', '/control/v1/info'],
  listSettings: ['GET', '/control/v1/settings'],
  listJobs: ['GET', '/control/v1/jobs'],
  getHealth: ['GET', '/control/v1/health'],
  getDiagnostics: ['GET', '/control/v1/system/diagnostics'],
  checkHealth: ['POST', '/control/v1/health/check'],
  createBackup: ['POST', '/control/v1/backup'],
  newAdminToken: ['POST', '/control/v1/admin-token'],
  getControlDocument: ['GET', '/openapi/control.json'],
  getDataDocument: ['GET', '/openapi/data.json'],
} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>;
