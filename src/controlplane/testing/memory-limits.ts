import { createLimitService } from '../../limits/limit-service.ts';
import { MemoryCounters } from '../../limits/memory-counters.ts';
import type { Limit } from '../../protocol/limits.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** The real service over limits in memory, of which nothing is used. */
export function limitServices(state: MemoryState, newId: (prefix: string) => string): Pick<ControlServices, 'limits'> {
  const limits = new Map<string, Limit>();
  const { teams, projects, members } = state.people;
  return {
    limits: createLimitService({
      now: () => TEST_NOW,
      newId,
      refresh: async () => undefined,
      counters: new MemoryCounters({ usedBefore: async () => [] }),
      isThere: async ({ organizationId }, kind, id) => {
        const things = { team: teams, project: projects, key: state.keys, member: members };
        const known = Object.entries(things).find(([name]) => name === kind)?.[1];
        return known === undefined || known.get(id)?.organizationId === organizationId;
      },
      store: {
        list: async ({ organizationId }) =>
          [...limits.values()].filter((each) => each.organizationId === organizationId),
        get: async ({ organizationId }, id) => {
          const limit = limits.get(id);
          return limit?.organizationId === organizationId ? limit : undefined;
        },
        insert: async (limit) => void limits.set(limit.id, limit),
        replace: async (limit) => {
          if (limits.get(limit.id)?.revision !== limit.revision - 1) return false;
          limits.set(limit.id, limit);
          return true;
        },
        remove: async (_scope, id) => limits.delete(id),
      },
    }),
  };
}
