import { createHmac } from 'node:crypto';
import type { Notification } from '../protocol/notifications.ts';

const SECRET_PREFIX = 'whsec_';
/** Between 24 and 64, as the specification wants it. */
export const SECRET_BYTES = 32;

/** Writes a signing secret: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function writeSecret(bytes: Buffer): string {
  return SECRET_PREFIX + bytes.toString('base64');
}

/** What a webhook is sent of a notification. */
export function messageBody(of: Pick<Notification, 'kind' | 'data' | 'raisedAt' | 'organizationId'>): string {
  const timestamp = new Date(of.raisedAt).toISOString();
  return JSON.stringify({ type: of.kind, timestamp, organization_id: of.organizationId, data: of.data });
}

/** The headers of one attempt, with a signature by each of the secrets. `at` is when it is sent, in milliseconds. */
export function signedHeaders(
  message: { readonly id: string; readonly body: string; readonly at: number },
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${message.id}.${timestamp}.${message.body}`).digest('base64')}`;
  });
  return {
    'content-type': 'application/json',
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
