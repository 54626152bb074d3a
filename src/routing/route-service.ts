import { GatewayError } from '../kernel/errors.ts';
import type { RouteRow } from '../protocol/route.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { RouteStore } from './ports.ts';

/** What a change of a route says. */
export type RouteChange = Pick<RouteRow, 'name' | 'definition'>;

/** The routes of a tenant. With `ifRevision` a change is made only while that is the route's revision. */
export type RouteService = {
  /** By name. */
  readonly list: (tenant: Tenant) => Promise<readonly RouteRow[]>;
  readonly get: (tenant: Tenant, id: string) => Promise<RouteRow | undefined>;
  /** @throws GatewayError `resource.conflict` for a name that another route has */
  readonly create: (tenant: Tenant, change: RouteChange) => Promise<RouteRow>;
  /** @throws GatewayError `resource.not_found`, `resource.read_only`, `resource.changed`, `resource.conflict` */
  readonly update: (tenant: Tenant, id: string, change: RouteChange, ifRevision?: number) => Promise<RouteRow>;
  /** @throws GatewayError `resource.not_found`, `resource.read_only`, `resource.changed` */
  readonly remove: (tenant: Tenant, id: string, ifRevision?: number) => Promise<void>;
};

export function createRouteService(input: {
  readonly store: RouteStore;
  readonly newId: (prefix: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): RouteService {
  const { store, newId, now } = input;
  const mutable = async (tenant: Tenant, id: string, ifRevision: number | undefined): Promise<void> => {
    const row = await store.get(tenant, id);
    if (row === undefined) throw new GatewayError('resource.not_found');
    if (row.source !== 'store') throw new GatewayError('resource.read_only');
    if (ifRevision !== undefined && row.revision !== ifRevision) throw new GatewayError('resource.changed');
  };
  return {
    list: store.list,
    get: store.get,
    create: async (tenant, change) => {
      const at = now();
      const route = { ...tenant, ...change, id: newId('route'), createdAt: at, updatedAt: at, revision: 1 };
      const row: RouteRow = { ...route, source: 'store' };
      await store.insert(tenant, row);
      return row;
    },
    update: async (tenant, id, change, ifRevision) => {
      await mutable(tenant, id, ifRevision);
      const row = await store.update(tenant, id, { ...change, updatedAt: now() }, ifRevision);
      if (row === undefined) throw new GatewayError('resource.changed');
      return row;
    },
    remove: async (tenant, id, ifRevision) => {
      await mutable(tenant, id, ifRevision);
      if (!(await store.remove(tenant, id, ifRevision))) throw new GatewayError('resource.changed');
    },
  };
}
