import type { IdempotencyStore } from '../../identity/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { orNull, orUndefined } from '../engine.ts';

/** Requests that are to be done once, in the store. */
export function createIdempotencyStore(database: StoreDatabase): IdempotencyStore {
  return {
    take: (id, { fingerprint, now, expiresAt }) =>
      database.write(async (transaction) => {
        const fresh = { fingerprint, status: null, sealed: null, created_at: now, expires_at: expiresAt };
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto('idempotency_records')
          .values({ id, ...fresh })
          // Who comes second waits for the first one's commit, and finds its row.
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet(fresh).where('idempotency_records.expires_at', '<=', now),
          )
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows > 0n) return undefined;
        const row = await transaction
          .selectFrom('idempotency_records')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        return {
          fingerprint: row.fingerprint,
          status: orUndefined(row.status),
          sealed: orUndefined(row.sealed),
          createdAt: row.created_at,
        };
      }),
    finish: (id, { status, sealed }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('idempotency_records')
          .set({ status, sealed: orNull(sealed) })
          .where('id', '=', id)
          .execute();
      }),
    removeExpired: (nowMs) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('idempotency_records').where('expires_at', '<=', nowMs).execute();
      }),
  };
}
