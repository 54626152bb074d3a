import type { Redis } from 'ioredis';
import { GatewayError } from '../../kernel/errors.ts';
import { CountsLostError, type SharedCountsStore, type StoredTake } from '../../limits/shared-ports.ts';
import { takeFromText } from '../limit-documents.ts';
import { OrganizationCounts, withoutLease } from './organization-counts.ts';

/** Longer than any window, so that what is not touched for so long is not missed. */
const KEPT_SECONDS = 40 * 24 * 60 * 60;
/** Organizations that this process has in hand at once; others are taken up again when they call. */
const IN_HAND_MAX = 10_000;

export type RedisCountsDeps = {
  readonly redis: Redis;
  /** What all keys begin with. */
  readonly prefix: string;
  readonly now: () => number;
};

/**
 * Counts of limits in Redis or Valkey. What lies there can be lost without harm: what calls used is on record, and is
 * brought in again; what is under way, each instance knows of its own.
 */
export function createRedisCounts({ redis, prefix, now }: RedisCountsDeps): SharedCountsStore {
  const inHand = new Map<string, OrganizationCounts>();
  const organizations = `${prefix}:organizations`;
  const leases = `${prefix}:leases`;
  const takesOf = (id: string): string => `${prefix}:takes:{${id}}`;
  const countsOf = (id: string): string => `${prefix}:counts:{${id}}`;
  const of = (id: string): OrganizationCounts => {
    const known = inHand.get(id);
    if (known !== undefined) return known;
    const place = { counts: countsOf(id), takes: takesOf(id), keptSeconds: KEPT_SECONDS };
    const made = new OrganizationCounts(redis, place, now);
    if (inHand.size >= IN_HAND_MAX) inHand.clear();
    inHand.set(id, made);
    return made;
  };
  return saidUnavailable({
    hasBegun: (limit) => of(limit.organizationId).hasBegun(limit),
    begin: async (limit, counts) => {
      await redis.sadd(organizations, limit.organizationId);
      await of(limit.organizationId).begin(limit, counts);
    },
    change: (call, keys, decide) => of(call.organizationId).change(call, keys, decide),
    list: async (limits) => {
      const byOrganization = Map.groupBy(limits, ({ organizationId }) => organizationId);
      const each = [...byOrganization].map(([id, own]) => of(id).list(new Set(own.map(({ limitId }) => limitId))));
      return (await Promise.all(each)).flat();
    },
    left: async (by) => {
      const found: StoredTake[] = [];
      const renewed = await redis.hgetall(leases);
      for (const id of await redis.smembers(organizations)) {
        for (const text of await redis.hvals(takesOf(id))) {
          const take = takeFromText(withoutLease(text));
          const { holder } = take.call;
          const leaseUntil = Math.max(Number.parseInt(text, 10), Number(renewed[holder] ?? 0));
          if ('holder' in by ? holder === by.holder : leaseUntil < by.leaseBefore) found.push(take);
        }
      }
      return found;
    },
    renew: async (holder, leaseUntil) => void (await redis.hset(leases, holder, leaseUntil)),
    removeBefore: async (at) => {
      for (const id of await redis.smembers(organizations)) {
        await of(id).removeBefore(at);
        if ((await redis.exists(countsOf(id), takesOf(id))) === 0) await redis.srem(organizations, id);
      }
      for (const [holder, leaseUntil] of Object.entries(await redis.hgetall(leases)))
        if (Number(leaseUntil) < at) await redis.hdel(leases, holder);
    },
  });
}

/** Whatever Redis refuses, or does not answer, is a store that cannot be had: what is wrong with it is for its operator. */
function saidUnavailable(store: SharedCountsStore): SharedCountsStore {
  const ask = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (cause) {
      if (cause instanceof CountsLostError) throw cause;
      throw new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
    }
  };
  return {
    hasBegun: (limit) => ask(store.hasBegun(limit)),
    begin: (limit, counts) => ask(store.begin(limit, counts)),
    change: (call, keys, decide) => ask(store.change(call, keys, decide)),
    list: (limits) => ask(store.list(limits)),
    left: (by) => ask(store.left(by)),
    renew: (holder, leaseUntil) => ask(store.renew(holder, leaseUntil)),
    removeBefore: (at) => ask(store.removeBefore(at)),
  };
}
