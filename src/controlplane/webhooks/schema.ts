import { z } from 'zod';
import { CUSTOMER_USAGE, NOTIFICATION_KIND_NAMES } from '../../notifications/catalogue.ts';
import type { Delivery, Webhook } from '../../protocol/notifications.ts';
import { countField, idField, revisionField, timeField, toTime, toTimeOrUndefined, urlField } from '../fields.ts';

const KINDS = [...NOTIFICATION_KIND_NAMES, CUSTOMER_USAGE] as const;

const kindsField = z
  .array(z.enum(KINDS))
  .max(KINDS.length)
  .describe(
    `The kinds that it is told of; empty: all notifications, later ones too. \`${CUSTOMER_USAGE}\` is none, and for the operator’s own organization alone.`,
  );

/** A webhook without its secret. */
export const webhookSchema = z.strictObject({
  id: z.string(),
  url: z.string(),
  kinds: z.array(z.string()),
  enabled: z.boolean(),
  previous_until: timeField.optional().describe('Until when the secret before the last rotation signs, too.'),
  failing_since: timeField.optional().describe('Since when every attempt has failed.'),
  created_at: timeField,
  revision: revisionField,
});

export const madeWebhookSchema = z.strictObject({
  webhook: webhookSchema,
  secret: z.string().describe('Shown this once; receivers check signatures with it.'),
});

export const webhookParams = z.strictObject({ webhook_id: idField });
export const deliveryParams = z.strictObject({ webhook_id: idField, delivery_id: idField });

export const newWebhookSchema = z
  .strictObject({ url: urlField, kinds: kindsField.default([]) })
  .meta({ examples: [{ url: 'https://ops.example.com/hub', kinds: ['credential.failing', 'credential.working'] }] });

export const webhookChangeSchema = z
  .strictObject({ kinds: kindsField.optional(), enabled: z.boolean().optional() })
  .meta({ examples: [{ enabled: false }] });

export const deliverySchema = z.strictObject({
  id: z.string(),
  message_id: z.string().describe('`webhook-id`, the same in every attempt.'),
  kind: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: countField,
  next_attempt_at: timeField.optional(),
  status: z.int().optional().describe('The status of the last answer.'),
  error: z.string().optional(),
  created_at: timeField,
  ended_at: timeField.optional(),
});

export function toWebhook(webhook: Webhook, nowMs: number): z.output<typeof webhookSchema> {
  const { id, url, kinds, enabled, previousUntil, failingSince, createdAt, revision } = webhook;
  return {
    id,
    url,
    kinds: [...kinds],
    enabled,
    previous_until: previousUntil !== undefined && previousUntil > nowMs ? toTime(previousUntil) : undefined,
    failing_since: toTimeOrUndefined(failingSince),
    created_at: toTime(createdAt),
    revision,
  };
}

export function toDelivery(delivery: Delivery): z.output<typeof deliverySchema> {
  const { id, messageId, kind, state, attempts, nextAttemptAt, status, error, createdAt, endedAt } = delivery;
  return {
    id,
    message_id: messageId,
    kind,
    state,
    attempts,
    next_attempt_at: state === 'waiting' ? toTime(nextAttemptAt) : undefined,
    status,
    error,
    created_at: toTime(createdAt),
    ended_at: toTimeOrUndefined(endedAt),
  };
}
