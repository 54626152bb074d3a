import type { Generated } from 'kysely';

/** How names that callers use are served; see migration 0025. */
export type RouteTable = {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  /** A RouteDefinition as JSON. */
  definition: string;
  source: string;
  created_at: number;
  updated_at: number;
  revision: Generated<number>;
};
