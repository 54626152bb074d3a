import type { Redis } from 'ioredis';
import type { StoreNote } from '../database.ts';

const CONNECT_MS = 1000;
/** A command that takes longer is as good as lost: its caller is refused, and what it changed is corrected later. */
const ANSWER_MS = 1000;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 1000;
/** That it is lost is said once in so long. */
const NOTE_EVERY_MS = 30_000;

/**
 * A connection to Redis or Valkey, which comes back by itself when it is lost. Meanwhile every command is refused at once:
 * https://redis.github.io/ioredis/interfaces/CommonRedisOptions.html
 */
export async function openRedis(
  url: string,
  deps: { readonly note: StoreNote; readonly now: () => number },
): Promise<Redis> {
  // Most hubs have none, and start without its client.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    connectTimeout: CONNECT_MS,
    commandTimeout: ANSWER_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
  });
  let notedAt = Number.NEGATIVE_INFINITY;
  redis.on('error', (cause: unknown) => {
    if (deps.now() - notedAt < NOTE_EVERY_MS) return;
    notedAt = deps.now();
    deps.note({ message: 'the counts of limits in Redis cannot be reached', cause });
  });
  return redis;
}
