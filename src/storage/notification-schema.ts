import type { Generated } from 'kysely';

/** The tables of notifications and webhooks as Kysely sees them. */

export type NotificationTable = {
  id: string;
  organization_id: string;
  kind: string;
  subject: string;
  data: string;
  raised_at: number;
  mailed_at: number | null;
  holds: string | null;
};

export type WebhookTable = {
  id: string;
  organization_id: string;
  url: string;
  kinds: string;
  enabled: number;
  sealed: string;
  key_version: number | null;
  previous_until: number | null;
  failing_since: number | null;
  created_at: number;
  revision: Generated<number>;
};

export type WebhookDeliveryTable = {
  id: string;
  organization_id: string;
  webhook_id: string;
  message_id: string;
  kind: string;
  body: string;
  state: string;
  attempts: number;
  next_attempt_at: number;
  lease_until: number | null;
  status: number | null;
  error: string | null;
  created_at: number;
  ended_at: number | null;
};
