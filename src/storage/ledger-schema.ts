/**
 * The tables of credit as Kysely sees them. Amounts are nano-credits and may lie beyond 2^53: they are read cast to text,
 * and written as text that is cast.
 */

export type LedgerAccountTable = { id: string; organization_id: string; created_at: number };

export type LedgerGrantTable = {
  id: string;
  organization_id: string;
  account_id: string;
  kind: string;
  name: string;
  issued_nano: number;
  remaining_nano: number;
  held_nano: number;
  priority: number;
  expires_at: number | null;
  models: string | null;
  project_ids: string | null;
  created_at: number;
};

export type LedgerHoldTable = {
  id: string;
  organization_id: string;
  project_id: string;
  amount_nano: number;
  fallback_nano: number;
  /** `[account, grant, nano-credits][]` as JSON. */
  shares: string;
  placed_at: number;
  dispatched_at: number | null;
  expires_at: number;
  instance_id: string;
  terms: string;
  awaits_job_since: number | null;
};

export type AwaitedJobTable = {
  id: string;
  organization_id: string;
  project_id: string;
  operation: string;
  connection_id: string;
  credential_id: string | null;
  upstream_id: string;
  upstream_model: string;
  started_at: number;
  asked: string;
  next_ask_at: number;
  asks: number;
  misses: number;
};

export type LedgerChargeTable = {
  id: string;
  organization_id: string;
  project_id: string;
  account_ids: string;
  state: string;
  amount_nano: number;
  held_nano: number;
  overrun_nano: number;
  terms: string;
  basis: string;
  ended_at: number;
  /** JSON. */
  used: string | null;
};

export type LedgerEntryTable = {
  id: string;
  organization_id: string;
  account_id: string;
  grant_id: string;
  kind: string;
  amount_nano: number;
  charge_id: string | null;
  at: number;
  actor_id: string | null;
  reason: string | null;
};

export type LedgerReviewTable = {
  charge_id: string;
  organization_id: string;
  at: number;
  actor_id: string | null;
  note: string | null;
};

export type StarterCreditTable = {
  id: string;
  organization_id: string;
  name: string;
  person_digest: string;
  state: string;
  refusal: string | null;
  amount_nano: number;
  expires_at: number | null;
  created_at: number;
};

export type CodeBatchTable = {
  id: string;
  name: string;
  kind: string;
  amount_nano: number;
  code_count: number;
  uses_max: number;
  valid_until: number | null;
  credit_expires_at: number | null;
  credit_lasts_days: number | null;
  withdrawn_at: number | null;
  created_at: number;
  actor_id: string | null;
};

export type CodeRedemptionTable = {
  grant_id: string;
  batch_id: string;
  number: number;
  organization_id: string;
  actor_id: string | null;
  redeemed_at: number;
};

export type OwedGrantTable = {
  id: string;
  organization_id: string;
  reference: string;
  kind: string;
  name: string;
  amount_nano: number;
  expires_at: number | null;
  actor_id: string | null;
  reason: string | null;
  state: string;
  created_at: number;
};

export type StatementZoneTable = { organization_id: string; month: number; time_zone: string };

export type LedgerSealTable = { number: number; entry_ids: string; digest: string; sealed_at: number };
