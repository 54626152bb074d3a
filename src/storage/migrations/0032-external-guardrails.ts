import type { Migration } from './migration.ts';

/** The service that a guardrail asks, and the secret that it is told, sealed to that address. */
export const externalGuardrails: Migration = {
  version: 32,
  name: 'external guardrails',
  statements: () => [
    'ALTER TABLE guardrails ADD COLUMN address TEXT',
    'ALTER TABLE guardrails ADD COLUMN sealed TEXT',
    'ALTER TABLE guardrails ADD COLUMN key_version INTEGER',
  ],
};
