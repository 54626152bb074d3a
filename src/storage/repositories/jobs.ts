import type { JobStore } from '../../jobs/ports.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';
import { createStoreTime } from '../store-time.ts';

/**
 * Leases of scheduled jobs in the store. A lease is lost when somebody else has claimed the job (the fence rose) or the
 * run has ended; a lease that merely ran out unclaimed can still be prolonged.
 */
export function createJobStore(database: StoreDatabase, clock: Clock): JobStore {
  const { now, later } = createStoreTime(database, clock);
  return {
    register: (name) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('jobs')
          .values({ name, next_due_at: now(), fence: 0 })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .execute();
      }),
    claim: ({ name, holder, leaseMs }) =>
      database.write((transaction) =>
        transaction
          .updateTable('jobs')
          .set((row) => ({ fence: row('fence', '+', 1), holder, lease_until: later(leaseMs), last_run_at: now() }))
          .where('name', '=', name)
          .where('next_due_at', '<=', now())
          .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<=', now())]))
          .returning('fence')
          .executeTakeFirst(),
      ),
    renew: ({ name, fence, leaseMs }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('jobs')
          .set({ lease_until: later(leaseMs) })
          .where('name', '=', name)
          .where('fence', '=', fence)
          .where('lease_until', 'is not', null)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    complete: ({ name, fence, nextInMs, error }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('jobs')
          .set({ next_due_at: later(nextInMs), holder: null, lease_until: null, last_error: orNull(error) })
          .where('name', '=', name)
          .where('fence', '=', fence)
          .where('lease_until', 'is not', null)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    releaseOf: (holder) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('jobs')
          .set({ holder: null, lease_until: null })
          .where('holder', '=', holder)
          .execute();
      }),
    list: () =>
      database.read(async (reading) => {
        const rows = await reading.selectFrom('jobs').selectAll().orderBy('name').execute();
        return rows.map((row) => ({
          name: row.name,
          nextDueAt: row.next_due_at,
          lastRunAt: orUndefined(row.last_run_at),
          lastError: orUndefined(row.last_error),
        }));
      }),
  };
}
