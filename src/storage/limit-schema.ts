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
};
