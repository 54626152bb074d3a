import type { Redis } from 'ioredis';
import type { SealedAnswerStore } from '../../cache/ports.ts';

/**
 * Answers that are given again, in Redis or Valkey. It throws away by itself those whose time is over, and of more than it
 * has room for those that nobody asked for longest, where it is set up so.
 */
export function createRedisAnswers(redis: Redis, prefix: string): Pick<SealedAnswerStore, 'get' | 'put'> {
  const keyOf = (organizationId: string, id: string): string => `${prefix}:answer:${organizationId}:${id}`;
  return {
    get: async ({ organizationId }, id, now) => {
      const [storedAt, expiresAt, sealed] = (await redis.get(keyOf(organizationId, id)))?.split(' ', 3) ?? [];
      if (sealed === undefined || Number(expiresAt) <= now) return undefined;
      return { id, sealed, bytes: sealed.length, storedAt: Number(storedAt), expiresAt: Number(expiresAt) };
    },
    put: async ({ organizationId }, { id, sealed, storedAt, expiresAt }) => {
      const lastsMs = Math.max(1, expiresAt - storedAt);
      await redis.set(keyOf(organizationId, id), `${storedAt} ${expiresAt} ${sealed}`, 'PX', lastsMs);
    },
  };
}
