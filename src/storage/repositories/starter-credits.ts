import { sql, type Transaction } from 'kysely';
import type { StarterClaim, StarterCredit, StarterCreditStore } from '../../identity/ports.ts';
import { nanoCredits } from '../../kernel/money.ts';
import type { StarterRefusal, StarterState } from '../../protocol/starter-credits.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, orNull, orUndefined, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { Schema } from '../schema.ts';

type Row = Omit<Schema['starter_credits'], 'person_digest' | 'amount_nano'> & { readonly amount_nano: string | null };

const COLUMNS = ['id', 'organization_id', 'name', 'state', 'refusal', 'expires_at', 'created_at'] as const;

/** What people begin with who sign up, by what became of it. */
export function createStarterCreditStore(database: StoreDatabase): StarterCreditStore {
  return {
    waiting: (limit) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('starter_credits')
          .select(COLUMNS)
          .select(exactText(sql.ref('amount_nano')).as('amount_nano'))
          .where('state', '=', 'waiting')
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(toStarterCredit);
      }),
    noteGiven: (id) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('starter_credits')
          .set({ state: 'given' satisfies StarterState })
          .where('id', '=', id)
          .where('state', '=', 'waiting')
          .execute();
      }),
    list: ({ state }, { limit, afterId }) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('starter_credits as t')
          .innerJoin('organizations as o', 'o.id', 't.organization_id')
          .select(COLUMNS.map((name) => `t.${name}` as const))
          .select(exactText(sql.ref('t.amount_nano')).as('amount_nano'))
          .select('o.name as organization_name')
          .$if(state !== undefined, (query) => query.where('t.state', '=', state ?? ''))
          // Ids that the hub made sort by the time of their making.
          .$if(afterId !== undefined, (query) => query.where('t.id', '<', afterId ?? ''))
          .orderBy('t.id', 'desc')
          .limit(limit)
          .execute();
        return rows.map((row) => ({ ...toStarterCredit(row), organizationName: row.organization_name }));
      }),
  };
}

/**
 * Writes down what a person may begin with, or why they get nothing. Those who come at once wait for each other, so that
 * the limit of a day holds.
 */
export async function writeClaim(transaction: Transaction<Schema>, engine: Engine, claim: StarterClaim): Promise<void> {
  if (engine === 'postgres') await sql`SELECT id FROM installation WHERE id = 1 FOR UPDATE`.execute(transaction);
  const refusal = claim.refusal ?? (await refusalNow(transaction, claim));
  await transaction
    .insertInto('starter_credits')
    .values({
      id: claim.id,
      organization_id: claim.organizationId,
      name: claim.name,
      person_digest: claim.personDigest,
      state: (refusal === undefined ? 'waiting' : 'refused') satisfies StarterState,
      refusal: orNull(refusal),
      amount_nano: sql<number>`CAST(${claim.amountNano.toString()} AS BIGINT)`,
      expires_at: orNull(claim.expiresAt),
      created_at: claim.createdAt,
    })
    .execute();
}

async function refusalNow(
  transaction: Transaction<Schema>,
  { personDigest, dayStart, perDayMax }: StarterClaim,
): Promise<StarterRefusal | undefined> {
  const before = await transaction
    .selectFrom('starter_credits')
    .select('id')
    .where('person_digest', '=', personDigest)
    .where('state', '<>', 'refused')
    .executeTakeFirst();
  if (before !== undefined) return 'had_before';
  const { count } = await transaction
    .selectFrom('starter_credits')
    .select((row) => row.fn.countAll().as('count'))
    .where('created_at', '>=', dayStart)
    .where('state', '<>', 'refused')
    .executeTakeFirstOrThrow();
  return wholeNumber(count) >= perDayMax ? 'day_is_full' : undefined;
}

/** Words of closed unions were written from the same types. */
function toStarterCredit(row: Row): StarterCredit {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    state: row.state as StarterState,
    refusal: orUndefined(row.refusal) as StarterRefusal | undefined,
    amountNano: nanoCredits(BigInt(row.amount_nano ?? 0)),
    expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
    createdAt: Number(row.created_at),
  };
}
