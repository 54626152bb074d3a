import type { NanoUsd } from '../kernel/money.ts';
import type { MadeAs } from './media.ts';
import type { Loss } from './records.ts';
import type { Usage } from './usage.ts';

/** How long a key may have answers kept that are given again. */
export const CACHE_SECONDS_MIN = 1;
export const CACHE_SECONDS_MAX = 30 * 24 * 60 * 60;

/** An answer that is given again to whoever in its organization asks for the same. */
export type CachedAnswer = {
  /** Whole, as it went out: of a stream all of its events. */
  readonly body: Buffer;
  readonly contentType: string;
  /** What the first call used, and what that cost; `undefined` where no price is known. */
  readonly usage: Usage;
  readonly made: MadeAs | undefined;
  readonly costNano: NanoUsd | undefined;
  readonly servedModel: string | undefined;
  readonly finishReason: string | undefined;
  readonly losses: readonly Loss[];
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly expiresAt: number;
};
