import type { Migration } from './migration.ts';

/**
 * Where Payment Kit leads: what was used elsewhere of an account's credit is counted and summed up by its entries, which few
 * accounts have; and when a customer's grants were last compared.
 */
export const usedElsewhere: Migration = { version: 33, name: 'used-elsewhere', statements };

function statements(): readonly string[] {
  return [
    `CREATE INDEX ledger_entries_elsewhere ON ledger_entries (account_id) WHERE kind = 'elsewhere'`,
    'ALTER TABLE payment_kit_customers ADD COLUMN checked_at BIGINT',
  ];
}
