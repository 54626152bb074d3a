/** The table of guardrails as Kysely sees it. */
export type GuardrailTable = {
  id: string;
  organization_id: string;
  name: string;
  /** JSON: what it looks for. */
  finds: string;
  /** Of the service that it asks. */
  address: string | null;
  sealed: string | null;
  key_version: number | null;
  action: string;
  place: string;
  scope_kind: string;
  scope_id: string | null;
  /** A JSON list. */
  models: string | null;
  position: number;
  enabled: number;
  created_at: number;
  updated_at: number;
  revision: number;
};
