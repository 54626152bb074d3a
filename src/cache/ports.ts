import type { NanoUsd } from '../kernel/money.ts';
import type { CachedAnswer } from '../protocol/cached-answer.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** Where answers lie. Each belongs to an organization, and is found by what was asked. */
export type AnswerShelf = {
  readonly get: (scope: OrganizationScope, id: string, now: number) => Promise<CachedAnswer | undefined>;
  readonly put: (scope: OrganizationScope, id: string, answer: CachedAnswer) => Promise<void>;
};

/** An answer as it lies in a store: sealed, since it holds what was said. */
export type SealedAnswer = {
  readonly id: string;
  readonly sealed: string;
  readonly bytes: number;
  readonly storedAt: number;
  readonly expiresAt: number;
};

/** Sealed answers in the store. */
export type SealedAnswerStore = {
  readonly get: (scope: OrganizationScope, id: string, now: number) => Promise<SealedAnswer | undefined>;
  readonly put: (scope: OrganizationScope, answer: SealedAnswer) => Promise<void>;
  /** Deletes so many of those whose time is over, and tells how many there were. */
  readonly removeExpired: (now: number, limit: number) => Promise<number>;
  /** Deletes so many of the oldest while all together are larger than may be, and tells how many there were. */
  readonly removeBeyond: (bytesMax: number, limit: number) => Promise<number>;
};

/** How often answers were there, in an hour. */
export type CacheCount = {
  /** The beginning of the hour, in milliseconds since the epoch. */
  readonly hour: number;
  readonly hits: number;
  readonly misses: number;
  /** What the answers had cost that were given again. */
  readonly savedNano: NanoUsd;
};

/** How often answers were there. */
export type CacheCountStore = {
  readonly add: (counts: readonly (OrganizationScope & CacheCount)[]) => Promise<void>;
  readonly since: (scope: OrganizationScope, sinceMs: number) => Promise<readonly CacheCount[]>;
  readonly removeBefore: (at: number) => Promise<void>;
};
