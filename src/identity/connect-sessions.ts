import { GatewayError } from '../kernel/errors.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { wrapKey } from './key-handover.ts';
import type { ConnectSessionStore } from './ports.ts';
import type { Throttle, ThrottleRule } from './throttle.ts';
import type { HashKey, RandomBytes } from './virtual-key.ts';

/** 256 random bits. */
const ID_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{43}$/;
const MINUTE_MS = 60_000;
/** Time for a person to sign in, or even to sign up, before they say yes. */
const SESSION_LASTS_MS = 15 * MINUTE_MS;
const BEGIN_ADDRESS: ThrottleRule = { name: 'connect address', limit: 30, windowMs: 10 * MINUTE_MS };

/**
 * How a command line gets a key of a person's: it begins a session, the person says yes to it in a browser, it fetches the
 * key. Neither the session's id nor its challenge lies in the store, so nothing there opens the handover.
 */
export type ConnectSessions = {
  readonly begin: (address: string | undefined) => Promise<{ readonly id: string; readonly challenge: string }>;
  /** Makes a key and gives it to the session. @throws auth.link_invalid where none waits */
  readonly approve: (
    id: string,
    owner: { readonly tenant: Tenant; readonly memberId: string },
  ) => Promise<{ readonly keyId: string }>;
  /** @throws resource.not_found */
  readonly look: (id: string) => Promise<{
    readonly challenge: string;
    readonly keyId: string | undefined;
    readonly handover: string | undefined;
  }>;
  readonly end: (id: string) => Promise<void>;
};

export type MakeConnectedKey = (owner: {
  readonly tenant: Tenant;
  readonly memberId: string;
}) => Promise<{ readonly keyId: string; readonly secret: string }>;

export function createConnectSessions(input: {
  readonly store: ConnectSessionStore;
  readonly throttle: Throttle;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  readonly makeKey: MakeConnectedKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): ConnectSessions {
  const { store, now, hashKey } = input;
  const hashOf = (id: string): string => hashKey(`connect session ${id}`);
  const challengeOf = (id: string): string => hashKey(`connect challenge ${id}`);
  const find = async (id: string) => (ID.test(id) ? store.get(hashOf(id), now()) : undefined);
  return {
    begin: async (address) => {
      await input.throttle.take(BEGIN_ADDRESS, address ?? '');
      const id = input.randomBytes(ID_BYTES).toString('base64url');
      await store.insert({ hash: hashOf(id), createdAt: now(), expiresAt: now() + SESSION_LASTS_MS });
      return { id, challenge: challengeOf(id) };
    },
    approve: async (id, owner) => {
      const waiting = await find(id);
      if (waiting === undefined || waiting.keyId !== undefined) throw new GatewayError('auth.link_invalid');
      const { keyId, secret } = await input.makeKey(owner);
      const handover = wrapKey(secret, { challenge: challengeOf(id), keyId, randomBytes: input.randomBytes });
      if (!(await store.give(hashOf(id), { keyId, handover, now: now() }))) throw new GatewayError('auth.link_invalid');
      return { keyId };
    },
    look: async (id) => {
      const found = await find(id);
      if (found === undefined) throw new GatewayError('resource.not_found');
      return { challenge: challengeOf(id), ...found };
    },
    end: async (id) => {
      if (ID.test(id)) await store.remove(hashOf(id));
    },
  };
}
