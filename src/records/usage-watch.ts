import type { Repeat } from '../kernel/repeat.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** A page that is looked at shows a call this long after its end at the latest. */
const LOOK_EVERY_MS = 2000;

/** Tells who listens that an organization has a new record, whichever process wrote it. */
export type UsageWatch = {
  /** Calls `onUsage` after each new record, some of them together, until the function it gives is called. */
  readonly subscribe: (scope: OrganizationScope, onUsage: () => void) => () => void;
};

export type UsageWatchInput = {
  /** The newest of what is watched. */
  readonly list: (
    scope: OrganizationScope,
    filter: object,
    page: { readonly limit: number; readonly cursor: undefined },
  ) => Promise<readonly { readonly id: string }[]>;
  readonly repeat: Repeat;
  readonly onError: (error: unknown) => void;
};

type Watched = { readonly listeners: Set<() => void>; readonly stop: () => void };

/** One look for all who listen to the same organization, and none while nobody does. */
export function createUsageWatch({ list, repeat, onError }: UsageWatchInput): UsageWatch {
  const watched = new Map<string, Watched>();

  function watch(scope: OrganizationScope): Watched {
    const listeners = new Set<() => void>();
    let newest: string | undefined;
    let isFirst = true;
    let isLooking = false;
    const look = async (): Promise<void> => {
      const [record] = await list(scope, {}, { limit: 1, cursor: undefined });
      const isNew = !isFirst && record?.id !== newest;
      newest = record?.id;
      isFirst = false;
      if (isNew) for (const listener of listeners) listener();
    };
    const run = (): void => {
      if (isLooking) return;
      isLooking = true;
      look()
        .catch(onError)
        .finally(() => {
          isLooking = false;
        });
    };
    run();
    return { listeners, stop: repeat(run, LOOK_EVERY_MS) };
  }

  return {
    subscribe: (scope, onUsage) => {
      const { organizationId } = scope;
      const found = watched.get(organizationId) ?? watch(scope);
      watched.set(organizationId, found);
      found.listeners.add(onUsage);
      return () => {
        found.listeners.delete(onUsage);
        if (found.listeners.size > 0 || watched.get(organizationId) !== found) return;
        found.stop();
        watched.delete(organizationId);
      };
    },
  };
}
