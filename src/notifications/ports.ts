import type { NanoCredits } from '../kernel/money.ts';
import type { Delivery, Notification, Webhook } from '../protocol/notifications.ts';
import type { Role } from '../protocol/people.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';

/** A name that begins so stands for an episode that is not over, and is kept until it is let go of. */
export const OPEN_EPISODE = 'open:';

/** A notification that is to be raised, and on which condition. */
export type Raising = {
  readonly notification: Notification;
  /** Raised only while no other holds this; it holds it from then on. */
  readonly holds?: string | undefined;
  /** Raised only when others hold these, which let go of them: one of them at least. */
  readonly releases?: readonly string[];
  /** The body of the message to webhooks. */
  readonly body: string;
};

/** Who is told by mail, and what they do not want to hear of. */
export type MailReader = {
  readonly email: string;
  readonly name: string | undefined;
  readonly locale: string | undefined;
  readonly role: Role;
  readonly mutedKinds: readonly string[];
};

export type ReadNotification = Notification & { readonly isRead: boolean };

export type NotificationQuery = {
  readonly kinds: readonly string[];
  /** Whose marks of reading count; nobody's: everything is unread. */
  readonly userId: string | undefined;
};

export type NotificationStore = {
  /** Raises each whose condition holds, with a delivery for every webhook that is told of it. Gives those raised. */
  readonly raise: (raisings: readonly Raising[], newId: () => string) => Promise<readonly Notification[]>;
  /** What is held by names that begin so. */
  readonly held: (prefix: string) => Promise<readonly string[]>;
  /** Newest first. */
  readonly list: (
    scope: OrganizationScope,
    query: NotificationQuery & {
      readonly unreadOnly: boolean;
      readonly limit: number;
      readonly beforeId: string | undefined;
    },
  ) => Promise<readonly ReadNotification[]>;
  readonly countUnread: (scope: OrganizationScope, query: NotificationQuery) => Promise<number>;
  /** Marks one, or all of these kinds, as read. Gives how many were not. */
  readonly markRead: (
    scope: OrganizationScope,
    mark: {
      readonly userId: string;
      readonly kinds: readonly string[];
      readonly id: string | undefined;
      readonly at: number;
    },
  ) => Promise<number>;
  /** Whether the organization has it, among these kinds. */
  readonly isThere: (scope: OrganizationScope, kinds: readonly string[], id: string) => Promise<boolean>;
  readonly newestId: (scope: OrganizationScope) => Promise<string | undefined>;
  readonly unmailed: (limit: number) => Promise<readonly Notification[]>;
  readonly noteMailed: (id: string, at: number) => Promise<void>;
  /** Who gets its mails; nobody while it is suspended. */
  readonly mailReaders: (organizationId: string) => Promise<readonly MailReader[]>;
  readonly mutedKinds: (userId: string) => Promise<readonly string[]>;
  readonly setMutedKinds: (userId: string, kinds: readonly string[]) => Promise<void>;
  readonly removeBefore: (at: number) => Promise<void>;
};

/** What an organization has left, what calls hold of it included. */
export type CreditLeft = { readonly organizationId: string; readonly leftNano: NanoCredits };

export type CreditLeftReader = {
  /** Organizations that have spent credit and have less than so much left, and those that are named; no closed ones. */
  readonly little: (belowNano: NanoCredits, organizationIds: readonly string[]) => Promise<readonly CreditLeft[]>;
};

/** What one call took of a customer's credit, or what was given back of it. */
export type CustomerMovement = {
  readonly organizationId: string;
  readonly externalId: string;
  /** The same whoever reads it and whenever. */
  readonly id: string;
  readonly chargeId: string;
  readonly kind: 'charge' | 'correction' | 'refund';
  /** Taken; below zero: given back. */
  readonly amountNano: NanoCredits;
  readonly at: number;
  /** Of the call; missing where its record is not there any more. */
  readonly call: { readonly projectId: string; readonly keyId: string; readonly model: string } | undefined;
};

/** Some seals of the ledger, one after the other, with what customers used that they cover. */
export type UsageSlice = {
  /** The last seal before it, and its own last. */
  readonly after: number;
  readonly upTo: number;
  readonly movements: readonly CustomerMovement[];
};

export type UsageMessage = { readonly messageId: string; readonly kind: string; readonly body: string };

/**
 * Up to where a platform was told what its customers used. It follows the ledger's seals: each entry is in one of them, none
 * is ever added before the last, so that nothing is told twice or left out, and no call waits for it.
 */
export type CustomerUsageStore = {
  /** What comes next, of so many seals at most; `undefined`: nothing. */
  readonly next: (sealsMax: number) => Promise<UsageSlice | undefined>;
  /** Has the webhooks of the organization told that want these kinds, and goes on behind the slice. Nothing where somebody did. */
  readonly tell: (
    slice: Pick<UsageSlice, 'after' | 'upTo'>,
    messages: readonly UsageMessage[],
    to: { readonly organizationId: string; readonly at: number; readonly newId: () => string },
  ) => Promise<boolean>;
};

export type WebhookChange = Partial<Pick<Webhook, 'kinds' | 'enabled' | 'sealed' | 'previousUntil' | 'failingSince'>>;

/** What came of one attempt. */
export type AttemptOutcome = Pick<Delivery, 'state' | 'nextAttemptAt' | 'status' | 'error' | 'endedAt'>;

export type WebhookStore = {
  /** @throws request.invalid where the organization has `max` already */
  readonly insert: (webhook: Webhook, max: number) => Promise<void>;
  readonly list: (scope: OrganizationScope) => Promise<readonly Webhook[]>;
  readonly get: (scope: OrganizationScope, id: string) => Promise<Webhook | undefined>;
  /** `false` when it is gone, or has another revision than the one asked for. */
  readonly update: (
    scope: OrganizationScope,
    id: string,
    change: WebhookChange,
    ifRevision?: number,
  ) => Promise<boolean>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<boolean>;
  readonly addDelivery: (delivery: Delivery) => Promise<void>;
  /** Newest first. */
  readonly deliveries: (
    scope: OrganizationScope,
    webhookId: string,
    page: { readonly limit: number; readonly beforeId: string | undefined },
  ) => Promise<readonly Delivery[]>;
  /** Has an ended delivery sent anew. `undefined` where there is none. */
  readonly sendAgain: (
    scope: OrganizationScope,
    at: { readonly webhookId: string; readonly id: string; readonly now: number },
  ) => Promise<Delivery | undefined>;
  /** Takes deliveries whose time has come, to be sent by nobody else until the lease is over. Those of a suspended organization wait. */
  readonly claim: (input: {
    readonly now: number;
    readonly leaseMs: number;
    readonly limit: number;
  }) => Promise<readonly { readonly delivery: Delivery; readonly webhook: Webhook }[]>;
  readonly settle: (delivery: Pick<Delivery, 'id' | 'attempts'>, outcome: AttemptOutcome) => Promise<void>;
  /** Notes a success, or a failure; gives since when all have failed. */
  readonly noteHealth: (webhookId: string, failedAt: number | undefined) => Promise<number | undefined>;
};

/** What a webhook's secrets are sealed to. */
export type WebhookBinding = {
  readonly organizationId: string;
  readonly table: 'webhooks';
  readonly rowId: string;
  readonly field: 'secret';
  readonly baseUrl: string;
};

export type WebhookVault = {
  readonly seal: (text: string, binding: WebhookBinding) => string | Promise<string>;
  /** @throws GatewayError `vault.undecryptable` */
  readonly open: (sealed: string, binding: WebhookBinding) => string | Promise<string>;
};

/** Sends a message. Gives the status of the answer. @throws GatewayError where none came, or the address is refused */
export type SendMessage = (message: {
  readonly organizationId: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<number>;
