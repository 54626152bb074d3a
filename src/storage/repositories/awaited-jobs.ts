import { type Selectable, sql } from 'kysely';
import type { JobStoreOfHolds, JobWithHold } from '../../ledger/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { nowMsSql } from '../engine.ts';
import { ledgerColumns } from '../exact-columns.ts';
import { HOLD_COLUMNS, type ReadRow, toHold, toJob } from '../ledger-rows.ts';
import type { AwaitedJobTable, LedgerHoldTable } from '../ledger-schema.ts';
import type { Reading } from './within-organization.ts';

type JobRow = Selectable<AwaitedJobTable>;

/** Jobs that holds wait for, in the store. */
export function createAwaitedJobStore(database: StoreDatabase): JobStoreOfHolds {
  // The clock by which their holds are written and end.
  const now = sql<number>`${sql.raw(nowMsSql(database.engine))}`;
  const later = (delayMs: number) => sql<number>`${now} + CAST(${delayMs} AS BIGINT)`;
  return {
    claimDue: ({ limit, leaseMs }) =>
      database.write(async (transaction) => {
        const due = transaction
          .selectFrom('awaited_jobs')
          .select('id')
          .where('next_ask_at', '<=', now)
          .orderBy('next_ask_at')
          .limit(limit);
        // What another instance is taking just now is its own.
        const free = database.engine === 'postgres' ? due.forUpdate().skipLocked() : due;
        const ids = (await free.execute()).map(({ id }) => id);
        if (ids.length === 0) return [];
        const rows = await transaction
          .updateTable('awaited_jobs')
          .set((row) => ({ next_ask_at: later(leaseMs), asks: row('asks', '+', 1) }))
          .where('id', 'in', ids)
          .returningAll()
          .execute();
        return await withHolds(transaction, rows);
      }),
    postpone: (id, { inMs, misses }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('awaited_jobs')
          .set({ next_ask_at: later(inMs), misses })
          .where('id', '=', id)
          .execute();
      }),
    find: ({ organizationId }, id) =>
      database.within(organizationId).readTogether(async (view) => {
        const rows = await view
          .selectFrom('awaited_jobs')
          .selectAll()
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .execute();
        const [found] = await withHolds(view, rows);
        return found;
      }),
  };
}

async function withHolds(view: Reading, rows: readonly JobRow[]): Promise<readonly JobWithHold[]> {
  if (rows.length === 0) return [];
  const ids = sql.join(rows.map(({ id }) => id));
  const { rows: found } = await sql<ReadRow<LedgerHoldTable>>`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')}
    FROM ledger_holds AS t WHERE t.id IN (${ids})`.execute(view);
  const holds = new Map(found.map((row) => [row.id, toHold(row)]));
  return rows.flatMap((row) => {
    const hold = holds.get(row.id);
    return hold === undefined ? [] : [{ job: toJob(row), hold, asks: Number(row.asks), misses: Number(row.misses) }];
  });
}
