import type { Tenant } from './tenant.ts';

/**
 * An id of something that a provider keeps beyond the request that made it: a stored response, a video. It belongs to the
 * project whose key made it, and is reached only where it was made.
 */
export type HeldId = Tenant & {
  readonly id: string;
  readonly kind: 'response' | 'video';
  readonly connectionId: string;
  readonly upstreamModel: string;
  readonly createdAt: number;
  /** When the hub forgets it: providers keep such things for a time only. */
  readonly expiresAt: number;
};
