/** The tables of request contents as Kysely sees them. */

export type ContentPolicyTable = {
  organization_id: string;
  stores: number;
  keep_days: number;
  redacts: number;
  project_ids: string | null;
  revision: number;
};

export type RequestContentTable = {
  id: string;
  organization_id: string;
  project_id: string;
  created_at: number;
  expires_at: number;
  sealed: string;
  key_version: number | null;
};
