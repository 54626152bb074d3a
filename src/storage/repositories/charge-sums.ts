import { sql } from 'kysely';
import { nanoCredits } from '../../kernel/money.ts';
import type { ChargeSums } from '../../ledger/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { joinHalves, NANO_HALF } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { RECORD_COLUMNS } from '../usage-plan.ts';
import { oneOf } from './record-filter.ts';
import { numbersTable } from './series-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

const HIGH = sql`SUM(c.amount_nano / ${sql.lit(NANO_HALF)})`;
const LOW = sql`SUM(c.amount_nano % ${sql.lit(NANO_HALF)})`;

/** Sums over charges. A charge has its call's id, and its call has the time and what it is told apart by. */
export function createChargeSums(database: StoreDatabase): ChargeSums {
  const { engine } = database;
  return async (scope, { edges, filters, groupBy }) => {
    const buckets = edges.slice(1).map((toMs, bucket) => [bucket, edges[bucket] ?? toMs, toMs]);
    if (buckets.length === 0) return [];
    const narrowed = Object.entries(filters).map(([dimension, values]) => {
      // The keys of the filters are names of columns by their type.
      const column = RECORD_COLUMNS[dimension as keyof typeof RECORD_COLUMNS];
      return sql` AND ${oneOf(sql.ref(`u.${column}`), values ?? [])}`;
    });
    const value = groupBy === undefined ? sql`NULL` : sql.ref(`u.${RECORD_COLUMNS[groupBy]}`);
    const { rows } = await database.within(scope.organizationId).read((reading) =>
      sql<{ bucket: number | string; value: string | null; high: string | null; low: string | null }>`
        WITH span AS (${numbersTable(engine, ['bucket', 'from_at', 'to_at'], buckets)})
        SELECT span.bucket AS bucket, ${value} AS value, ${exactText(HIGH)} AS high, ${exactText(LOW)} AS low
        FROM span CROSS JOIN usage_records AS u CROSS JOIN ledger_charges AS c
        WHERE ${ofOrganization(scope, 'u')} AND u.started_at >= span.from_at AND u.started_at < span.to_at
          AND c.id = u.id AND ${ofOrganization(scope, 'c')} ${narrowed.length === 0 ? sql`` : sql.join(narrowed, sql` `)}
        GROUP BY 1, 2`.execute(reading),
    );
    return rows.map((row) => ({
      bucket: Number(row.bucket),
      value: row.value ?? undefined,
      amountNano: nanoCredits(joinHalves(row.high, row.low)),
    }));
  };
}
