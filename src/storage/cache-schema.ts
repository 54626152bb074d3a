/** The tables of the cache of answers as Kysely sees them. */
export type CacheTables = {
  cached_answers: {
    id: string;
    organization_id: string;
    sealed: string;
    bytes: number;
    stored_at: number;
    expires_at: number;
  };
  cache_counts: {
    organization_id: string;
    hour: number;
    hits: number;
    misses: number;
    /** Never beyond 2^53. */
    saved_nano: number;
  };
};
