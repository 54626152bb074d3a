import type { Migration } from './migration.ts';

/** What an organization pays for answers that break off, and how much of one reached its caller. */
export const brokenStreams: Migration = {
  version: 16,
  name: 'answers that break off',
  statements: () => [
    "ALTER TABLE organizations ADD COLUMN broken_stream_policy TEXT NOT NULL DEFAULT 'bill-provider-usage'",
    'ALTER TABLE usage_records ADD COLUMN delivered_tokens BIGINT',
  ],
};
