/** The tables of sums of usage as Kysely sees them. */

/** Records that are in no sum yet. */
export type UsagePendingTable = { organization_id: string; started_at: number; record_id: string };

export type UsageSeriesTable = {
  id: number;
  organization_id: string;
  kind: string;
  series_key: string;
  operation: string | null;
  model: string | null;
  provider_id: string | null;
  connection_id: string | null;
  key_id: string | null;
  project_id: string | null;
  member_id: string | null;
  status: string | null;
  rate_card_id: string | null;
  rate_card_version: number | null;
  value: string | null;
  is_other: number;
};

/** Sums of one series over one length of time; NULL is zero. The counts are named in `protocol/measures.ts`. */
export type UsageRollupTable = {
  series_id: number;
  level: number;
  start_at: number;
  organization_id: string;
  /** Read it cast to text: it may lie beyond 2^53. */
  cost_nano: number | null;
};
