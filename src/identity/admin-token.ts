import { timingSafeEqual } from 'node:crypto';
import type { NewId } from '../kernel/ids.ts';
import type { AdminTokenStore } from './ports.ts';
import { type HashKey, type RandomBytes, randomText } from './virtual-key.ts';

/** How every admin token begins. */
const ADMIN_TOKEN_PREFIX = 'hubadm_';
/** 32 characters of 62 kinds are 190 random bits. */
const RANDOM_CHARS = 32;
const ADMIN_TOKEN = /^hubadm_[0-9A-Za-z]{32}$/;

/** The tokens that open the control plane until people sign in. */
export type AdminTokens = {
  /** Whether the text is a token that still counts. */
  readonly verify: (secret: string | undefined) => Promise<boolean>;
  /** Makes a token and ends all others. The secret is known only now. */
  readonly makeNew: () => Promise<string>;
  /** Makes a token if there is none and returns its secret; `undefined` when one was made before. */
  readonly ensureFirst: () => Promise<string | undefined>;
};

export function createAdminTokens(input: {
  readonly store: AdminTokenStore;
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): AdminTokens {
  const { store } = input;
  // Its own word in front keeps these hashes apart from those of virtual keys, which share the pepper.
  const hashOf = (secret: string): string => input.hashKey(`admin token ${secret}`);

  const insert = async (): Promise<{ readonly id: string; readonly secret: string }> => {
    const secret = ADMIN_TOKEN_PREFIX + randomText(RANDOM_CHARS, input.randomBytes);
    const id = input.newId('adm');
    await store.insert({ id, hash: hashOf(secret), createdAt: input.now() });
    return { id, secret };
  };

  return {
    verify: async (secret) => {
      if (secret === undefined || !ADMIN_TOKEN.test(secret)) return false;
      const presented = Buffer.from(hashOf(secret), 'hex');
      let isKnown = false;
      // All are compared, so that the time does not tell which one it was.
      for (const hash of await store.listHashes()) if (isSameHash(presented, hash)) isKnown = true;
      return isKnown;
    },
    makeNew: async () => {
      const { id, secret } = await insert();
      await store.keepOnly(id);
      return secret;
    },
    ensureFirst: async () => ((await store.listHashes()).length > 0 ? undefined : (await insert()).secret),
  };
}

function isSameHash(presented: Buffer, hash: string): boolean {
  const stored = Buffer.from(hash, 'hex');
  return stored.length === presented.length && timingSafeEqual(stored, presented);
}
