import { CacheTally } from '../cache/cache-tally.ts';
import { MemoryShelf } from '../cache/memory-shelf.ts';
import type { AnswerShelf } from '../cache/ports.ts';
import { createSealedShelf } from '../cache/sealed-shelf.ts';
import type { ControlServices } from '../controlplane/services.ts';
import type { CachePort } from '../dataplane/call-cache.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemRepeat } from '../kernel/repeat.ts';
import { createRedisAnswers } from '../storage/redis/answers.ts';
import { openRedis } from '../storage/redis/connection.ts';
import { createCacheSeal } from './answer-seal.ts';
import type { Core } from './core.ts';
import { inTime } from './in-time.ts';

/** How long a call waits for an answer from the cache before it asks its provider. */
const FIND_MS = 250;
const FLUSH_MS = 5000;
/** Answers that are being written; of more, none is kept. */
const KEEPING_MAX = 100;
const REMOVED_AT_ONCE = 200;
const ROUNDS_MAX = 50;
/** How long it is known how often answers were there. */
const COUNTS_KEPT_MS = 400 * 24 * 60 * 60_000;

/** The cache of answers of one process. */
export async function composeAnswerCache(core: Core): Promise<{
  readonly port: CachePort;
  readonly close: () => Promise<void>;
}> {
  const { settings, store, clock, logger, snapshot } = core;
  const { shelf, close } = await openShelf(core);
  const tally = new CacheTally(store.cacheCounts);
  const flush = (): Promise<void> =>
    tally.flush().catch((error: unknown) => {
      logger.warn({ err: error }, 'how often answers were in the cache could not be written yet');
    });
  const stopFlushing = systemRepeat(() => void flush(), FLUSH_MS);
  const keeping = new Set<Promise<void>>();
  return {
    port: {
      find: async (scope, id) => {
        try {
          const found = await inTime(shelf.get(scope, id, clock.now()), FIND_MS, late);
          const clearedAt = snapshot.current.cacheClearedAtOf(scope.organizationId);
          return found !== undefined && found.storedAt > (clearedAt ?? 0) ? found : undefined;
        } catch (error) {
          logger.debug({ err: error }, 'the cache of answers could not be asked');
          return undefined;
        }
      },
      keep: (scope, id, answer) => {
        if (keeping.size >= KEEPING_MAX) return;
        const kept = shelf
          .put(scope, id, answer)
          .catch((error: unknown) => logger.warn({ err: error }, 'an answer could not be kept in the cache'))
          .finally(() => keeping.delete(kept));
        keeping.add(kept);
      },
      note: (scope, saved) => tally.note(scope, clock.now(), saved),
      isCharged: settings.cache.isCharged,
    },
    close: async () => {
      stopFlushing();
      await Promise.all(keeping);
      await flush();
      close();
    },
  };
}

async function openShelf(core: Core): Promise<{ readonly shelf: AnswerShelf; readonly close: () => void }> {
  const { settings, store, vault, clock, logger } = core;
  const { store: where, bytes, redisUrl } = settings.cache;
  const nothing = (): void => undefined;
  if (where === 'memory') return { shelf: new MemoryShelf(bytes), close: nothing };
  const seal = createCacheSeal(vault);
  if (where === 'store') return { shelf: createSealedShelf({ store: store.cachedAnswers, ...seal }), close: nothing };
  if (redisUrl === undefined) throw new Error('a cache in Redis has an address, which the settings have made sure of');
  const redis = await openRedis(redisUrl.reveal(), {
    now: clock.now,
    note: ({ message, cause }) => logger.warn({ err: cause }, message),
  });
  const answers = createRedisAnswers(redis, settings.counters.redisPrefix);
  return { shelf: createSealedShelf({ store: answers, ...seal }), close: () => redis.disconnect() };
}

function late(): GatewayError {
  return new GatewayError('hub.store_unavailable', { retryAfterSeconds: 1 });
}

/** Deletes answers in the store whose time is over, and of more than there may be the oldest. */
export async function removeCached(
  core: Pick<Core, 'store' | 'settings' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const { store, settings, clock } = core;
  const { cachedAnswers } = store;
  const untilDone = async (remove: () => Promise<number>): Promise<void> => {
    for (let round = 0; round < ROUNDS_MAX && !signal.aborted; round += 1) if ((await remove()) === 0) return;
  };
  await untilDone(() => cachedAnswers.removeExpired(clock.now(), REMOVED_AT_ONCE));
  await untilDone(() => cachedAnswers.removeBeyond(settings.cache.bytes, REMOVED_AT_ONCE));
  await store.cacheCounts.removeBefore(clock.now() - COUNTS_KEPT_MS);
}

/** What is told of the cache to an organization. */
export function cacheServices({ settings, store, snapshot, clock }: Core): ControlServices['cache'] {
  return {
    where: settings.cache.store,
    isCharged: settings.cache.isCharged,
    clearedAt: ({ organizationId }) => snapshot.current.cacheClearedAtOf(organizationId),
    since: (scope, days) => store.cacheCounts.since(scope, clock.now() - days * 24 * 60 * 60_000),
  };
}
