/** The table of what providers hold as Kysely sees it. */
export type HeldIdTable = {
  organization_id: string;
  project_id: string;
  id: string;
  kind: string;
  connection_id: string;
  credential_id: string | null;
  upstream_id: string | null;
  upstream_model: string;
  created_at: number;
  expires_at: number;
  /** JSON. */
  video: string | null;
};
