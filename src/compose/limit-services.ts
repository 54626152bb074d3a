import { createLimitService, type LimitService } from '../limits/limit-service.ts';
import type { Core } from './core.ts';

/** The limits of organizations: for the control API, and for what hub.yaml declares. */
export function limitServices(core: Core): LimitService {
  const { store, counts, newId, clock } = core;
  return createLimitService({
    store: store.limits,
    counters: counts.counters,
    newId,
    now: clock.now,
    refresh: () => core.snapshot.refresh(),
    isThere: async (scope, kind, id) => {
      const { organizationId } = scope;
      switch (kind) {
        case 'project':
          return (await store.projects.get(organizationId, id)) !== undefined;
        case 'team':
          return (await store.teams.get(organizationId, id)) !== undefined;
        case 'member':
          return (await store.members.get(organizationId, id)) !== undefined;
        case 'service_account':
          return (await store.serviceAccounts.get(organizationId, id)) !== undefined;
        case 'key':
          return (await store.keys.get(scope, id)) !== undefined;
        case 'organization':
        case 'end_user':
        case 'model':
        case 'tag':
          return true;
      }
    },
  });
}
