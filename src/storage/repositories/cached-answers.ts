import { sql } from 'kysely';
import type { CacheCountStore, SealedAnswerStore } from '../../cache/ports.ts';
import { nanoUsd } from '../../kernel/money.ts';
import type { StoreDatabase } from '../database.ts';
import { wholeNumber } from '../engine.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Answers that are given again, and how often they were. */
export function createCacheStores(database: StoreDatabase): {
  readonly cachedAnswers: SealedAnswerStore;
  readonly cacheCounts: CacheCountStore;
} {
  return { cachedAnswers: createSealedAnswerStore(database), cacheCounts: createCacheCountStore(database) };
}

function createSealedAnswerStore(database: StoreDatabase): SealedAnswerStore {
  return {
    get: ({ organizationId }, id, now) =>
      database.within(organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('cached_answers')
          .selectAll()
          .where(ofOrganization({ organizationId }))
          .where('id', '=', id)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        if (row === undefined) return undefined;
        const { sealed, bytes } = row;
        return { id, sealed, bytes, storedAt: wholeNumber(row.stored_at), expiresAt: wholeNumber(row.expires_at) };
      }),
    put: ({ organizationId }, { id, sealed, bytes, storedAt, expiresAt }) =>
      database.within(organizationId).write(async (transaction) => {
        const columns = { sealed, bytes, stored_at: storedAt, expires_at: expiresAt };
        await transaction
          .insertInto('cached_answers')
          .values({ id, organization_id: organizationId, ...columns })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
          .execute();
      }),
    removeExpired: (now, limit) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('cached_answers')
          .where('id', 'in', (rows) =>
            rows
              .selectFrom('cached_answers')
              .select('id')
              .where('expires_at', '<=', now)
              .orderBy('expires_at')
              .limit(limit),
          )
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
    removeBeyond: (bytesMax, limit) =>
      database.write(async (transaction) => {
        const { total } = await transaction
          .selectFrom('cached_answers')
          .select((rows) => rows.fn.sum<number | string | null>('bytes').as('total'))
          .executeTakeFirstOrThrow();
        if (wholeNumber(total ?? 0) <= bytesMax) return 0;
        const { numDeletedRows } = await transaction
          .deleteFrom('cached_answers')
          .where('id', 'in', (rows) => rows.selectFrom('cached_answers').select('id').orderBy('stored_at').limit(limit))
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}

function createCacheCountStore(database: StoreDatabase): CacheCountStore {
  return {
    add: (counts) =>
      database.write(async (transaction) => {
        for (const { organizationId, hour, hits, misses, savedNano } of counts) {
          // An organization that was taken away meanwhile has no counts any more.
          await sql`INSERT INTO cache_counts (organization_id, hour, hits, misses, saved_nano)
            SELECT id, ${sql.lit(hour)}, ${sql.lit(hits)}, ${sql.lit(misses)}, ${sql.lit(Number(savedNano))}
              FROM organizations WHERE id = ${organizationId}
            ON CONFLICT (organization_id, hour) DO UPDATE SET hits = cache_counts.hits + EXCLUDED.hits,
              misses = cache_counts.misses + EXCLUDED.misses,
              saved_nano = cache_counts.saved_nano + EXCLUDED.saved_nano`.execute(transaction);
        }
      }),
    since: ({ organizationId }, sinceMs) =>
      database.within(organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('cache_counts')
          .selectAll()
          .where(ofOrganization({ organizationId }))
          .where('hour', '>=', sinceMs)
          .orderBy('hour')
          .execute();
        return rows.map(({ hour, hits, misses, saved_nano }) => ({
          hour: wholeNumber(hour),
          hits: wholeNumber(hits),
          misses: wholeNumber(misses),
          savedNano: nanoUsd(BigInt(saved_nano)),
        }));
      }),
    removeBefore: (at) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('cache_counts').where('hour', '<', at).execute();
      }),
  };
}
