import { GatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import type { Delivery, Notification, Webhook } from '../protocol/notifications.ts';
import { CUSTOMER_USAGE } from './catalogue.ts';
import { messageBody, signedHeaders } from './message.ts';
import type { AttemptOutcome, NotificationStore, SendMessage, WebhookStore, WebhookVault } from './ports.ts';
import { signingSecrets } from './webhooks.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** How long after each failure the next attempt is made; after the last, none: eight attempts in about a day. */
const RETRY_AFTER_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  10 * HOUR_MS,
];
/** What a platform has to be told all the same is tried again after this until the webhook is switched off, and waits then. */
const LATE_RETRY_MS = 10 * HOUR_MS;
/** Intervals are longer or shorter by up to this part, so that what failed together does not come back together. */
const JITTER = 0.2;
/** Longer than any attempt takes. */
const LEASE_MS = MINUTE_MS;
const AT_ONCE_MAX = 20;
/** A webhook is switched off after only failures for this long. */
const FAILING_MAX_MS = 5 * 24 * HOUR_MS;
const ERROR_CHARS_MAX = 300;

export type DeliverInput = {
  readonly webhooks: WebhookStore;
  readonly notifications: Pick<NotificationStore, 'raise'>;
  readonly vault: WebhookVault;
  readonly send: SendMessage;
  readonly newId: NewWireId;
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
};

/** Sends what is due, several at once, until nothing is or `signal` is aborted. Gives how many attempts were made. */
export async function deliverDue(input: DeliverInput, signal?: AbortSignal): Promise<number> {
  let made = 0;
  while (signal?.aborted !== true) {
    const due = await input.webhooks.claim({ now: input.now(), leaseMs: LEASE_MS, limit: AT_ONCE_MAX });
    if (due.length === 0) break;
    await Promise.all(due.map(({ delivery, webhook }) => attempt(input, delivery, webhook)));
    made += due.length;
  }
  return made;
}

async function attempt(input: DeliverInput, delivery: Delivery, webhook: Webhook): Promise<void> {
  const { webhooks, now, random } = input;
  const { status, error } = await trySending(input, delivery, webhook);
  if (error === undefined) {
    const at = now();
    await webhooks.settle(delivery, { state: 'delivered', nextAttemptAt: at, status, error, endedAt: at });
    await webhooks.noteHealth(webhook.id, undefined);
    return;
  }
  await webhooks.settle(delivery, outcomeOfFailure({ delivery, status, error, at: now(), random: random() }));
  const since = await webhooks.noteHealth(webhook.id, now());
  if (since !== undefined && now() - since >= FAILING_MAX_MS) await switchOff(input, webhook);
}

async function trySending(
  { vault, send, now }: DeliverInput,
  delivery: Delivery,
  webhook: Webhook,
): Promise<{ readonly status: number | undefined; readonly error: string | undefined }> {
  try {
    const at = now();
    const secrets = await signingSecrets(vault, webhook, at);
    const headers = signedHeaders({ id: delivery.messageId, body: delivery.body, at }, secrets);
    const { organizationId, url } = webhook;
    const status = await send({ organizationId, url, headers, body: delivery.body });
    const isTaken = status >= 200 && status <= 299;
    return { status, error: isTaken ? undefined : `The receiver answered ${status}.` };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { status: undefined, error: `${error.code}: ${error.message}`.slice(0, ERROR_CHARS_MAX) };
  }
}

function outcomeOfFailure(failure: {
  readonly delivery: Delivery;
  readonly status: number | undefined;
  readonly error: string;
  readonly at: number;
  readonly random: number;
}): AttemptOutcome {
  const { delivery, status, error, at, random } = failure;
  const waitMs = RETRY_AFTER_MS[delivery.attempts] ?? (delivery.kind === CUSTOMER_USAGE ? LATE_RETRY_MS : undefined);
  if (waitMs === undefined) return { state: 'failed', nextAttemptAt: at, status, error, endedAt: at };
  const nextAttemptAt = at + Math.round(waitMs * (1 - JITTER + 2 * JITTER * random));
  return { state: 'waiting', nextAttemptAt, status, error, endedAt: undefined };
}

async function switchOff({ webhooks, notifications, newId, now }: DeliverInput, webhook: Webhook): Promise<void> {
  await webhooks.update(webhook, webhook.id, { enabled: false });
  const { organizationId, id, url } = webhook;
  const notification: Notification = {
    id: newId('ntf'),
    organizationId,
    kind: 'webhook.disabled',
    subject: id,
    data: { webhook_id: id, url },
    raisedAt: now(),
  };
  const holds = `webhook.disabled:${id}:${webhook.revision}`;
  await notifications.raise([{ notification, holds, body: messageBody(notification) }], () => newId('whd'));
}
