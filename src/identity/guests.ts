import { cookieOf } from '../kernel/cookies.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { GuestPlayground } from '../protocol/installation.ts';
import type { Throttle, ThrottleRule } from './throttle.ts';
import { type HashKey, type RandomBytes, randomText } from './virtual-key.ts';

/**
 * Visitors: who asks models without an account. A browser is known by a cookie that the hub made, which tells nothing of
 * anybody and is thrown away easily; what holds whoever does so is the limit on the address.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** As one types, and several behind one address. */
const ADDRESS_PER_MINUTE = 10;
/** Several people share the address of an office or a home. */
export const VISITORS_OF_ADDRESS = 5;

/** As that of a session: over TLS its name holds browsers to this host and to secure transport. */
const SECURE_NAME = '__Host-hub_visitor';
const PLAIN_NAME = 'hub_visitor';
const ID_CHARS = 22;
const VISITOR = /^([0-9A-Za-z]{22})\.([0-9a-f]{64})$/;
/** A day's count needs no longer memory. */
const COOKIE_SECONDS = 2 * 86_400;

/** How much all of them may ask. */
export type GuestTerms = Pick<GuestPlayground, 'visitorRequestsPerDay' | 'requestsPerDay'>;

/** Who visits: a browser, at an address or a network of them that is counted as one. */
export type Visit = { readonly visitor: string; readonly address: string };

export type Guests = {
  /** The cookie by which a browser is known from now on; `undefined` where it brings one that counts. */
  readonly welcome: (cookies: string | undefined, isSecure: boolean) => string | undefined;
  /** Who visits. @throws GatewayError `guest.unknown_visitor` */
  readonly recognize: (cookies: string | undefined, isSecure: boolean) => string;
  /** Counts one more request. @throws GatewayError `guest.limit_reached` with the time to wait and whose limit it was */
  readonly take: (terms: GuestTerms, visit: Visit) => Promise<void>;
};

export function createGuests(input: {
  readonly throttle: Pick<Throttle, 'take'>;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Guests {
  const { throttle, hashKey, randomBytes, now } = input;
  const sealOf = (id: string): string => hashKey(`visitor ${id}`);
  const visitorIn = (cookies: string | undefined, isSecure: boolean): string | undefined => {
    const [, id, seal] = VISITOR.exec(cookieOf(cookies, nameOf(isSecure)) ?? '') ?? [];
    return id !== undefined && sealOf(id) === seal ? id : undefined;
  };
  return {
    welcome: (cookies, isSecure) => {
      if (visitorIn(cookies, isSecure) !== undefined) return undefined;
      const id = randomText(ID_CHARS, randomBytes);
      return `${nameOf(isSecure)}=${id}.${sealOf(id)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_SECONDS}${isSecure ? '; Secure' : ''}`;
    },
    recognize: (cookies, isSecure) => {
      const visitor = visitorIn(cookies, isSecure);
      if (visitor === undefined) throw new GatewayError('guest.unknown_visitor');
      return visitor;
    },
    take: async ({ visitorRequestsPerDay, requestsPerDay }, { visitor, address }) => {
      // The day is part of who is counted: of two instances whose clocks differ, neither begins the other's count anew.
      const day = Math.floor(now() / DAY_MS);
      // From the narrowest to the widest: who is refused has taken nothing of what is everybody's.
      for (const { rule, subject, whose } of [
        { rule: ruleOf('minute', ADDRESS_PER_MINUTE, MINUTE_MS), subject: address, whose: 'minute' },
        { rule: ruleOf('visitor', visitorRequestsPerDay, DAY_MS), subject: `${day} ${visitor}`, whose: 'visitor' },
        {
          rule: ruleOf('address', visitorRequestsPerDay * VISITORS_OF_ADDRESS, DAY_MS),
          subject: `${day} ${address}`,
          whose: 'address',
        },
        { rule: ruleOf('all', requestsPerDay, DAY_MS), subject: `${day}`, whose: 'all' },
      ]) {
        await takeOf(throttle, { rule, subject, whose });
      }
    },
  };
}

function nameOf(isSecure: boolean): string {
  return isSecure ? SECURE_NAME : PLAIN_NAME;
}

function ruleOf(name: string, limit: number, windowMs: number): ThrottleRule {
  return { name: `guest ${name}`, limit, windowMs };
}

type Counted = { readonly rule: ThrottleRule; readonly subject: string; readonly whose: string };

async function takeOf(throttle: Pick<Throttle, 'take'>, { rule, subject, whose }: Counted): Promise<void> {
  try {
    await throttle.take(rule, subject);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'auth.throttled') throw error;
    const { retryAfterSeconds } = error;
    throw new GatewayError('guest.limit_reached', { details: { limit: whose }, retryAfterSeconds });
  }
}
