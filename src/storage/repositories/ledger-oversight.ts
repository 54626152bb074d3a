import { type RawBuilder, sql, type Transaction } from 'kysely';
import { addCredits, NO_CREDITS, nanoCredits } from '../../kernel/money.ts';
import type {
  AnyAccount,
  ChargeReview,
  LedgerPage,
  ReviewCause,
  ReviewedCharge,
  ReviewFilter,
  ReviewStore,
} from '../../ledger/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, nowMsSql, orNull, orUndefined } from '../engine.ts';
import { ledgerColumns } from '../exact-columns.ts';
import { CHARGE_COLUMNS, type ReadRow, toCharge } from '../ledger-rows.ts';
import type { Schema } from '../schema.ts';
import { ACCOUNT_NAME, NAMES_OF_ACCOUNTS, type NamedAccount, withBalances } from './ledger-balances.ts';

/** What an operator sees of all organizations' credit. */

/** As the index has it that holds those to be looked at. */
const TO_REVIEW = sql`(t.state IN ('estimated', 'presumed') OR t.overrun_nano > 0)`;
const OF_CAUSE: Readonly<Record<ReviewCause, RawBuilder<unknown>>> = {
  estimated: sql`t.state = 'estimated'`,
  presumed: sql`t.state = 'presumed'`,
  overrun: sql`t.overrun_nano > 0`,
};

type Asked = { readonly engine: Engine; readonly text: string | undefined; readonly page: LedgerPage };

/** In the order of what can be had, which a double tells apart well enough; what is shown of it is exact. */
export async function anyAccounts(
  view: Transaction<Schema>,
  { engine, text, page: { limit, afterId } }: Asked,
): Promise<readonly AnyAccount[]> {
  const now = sql.raw(nowMsSql(engine));
  const { rows } = await sql<NamedAccount & { readonly organization_name: string }>`
    WITH free AS (
      SELECT a.id, COALESCE(SUM(CASE WHEN g.expires_at <= ${now} THEN 0
        ELSE CAST(g.remaining_nano - g.held_nano AS DOUBLE PRECISION) END), 0) AS nano
      FROM ledger_accounts AS a LEFT JOIN ledger_grants AS g ON g.account_id = a.id AND g.remaining_nano > 0
      GROUP BY a.id
    )
    SELECT t.id, t.organization_id, ${ACCOUNT_NAME} AS name, owner.name AS organization_name
    FROM free JOIN ledger_accounts AS t ON t.id = free.id
    JOIN organizations AS owner ON owner.id = t.organization_id ${NAMES_OF_ACCOUNTS}
    WHERE ${text === undefined ? sql`1 = 1` : holding(text)} AND ${
      afterId === undefined
        ? sql`1 = 1`
        : sql`(free.nano, t.id) > ((SELECT nano FROM free WHERE id = ${afterId}), ${afterId})`
    }
    ORDER BY free.nano, t.id LIMIT ${limit}`.execute(view);
  const nameOf = new Map(rows.map(({ id, organization_name }) => [id, organization_name]));
  const balances = await withBalances(view, engine, rows);
  return balances.map((account) => ({ ...account, organizationName: nameOf.get(account.id) ?? '' }));
}

function holding(text: string): RawBuilder<unknown> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  const columns = [sql`t.id`, sql`t.organization_id`, ACCOUNT_NAME, sql`owner.name`];
  return sql`(${sql.join(
    columns.map((column) => sql`LOWER(${column}) LIKE ${pattern} ESCAPE '\\'`),
    sql` OR `,
  )})`;
}

type ReviewRow = ReadRow<Schema['ledger_charges']> & {
  readonly organization_name: string;
  readonly reviewed_at: number | null;
  readonly reviewer_id: string | null;
  readonly note: string | null;
};

/** Newest first. */
export async function chargesToReview(
  view: Transaction<Schema>,
  { cause, organizationId, isReviewed }: ReviewFilter,
  { limit, afterId }: LedgerPage,
): Promise<readonly ReviewedCharge[]> {
  const conditions = [
    TO_REVIEW,
    ...(cause === undefined ? [] : [OF_CAUSE[cause]]),
    ...(organizationId === undefined ? [] : [sql`t.organization_id = ${organizationId}`]),
    ...(isReviewed === undefined ? [] : [isReviewed ? sql`r.charge_id IS NOT NULL` : sql`r.charge_id IS NULL`]),
    // Ids that the hub made sort by the time of their making.
    ...(afterId === undefined ? [] : [sql`t.id < ${afterId}`]),
  ];
  const { rows } = await sql<ReviewRow>`SELECT ${ledgerColumns(CHARGE_COLUMNS, 't')}, owner.name AS organization_name,
      r.at AS reviewed_at, r.actor_id AS reviewer_id, r.note
    FROM ledger_charges AS t JOIN organizations AS owner ON owner.id = t.organization_id
    LEFT JOIN ledger_reviews AS r ON r.charge_id = t.id
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY t.id DESC LIMIT ${limit}`.execute(view);
  const refunded = await refundedOf(view, rows);
  return rows.map((row) => ({
    ...toCharge(row),
    organizationName: row.organization_name,
    refundedNano: refunded.get(row.id) ?? NO_CREDITS,
    review: row.reviewed_at === null ? undefined : toReview(row, Number(row.reviewed_at)),
  }));
}

function toReview(row: ReviewRow, at: number): ChargeReview {
  const { id: chargeId, organization_id: organizationId } = row;
  return { chargeId, organizationId, at, actorId: orUndefined(row.reviewer_id), note: orUndefined(row.note) };
}

/** Every account gets the same back: that of the organization stands for all. */
async function refundedOf(view: Transaction<Schema>, charges: readonly ReviewRow[]) {
  const refunded = new Map<string, ReturnType<typeof nanoCredits>>();
  if (charges.length === 0) return refunded;
  const { rows } = await sql<{ readonly charge_id: string; readonly amount: string }>`
    SELECT charge_id, CAST(amount_nano AS TEXT) AS amount FROM ledger_entries
    WHERE kind IN ('refund', 'correction') AND account_id LIKE 'organization/%'
      AND charge_id IN (${sql.join(charges.map(({ id }) => id))})`.execute(view);
  for (const { charge_id: id, amount } of rows) {
    refunded.set(id, addCredits(refunded.get(id) ?? NO_CREDITS, nanoCredits(BigInt(amount))));
  }
  return refunded;
}

/** Who has looked at which charge. */
export function createReviewStore(database: StoreDatabase): ReviewStore {
  return {
    add: ({ chargeId, organizationId, at, actorId, note }) =>
      database.write(async (transaction) => {
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto('ledger_reviews')
          .values({
            charge_id: chargeId,
            organization_id: organizationId,
            at,
            actor_id: orNull(actorId),
            note: orNull(note),
          })
          .onConflict((conflict) => conflict.column('charge_id').doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows > 0n;
      }),
  };
}
