/** The table of what happened in each request, as Kysely sees it. */
export type RequestTable = {
  organization_id: string;
  project_id: string;
  request_id: string;
  id: string;
  started_at: number;
  attempts: string;
  losses: string;
  error_message: string | null;
  user_agent: string | null;
  client_address: string | null;
  /** What guardrails found, as a JSON list. */
  verdicts: string | null;
};
