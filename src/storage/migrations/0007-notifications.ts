import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** Notifications, who has read which, and the webhooks that are told of them. */
export const notifications: Migration = { version: 7, name: 'notifications', statements };

const OF_ORGANIZATION = 'organization_id TEXT NOT NULL REFERENCES organizations (id)';

function statements(engine: Engine): readonly string[] {
  return [
    // Only one may hold a name; it lets go of it with NULL.
    `CREATE TABLE notifications (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    mailed_at BIGINT,
    holds TEXT UNIQUE
  )`,
    'CREATE INDEX notifications_by_organization ON notifications (organization_id, id)',
    'CREATE INDEX notifications_unmailed ON notifications (id) WHERE mailed_at IS NULL',
    `CREATE TABLE notification_reads (
    ${OF_ORGANIZATION},
    notification_id TEXT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (notification_id, user_id)
  )`,
    `CREATE TABLE notification_mutes (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    kinds TEXT NOT NULL
  )`,
    `CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    sealed TEXT NOT NULL,
    key_version INTEGER,
    previous_until BIGINT,
    failing_since BIGINT,
    created_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
  )`,
    'CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id)',
    `CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until BIGINT,
    status INTEGER,
    error TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
  )`,
    'CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id)',
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'waiting'",
    ...(engine === 'sqlite' ? [] : policies()),
  ];
}

function policies(): readonly string[] {
  const ofOrganization = "organization_id = (SELECT current_setting('hub.organization', true))";
  return ['notifications', 'notification_reads', 'webhooks', 'webhook_deliveries'].flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY of_organization ON ${table} USING (${ofOrganization})`,
  ]);
}
