import { sql } from 'kysely';
import type { HoldStore } from '../../ledger/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { nowMsSql } from '../engine.ts';
import { exactText, ledgerColumns } from '../exact-columns.ts';
import { HOLD_COLUMNS, type ReadRow, toHold } from '../ledger-rows.ts';
import { toUsageRecord } from '../record-rows.ts';
import type { Schema } from '../schema.ts';

type HoldRow = ReadRow<Schema['ledger_holds']>;

/** Holds that nobody may be left to end; the store's own clock says when their time is over. */
export function createHoldStore(database: StoreDatabase): HoldStore {
  return {
    unrecordedOf: (instanceId, limit) =>
      database.read(async (reading) => {
        const { rows } = await sql<HoldRow>`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t
          WHERE t.instance_id = ${instanceId} AND t.awaits_job_since IS NULL
          AND NOT EXISTS (SELECT 1 FROM usage_records AS u WHERE u.id = t.id)
          ORDER BY t.id LIMIT ${limit}`.execute(reading);
        return rows.map(toHold);
      }),
    stray: (limit) =>
      database.readTogether(async (view) => {
        const { rows: recorded } = await sql<HoldRow>`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t
          WHERE t.awaits_job_since IS NULL AND EXISTS (SELECT 1 FROM usage_records AS u WHERE u.id = t.id) ORDER BY t.id LIMIT ${limit}`.execute(
          view,
        );
        const { rows: due } = await sql<HoldRow>`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')} FROM ledger_holds AS t
          WHERE t.expires_at <= ${sql.raw(nowMsSql(database.engine))} ORDER BY t.expires_at LIMIT ${limit}`.execute(
          view,
        );
        const holds = recorded.map(toHold);
        const usages =
          holds.length === 0
            ? []
            : await view
                .selectFrom('usage_records')
                .selectAll()
                .select(exactText(sql.ref('cost_nano')).as('cost_nano'))
                .where(
                  'id',
                  'in',
                  holds.map(({ id }) => id),
                )
                .execute();
        const usageOf = new Map(usages.map((row) => [row.id, toUsageRecord(row)]));
        return {
          recorded: holds.flatMap((hold) => {
            const usage = usageOf.get(hold.id);
            return usage === undefined ? [] : [{ hold, usage }];
          }),
          due: due.map(toHold),
        };
      }),
  };
}
