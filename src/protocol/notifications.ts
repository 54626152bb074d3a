import type { JsonObject } from '../kernel/json.ts';

/** Something that an organization is told of. */
export type Notification = {
  readonly id: string;
  readonly organizationId: string;
  /** A name of the catalogue of kinds. */
  readonly kind: string;
  /** The id of what it is about. */
  readonly subject: string;
  readonly data: JsonObject;
  readonly raisedAt: number;
};

/** An address that is told of notifications by HTTP. */
export type Webhook = {
  readonly id: string;
  readonly organizationId: string;
  readonly url: string;
  /** The kinds that it is told of; empty: all. */
  readonly kinds: readonly string[];
  readonly enabled: boolean;
  /** Its signing secrets, sealed together. */
  readonly sealed: string;
  /** Until when the secret before the last rotation signs, too. */
  readonly previousUntil: number | undefined;
  /** Since when every attempt has failed. */
  readonly failingSince: number | undefined;
  readonly createdAt: number;
  readonly revision: number;
};

/** One message to one webhook, with what came of it so far. */
export type Delivery = {
  readonly id: string;
  readonly organizationId: string;
  readonly webhookId: string;
  /** The same in every attempt, by which a receiver knows a message that it has. */
  readonly messageId: string;
  readonly kind: string;
  readonly body: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly nextAttemptAt: number;
  /** The status of the last answer; `undefined` where there was none. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
};
