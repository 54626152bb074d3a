import { GatewayError } from '../../kernel/errors.ts';
import type { RouteRow } from '../../protocol/route.ts';
import { buildDirectory } from '../../routing/directory.ts';
import { routeModel } from '../../routing/resolve.ts';
import { createRouteService } from '../../routing/route-service.ts';
import type { ControlServices } from '../services.ts';
import { TEST_NOW } from './memory-state.ts';

/** Routes of a hub that has no connection: nothing is served, whatever is asked for. */
export function routeServices(newId: (prefix: string) => string): ControlServices['routes'] {
  const rows = new Map<string, RouteRow>();
  const isTaken = (name: string, id: string): boolean =>
    [...rows.values()].some((row) => row.name === name && row.id !== id);
  const service = createRouteService({
    newId,
    now: () => TEST_NOW,
    store: {
      list: async () => [...rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      get: async (_tenant, id) => rows.get(id),
      insert: async (_tenant, row) => {
        if (isTaken(row.name, row.id)) throw new GatewayError('resource.conflict');
        rows.set(row.id, row);
      },
      update: async (_tenant, id, change) => {
        const row = rows.get(id);
        if (row === undefined) return undefined;
        if (isTaken(change.name, id)) throw new GatewayError('resource.conflict');
        const changed = { ...row, ...change, revision: row.revision + 1 };
        rows.set(id, changed);
        return changed;
      },
      remove: async (_tenant, id) => rows.delete(id),
    },
  });
  const rules = { canonicalName: (name: string) => name, providerId: () => undefined };
  const directory = buildDirectory({ deployments: [], aliases: [], routes: [] }, rules);
  return {
    ...service,
    explain: async (_tenant, { model, operation }) => {
      const routed = routeModel({ directory, denialOf: undefined }, { model, operation }, undefined);
      return { routed, turns: [], retriesLeft: 0 };
    },
    health: async () => [],
  };
}
