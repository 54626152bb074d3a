import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { OneTimePurpose, OneTimeToken, OneTimeTokenStore } from './ports.ts';
import type { HashKey, RandomBytes } from './virtual-key.ts';

/** 256 random bits. */
const TOKEN_BYTES = 32;
const TOKEN_CHARS_MAX = 128;

/** Secrets that are good for one thing, once, for a while: links in mails, the console's first token. */
export type OneTimeTokens = {
  /** Makes one; those that the person had for the same purpose end. */
  readonly make: (input: {
    readonly purpose: OneTimePurpose;
    readonly userId?: string | undefined;
    readonly data?: JsonObject | undefined;
    readonly lastsMs: number;
  }) => Promise<string>;
  /** Uses it up. @throws auth.link_invalid */
  readonly use: (purpose: OneTimePurpose, token: string) => Promise<OneTimeToken>;
  /** Ends a person's unused ones for a purpose; without a person, all of them. */
  readonly end: (purpose: OneTimePurpose, userId: string | undefined) => Promise<void>;
};

export function createOneTimeTokens(input: {
  readonly store: OneTimeTokenStore;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): OneTimeTokens {
  const { store, now } = input;
  // The purpose stands in front, so that a token for one thing is none for another.
  const hashOf = (purpose: OneTimePurpose, token: string): string => input.hashKey(`one-time ${purpose} ${token}`);
  return {
    make: async ({ purpose, userId, data = {}, lastsMs }) => {
      if (userId !== undefined) await store.end(purpose, userId, now());
      const token = input.randomBytes(TOKEN_BYTES).toString('base64url');
      const row = { id: input.newId('once'), purpose, userId, data, createdAt: now(), expiresAt: now() + lastsMs };
      await store.insert(row, hashOf(purpose, token));
      return token;
    },
    use: async (purpose, token) => {
      const isPossible = token.length <= TOKEN_CHARS_MAX;
      const found = isPossible ? await store.use({ purpose, hash: hashOf(purpose, token), now: now() }) : undefined;
      if (found === undefined) throw new GatewayError('auth.link_invalid');
      return found;
    },
    end: (purpose, userId) => store.end(purpose, userId, now()),
  };
}
