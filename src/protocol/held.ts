import type { Tenant } from './tenant.ts';

/**
 * An id of something that a provider keeps beyond the request that made it: a stored response, a video. It belongs to the
 * project whose key made it, and is reached only where it was made.
 */
export type HeldId = Tenant & {
  /** The id by which its caller knows it. */
  readonly id: string;
  readonly kind: 'response' | 'video';
  readonly connectionId: string;
  /** The credential that made it: another may be of another account, which does not know it. */
  readonly credentialId: string | undefined;
  /** The provider's own id, where it is not the caller's. */
  readonly upstreamId: string | undefined;
  readonly upstreamModel: string;
  readonly createdAt: number;
  /** When the hub forgets it: providers keep such things for a time only. */
  readonly expiresAt: number;
  /** How a film was asked for; `undefined` for anything else. */
  readonly video: HeldVideo | undefined;
};

/** What is known of a film since it was asked for, because not every provider repeats it. */
export type HeldVideo = {
  /** The model's name as the caller wrote it. */
  readonly model: string;
  readonly seconds: number | undefined;
  readonly size: string | undefined;
  readonly remixedFrom: string | undefined;
  /** The record of the request that made it, and so the hold of what it costs; `undefined` for older ones. */
  readonly recordId: string | undefined;
};

/** A part of a list, newest first unless it is asked for the other way round. */
export type HeldPage = {
  readonly limit: number;
  /** The id behind which the part begins; one that is not known begins nowhere, and the part is empty. */
  readonly afterId?: string | undefined;
  readonly oldestFirst?: boolean | undefined;
};
