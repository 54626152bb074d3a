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

/** Few numbers of one series over a month that has ended, by its days or by the quarter-hours of a part of its days. */
export type UsagePackedTable = {
  series_id: number;
  part: number;
  month_at: number;
  organization_id: string;
  cells: string;
};

/** Few numbers of every series of a kind over a month that has ended. */
export type UsageListedTable = { organization_id: string; kind: string; month_at: number; cells: string };

/** A month that a batch added to after it had ended: what is packed of it does not count until it is packed again. */
export type UsageUnpackedTable = { organization_id: string; month_at: number; series_id: number; batch: number };

export type UsageRollupStateTable = {
  id: number;
  /** Counted up by every batch, so that no two begin from the same sums. */
  batches: number;
  /** Batches note what they add to months before it. */
  closing_at: number;
  /** Counted up by every change that packs something, for the same reason. */
  packings: number;
  /** The last series whose months before `closing_at` are packed. */
  packed_after: number;
  /** The months before it are packed, but for those that are noted in `usage_unpacked`. */
  closed_at: number;
};
