import type { Generated } from 'kysely';

/** Virtual keys as Kysely sees them. */
export type VirtualKeyTable = {
  organization_id: string;
  project_id: string;
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
  member_id: string | null;
  service_account_id: string | null;
  allowed_addresses: string | null;
  allowed_origins: string | null;
  previous_hash: string | null;
  previous_until: number | null;
  cache_seconds: number | null;
  /** Counts the changes of the row, from 1. */
  revision: Generated<number>;
};
