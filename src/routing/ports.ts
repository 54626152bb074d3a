import type { RouteRow } from '../protocol/route.ts';
import type { Tenant } from '../protocol/tenant.ts';

/** Every change bumps the configuration version in the same commit, and counts up the route's revision. */
export type RouteStore = {
  /** By name. */
  readonly list: (tenant: Tenant) => Promise<readonly RouteRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<RouteRow | undefined>;
  /** @throws GatewayError `resource.conflict` for a name that is taken */
  readonly insert: (tenant: Tenant, route: RouteRow) => Promise<void>;
  /** With `ifRevision` only while that is its revision; `undefined` where there is none of that id and revision. */
  readonly update: (
    tenant: Tenant,
    id: string,
    change: Pick<RouteRow, 'name' | 'definition' | 'updatedAt'>,
    ifRevision?: number,
  ) => Promise<RouteRow | undefined>;
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<boolean>;
};

/** How the processes of a hub tell each other what they see of deployments; what is said while nobody listens is gone. */
export type HealthSignals = {
  readonly send: (text: string) => Promise<void>;
  /** @returns the function that stops it */
  readonly listen: (heard: (text: string) => void) => () => void;
};
