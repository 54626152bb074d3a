/** The tables of sessions and of links that are good once, as Kysely sees them. */

export type SessionTable = {
  id: string;
  user_id: string;
  hash: string;
  sso_connection_id: string | null;
  address: string | null;
  user_agent: string | null;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  revoked_at: number | null;
};

export type OneTimeTokenTable = {
  id: string;
  purpose: string;
  hash: string;
  user_id: string | null;
  /** JSON. */
  data: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
};
