import { sql } from 'kysely';
import { type NanoCredits, nanoCredits } from '../../kernel/money.ts';
import type { CreditLeftReader } from '../../notifications/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { nowMsSql } from '../engine.ts';

/**
 * What organizations have left, for whoever is to be told. A double is exact where little is left, and much is not told to
 * the last digit.
 */
export function createCreditLeftReader(database: StoreDatabase): CreditLeftReader {
  const now = sql.raw(nowMsSql(database.engine));
  return {
    little: (belowNano: NanoCredits, organizationIds) =>
      database.read(async (reading) => {
        const named =
          organizationIds.length === 0 ? sql`1 = 0` : sql`organization_id IN (${sql.join(organizationIds)})`;
        const { rows } = await sql<{ organization_id: string; nano: number }>`
          SELECT organization_id, nano FROM (
            SELECT a.organization_id,
              SUM(CASE WHEN g.expires_at <= ${now} THEN 0 ELSE CAST(g.remaining_nano AS DOUBLE PRECISION) END) AS nano,
              MAX(CASE WHEN g.remaining_nano < g.issued_nano THEN 1 ELSE 0 END) AS spent
            FROM ledger_accounts AS a JOIN organizations AS o ON o.id = a.organization_id AND o.state <> 'closed'
            JOIN ledger_grants AS g ON g.account_id = a.id
            WHERE a.id LIKE 'organization/%' GROUP BY a.organization_id
          ) AS t
          WHERE (spent = 1 AND nano < CAST(${belowNano.toString()} AS DOUBLE PRECISION)) OR ${named}
          ORDER BY organization_id`.execute(reading);
        return rows.map((row) => ({
          organizationId: row.organization_id,
          leftNano: nanoCredits(BigInt(Math.round(row.nano))),
        }));
      }),
  };
}
