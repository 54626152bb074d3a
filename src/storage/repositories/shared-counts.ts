import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Span, Take } from '../../limits/ports.ts';
import type { CountKey, SharedCountsStore, StoredCount, StoredTake } from '../../limits/shared-ports.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { fromJsonText, toJsonText } from '../engine.ts';
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
        return rows.map(({ document }) => toTake(document));
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
    const document = toJsonText(buckets.map(([bucket, used]) => [bucket, String(used)]));
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
  return row === undefined ? undefined : toTake(row.document);
}

async function saveTake(
  transaction: Writing,
  { call, taken, leaseUntil }: StoredTake & { readonly leaseUntil: number },
): Promise<void> {
  const document = toJsonText({
    call,
    taken: taken.map(({ take, bucket, held }) => ({
      take: { ...take, cap: String(take.cap), amount: String(take.amount), least: String(take.least) },
      bucket,
      held: String(held),
    })),
  });
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
  const buckets = fromJsonText(row.buckets);
  return {
    limitId: row.limit_id,
    countsSince: row.counts_since,
    subject: row.subject,
    buckets: (Array.isArray(buckets) ? buckets : []).flatMap((each) =>
      Array.isArray(each) ? [[Number(each[0]), wholeOf(each[1])] as const] : [],
    ),
  };
}

/** What only {@link saveTake} has written. */
function toTake(document: string): StoredTake {
  const { call, taken } = objectOf(fromJsonText(document));
  return {
    call: objectOf(call) as StoredTake['call'],
    taken: (Array.isArray(taken) ? taken : []).map((value) => {
      const { take, bucket, held } = objectOf(value);
      const { cap, amount, least, span, ...rest } = objectOf(take);
      const amounts = { cap: wholeOf(cap), amount: wholeOf(amount), least: wholeOf(least) };
      return {
        take: { ...(rest as Omit<Take, 'cap' | 'amount' | 'least' | 'span'>), ...amounts, span: span as Span },
        bucket: Number(bucket),
        held: wholeOf(held),
      };
    }),
  };
}

/** Amounts are kept as text, since they may lie beyond 2^53. */
function wholeOf(value: JsonValue | undefined): bigint {
  return BigInt(typeof value === 'string' ? value : 0);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
