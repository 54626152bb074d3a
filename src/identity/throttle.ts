import { GatewayError } from '../kernel/errors.ts';
import type { ThrottleStore } from './ports.ts';
import type { HashKey } from './virtual-key.ts';

/** How often something may be tried by or for one subject within a while. */
export type ThrottleRule = { readonly name: string; readonly limit: number; readonly windowMs: number };

/** Counts of attempts that all instances share. Subjects are stored as keyed hashes: no address lies in the store for it. */
export type Throttle = {
  /** Counts one more. @throws auth.throttled with the time to wait */
  readonly take: (rule: ThrottleRule, subject: string) => Promise<void>;
  /** Forgets the count, for one who succeeded. */
  readonly forget: (rule: ThrottleRule, subject: string) => Promise<void>;
};

export function createThrottle(input: {
  readonly store: ThrottleStore;
  readonly hashKey: HashKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Throttle {
  const idOf = ({ name }: ThrottleRule, subject: string): string => input.hashKey(`throttle ${name} ${subject}`);
  return {
    take: async (rule, subject) => {
      const now = input.now();
      const windowStart = now - (now % rule.windowMs);
      const count = await input.store.count(idOf(rule, subject), windowStart);
      if (count <= rule.limit) return;
      const retryAfterSeconds = Math.ceil((windowStart + rule.windowMs - now) / 1000);
      throw new GatewayError('auth.throttled', { retryAfterSeconds });
    },
    forget: (rule, subject) => input.store.forget(idOf(rule, subject)),
  };
}
