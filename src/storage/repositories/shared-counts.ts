import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { CountKey, SharedCountsStore, StoredCount, StoredTake } from '../../limits/shared-ports.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { bucketsFromText, bucketsToText, takeFromText, takeToText } from '../limit-documents.ts';
import type { Schema } from '../schema.ts';

type LimitKey = Omit<CountKey, 'subject'>;
type Writing = Transaction<Schema>;
const BEGUN = 'begun';
const COUNT = 'count';

/** Counts of limits on PostgreSQL: rows are locked in the order of their ids, so that no two calls wait for each other. */
export function createSharedCountsStore(database: StoreDatabase, now: () => number): SharedCountsStore {
  return {
    hasBegun: (limit) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('limit_counts')
          .select('id')
          .where('id', '=', begunId(limit))
          .executeTakeFirst();
        return row !== undefined;
      }),
    begin: (limit, counts) =>
      database.write(async (transaction) => {
        if (!(await mark(transaction, limit, now()))) return;
        await save(transaction, limit.organizationId, counts, now());
      }),
    change: (call, keys, decide) =>
      database.write(async (transaction) => {
        // What is read has to be what whoever held the locks before has written, whatever the database's default is.
        await sql`SET TRANSACTION ISOLATION LEVEL READ COMMITTED`.execute(transaction);
        const take = await takeOf(transaction, call.id);
        const wanted = new Map(
          [...keys, ...(take?.taken ?? []).map((each) => each.take)].map((key) => [idOf(key), key]),
        );
        const counts = await lock(transaction, [...wanted.keys()].sort());
        const { result, changed } = decide({ take, counts });
        if (changed === undefined) return result;
        await save(transaction, take?.call.organizationId ?? call.organizationId, changed.counts, now());
        if (changed.take === undefined) {
          await transaction.deleteFrom('limit_takes').where('call_id', '=', call.id).execute();
        } else await saveTake(transaction, changed.take);
        return result;
      }),
    list: (limits) =>
      limits.length === 0
        ? Promise.resolve([])
        : database.read(async (reading) => {
            const ids = limits.map(({ limitId }) => limitId);
            const rows = await reading
              .selectFrom('limit_counts')
              .selectAll()
              .where('limit_id', 'in', ids)
              .where('kind', '=', COUNT)
              .execute();
            return rows.map(toCount);
          }),
    left: (by) =>
      database.read(async (reading) => {
        const all = reading.selectFrom('limit_takes').select('document');
        const rows = await ('holder' in by
          ? all.where('holder', '=', by.holder)
          : all.where('lease_until', '<', by.leaseBefore)
        ).execute();
        return rows.map(({ document }) => takeFromText(document));
      }),
    renew: (holder, leaseUntil) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('limit_takes')
          .set({ lease_until: leaseUntil })
          .where('holder', '=', holder)
          .execute();
      }),
    removeBefore: (at) =>
      database.write(async (transaction) => {
        await transaction.deleteFrom('limit_counts').where('updated_at', '<', at).where('kind', '=', COUNT).execute();
      }),
  };
}

/** Says that the counts of a limit have begun, unless somebody has. One that was taken away meanwhile needs none. */
async function mark(transaction: Writing, limit: OrganizationScope & LimitKey, at: number): Promise<boolean> {
  const { rows } = await sql`INSERT INTO limit_counts
      (id, limit_id, organization_id, counts_since, subject, kind, buckets, updated_at)
    SELECT ${begunId(limit)}, id, organization_id, ${limit.countsSince}::integer, '', ${BEGUN}, '[]', ${at}::bigint
      FROM limits WHERE id = ${limit.limitId} AND organization_id = ${limit.organizationId}
    ON CONFLICT (id) DO NOTHING RETURNING id`.execute(transaction);
  return rows.length > 0;
}

function begunId({ limitId, countsSince }: LimitKey): string {
  return `${BEGUN} ${limitId} ${countsSince}`;
}

function idOf({ limitId, countsSince, subject }: CountKey): string {
  return `${COUNT} ${limitId} ${countsSince} ${subject}`;
}

async function lock(transaction: Writing, ids: readonly string[]): Promise<readonly StoredCount[]> {
  if (ids.length === 0) return [];
  // A count that is not there yet has no row to lock: whoever makes it first is waited for all the same.
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(each, 0)) FROM unnest(${ids}::text[]) AS each`.execute(
    transaction,
  );
  const rows = await transaction
    .selectFrom('limit_counts')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  return rows.map(toCount);
}

async function save(
  transaction: Writing,
  organizationId: string,
  counts: readonly StoredCount[],
  at: number,
): Promise<void> {
  for (const { limitId, countsSince, subject, buckets } of counts) {
    const document = bucketsToText(buckets);
    // A limit that was taken away has no counts any more.
    await sql`INSERT INTO limit_counts (id, limit_id, organization_id, counts_since, subject, kind, buckets, updated_at)
      SELECT ${idOf({ limitId, countsSince, subject })}, id, organization_id, ${countsSince}::integer, ${subject}, ${COUNT},
        ${document}, ${at}::bigint FROM limits WHERE id = ${limitId} AND organization_id = ${organizationId}
      ON CONFLICT (id) DO UPDATE SET buckets = EXCLUDED.buckets, updated_at = EXCLUDED.updated_at`.execute(transaction);
  }
}

async function takeOf(transaction: Writing, callId: string): Promise<StoredTake | undefined> {
  const row = await transaction
    .selectFrom('limit_takes')
    .select('document')
    .where('call_id', '=', callId)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? undefined : takeFromText(row.document);
}

async function saveTake(
  transaction: Writing,
  { leaseUntil, ...take }: StoredTake & { readonly leaseUntil: number },
): Promise<void> {
  const { call } = take;
  const document = takeToText(take);
  await transaction
    .insertInto('limit_takes')
    .values({
      call_id: call.id,
      organization_id: call.organizationId,
      holder: call.holder,
      document,
      lease_until: leaseUntil,
    })
    .onConflict((conflict) => conflict.column('call_id').doUpdateSet({ document, lease_until: leaseUntil }))
    .execute();
}

function toCount(row: { limit_id: string; counts_since: number; subject: string; buckets: string }): StoredCount {
  const { limit_id: limitId, counts_since: countsSince, subject, buckets } = row;
  return { limitId, countsSince, subject, buckets: bucketsFromText(buckets) };
}
