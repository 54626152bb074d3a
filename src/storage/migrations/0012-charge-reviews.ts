import type { Engine } from '../engine.ts';
import type { Migration } from './migration.ts';

/** That somebody has looked at a charge; and which charges somebody should: those that used more than was held, too. */
export const chargeReviews: Migration = { version: 12, name: 'charge reviews', statements };

function statements(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE ledger_reviews (
    charge_id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_id TEXT,
    note TEXT
  )`,
    'CREATE INDEX ledger_reviews_by_organization ON ledger_reviews (organization_id, charge_id)',
    'DROP INDEX ledger_charges_to_review',
    `CREATE INDEX ledger_charges_to_review ON ledger_charges (id)
    WHERE state IN ('estimated', 'presumed') OR overrun_nano > 0`,
    ...guards(engine),
  ];
}

/** What is written stays as it is. */
function guards(engine: Engine): readonly string[] {
  if (engine === 'sqlite') {
    return ['UPDATE', 'DELETE'].map(
      (act) => `CREATE TRIGGER ledger_reviews_${act.toLowerCase()} BEFORE ${act} ON ledger_reviews
      BEGIN SELECT RAISE(ABORT, 'ledger_reviews cannot be changed'); END`,
    );
  }
  return [
    ...['UPDATE', 'DELETE', 'TRUNCATE'].map(
      (act) => `CREATE TRIGGER ledger_reviews_${act.toLowerCase()} BEFORE ${act} ON ledger_reviews
      FOR EACH ${act === 'TRUNCATE' ? 'STATEMENT' : 'ROW'} EXECUTE FUNCTION refuse_ledger_change()`,
    ),
    'ALTER TABLE ledger_reviews ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_organization ON ledger_reviews
      USING (organization_id = (SELECT current_setting('hub.organization', true)))`,
  ];
}
