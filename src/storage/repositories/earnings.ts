import { type RawBuilder, sql } from 'kysely';
import { nanoCredits } from '../../kernel/money.ts';
import { GRANT_KINDS } from '../../protocol/ledger.ts';
import type { Earned, EarningsStore } from '../../records/revenue-ports.ts';
import type { StoreDatabase } from '../database.ts';
import { joinHalves, NANO_HALF, orUndefined, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { LEVELS, startOf } from '../rollup-columns.ts';
import { preferIndexes } from './series-rows.ts';

type EarnedRow = {
  readonly organization_id: string;
  readonly model: string | null;
  readonly grant_kind: string | null;
  readonly is_refund: number;
  readonly high: string | null;
  readonly low: string | null;
};

/** Entries of organizations' own accounts within a time: each account's lie together in an index, in the order of time. */
const accountsWithEntries = sql`ledger_accounts AS a CROSS JOIN ledger_entries AS e`;
const within = (fromMs: number, toMs: number): RawBuilder<unknown> =>
  sql`a.id = 'organization/' || a.organization_id AND e.account_id = a.id AND e.at >= ${fromMs} AND e.at < ${toMs}`;
// An amount is taken from the account: what the operator earns is its opposite.
const HIGH = sql`SUM(-(e.amount_nano / ${sql.lit(NANO_HALF)}))`;
const LOW = sql`SUM(-(e.amount_nano % ${sql.lit(NANO_HALF)}))`;

/** What all organizations paid. */
export function createEarningsStore(database: StoreDatabase): EarningsStore {
  const { engine } = database;
  return {
    count: ({ fromMs, toMs }, most) =>
      database.readTogether(async (view) => {
        await preferIndexes(view, engine);
        const { rows } = await sql<{ count: number | string }>`
          SELECT COUNT(*) AS count FROM (
            SELECT 1 FROM ${accountsWithEntries} WHERE ${within(fromMs, toMs)} LIMIT ${most}) AS found`.execute(view);
        return wholeNumber(rows[0]?.count ?? 0);
      }),
    earned: ({ fromMs, toMs }) =>
      database.readTogether(async (view) => {
        await preferIndexes(view, engine);
        const { rows } = await sql<EarnedRow>`
          SELECT e.organization_id, COALESCE(u.routed_model, u.requested_model) AS model, g.kind AS grant_kind,
            CASE WHEN e.kind = 'refund' THEN 1 ELSE 0 END AS is_refund,
            ${exactText(HIGH)} AS high, ${exactText(LOW)} AS low
          FROM ${accountsWithEntries}
            LEFT JOIN ledger_grants AS g ON g.id = e.grant_id LEFT JOIN usage_records AS u ON u.id = e.charge_id
          WHERE ${within(fromMs, toMs)} AND e.kind IN ('charge', 'correction', 'refund')
          GROUP BY 1, 2, 3, 4`.execute(view);
        return rows.map(toEarned);
      }),
    organizations: async ({ fromMs, toMs }) => {
      const { rows } = await database.read((view) =>
        sql<{ id: string; name: string; is_used: number | boolean }>`
          SELECT o.id, o.name, (
            EXISTS (SELECT 1 FROM usage_series AS s CROSS JOIN usage_rollups AS r
              WHERE s.organization_id = o.id AND s.kind = 'all' AND r.series_id = s.id AND r.level = ${sql.lit(LEVELS.month)}
                AND r.start_at >= ${startOf(LEVELS.month, fromMs)} AND r.start_at < ${toMs})
            OR EXISTS (SELECT 1 FROM usage_pending AS p
              WHERE p.organization_id = o.id AND p.started_at >= ${fromMs} AND p.started_at < ${toMs})
          ) AS is_used
          FROM organizations AS o ORDER BY o.id`.execute(view),
      );
      return rows.map(({ id, name, is_used }) => ({ id, name, hasUsage: Boolean(is_used) }));
    },
  };
}

function toEarned(row: EarnedRow): Earned {
  return {
    organizationId: row.organization_id,
    model: orUndefined(row.model),
    grantKind: GRANT_KINDS.find((kind) => kind === row.grant_kind),
    isRefund: Number(row.is_refund) === 1,
    amountNano: nanoCredits(joinHalves(row.high, row.low)),
  };
}
