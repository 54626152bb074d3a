/** The tables of limits as Kysely sees them. */
export type LimitTable = {
  id: string;
  organization_id: string;
  name: string;
  subject_kind: string;
  subject_id: string | null;
  /** A JSON list. */
  models: string | null;
  measure: string;
  /** Never beyond 2^53. */
  amount: number;
  /** JSON; null for concurrency. */
  period: string | null;
  mode: string;
  /** A JSON list. */
  thresholds: string;
  created_at: number;
  updated_at: number;
  revision: number;
  counts_since: number;
  source: string;
};

export type LimitCountTable = {
  id: string;
  limit_id: string;
  organization_id: string;
  counts_since: number;
  subject: string;
  /** `count`; or `begun` where what was used before is in the counts of the limit. */
  kind: string;
  /** `[bucket, amount as text][]` as JSON. */
  buckets: string;
  updated_at: number;
};

export type LimitTakeTable = {
  call_id: string;
  organization_id: string;
  holder: string;
  /** JSON. */
  document: string;
  lease_until: number;
};

export type LimitTables = {
  limits: LimitTable;
  limit_counts: LimitCountTable;
  limit_takes: LimitTakeTable;
};
