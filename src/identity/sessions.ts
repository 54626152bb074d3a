import type { NewId } from '../kernel/ids.ts';
import type { Session } from '../protocol/people.ts';
import type { SessionStore } from './ports.ts';
import type { HashKey, RandomBytes } from './virtual-key.ts';

/** 256 random bits. */
const TOKEN_BYTES = 32;
const DAY_MS = 86_400_000;
/** A session ends after this time, used or not, and after the other without being used. */
export const SESSION_MS = 14 * DAY_MS;
export const SESSION_IDLE_MS = 3 * DAY_MS;
const USER_AGENT_CHARS_MAX = 300;

/** Sessions of people who signed in. A token is never stored, and there is a new one at every sign-in. */
export type Sessions = {
  readonly begin: (input: {
    readonly userId: string;
    readonly ssoConnectionId: string | undefined;
    readonly address: string | undefined;
    readonly userAgent: string | undefined;
  }) => Promise<{ readonly session: Session; readonly token: string }>;
  readonly list: (userId: string) => Promise<readonly Session[]>;
  /** Ends one of the person's sessions; false when there is no such one. */
  readonly end: (userId: string, sessionId: string) => Promise<boolean>;
  /** Ends all of the person's sessions but the one given. */
  readonly endAll: (userId: string, exceptId?: string) => Promise<void>;
};

export function createSessions(input: {
  readonly store: SessionStore;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Sessions {
  const { store, now } = input;
  return {
    begin: async ({ userId, ssoConnectionId, address, userAgent }) => {
      const token = input.randomBytes(TOKEN_BYTES).toString('base64url');
      const session: Session = {
        id: input.newId('sess'),
        userId,
        ssoConnectionId,
        address,
        userAgent: userAgent?.slice(0, USER_AGENT_CHARS_MAX),
        createdAt: now(),
        lastSeenAt: now(),
        expiresAt: now() + SESSION_MS,
        revokedAt: undefined,
      };
      await store.insert(session, hashOfSession(input.hashKey, token));
      return { session, token };
    },
    list: (userId) => store.list(userId, now()),
    end: (userId, sessionId) => store.revoke(userId, { sessionId, at: now() }),
    endAll: (userId, exceptId) => store.revokeAll(userId, { exceptId, at: now() }),
  };
}

/** Its own word in front keeps these hashes apart from those of other secrets that share the pepper. */
export function hashOfSession(hashKey: HashKey, token: string): string {
  return hashKey(`session ${token}`);
}
