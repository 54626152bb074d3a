import { type RawBuilder, sql, type Transaction } from 'kysely';
import { minorUnits, nanoCredits } from '../../kernel/money.ts';
import type { AutoTopUpStore, TopUpBeginning } from '../../payments/ports.ts';
import type { AutoTopUp, PaymentMethodName, PaymentMode, Purchase, TopUpStop } from '../../protocol/payments.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, flag, isSet, orNull, orUndefined } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { AutoTopUpTable } from '../payment-schema.ts';
import type { Schema } from '../schema.ts';
import { toColumns as toPurchaseColumns } from './purchases.ts';

const AMOUNTS = ['below_nano', 'amount_minor', 'day_most_minor'] as const;
type Row = Omit<AutoTopUpTable, (typeof AMOUNTS)[number]> & {
  readonly [Name in (typeof AMOUNTS)[number]]: string | null;
};
const COLUMNS = [
  'organization_id',
  'method',
  'mode',
  'enabled',
  'currency',
  'setup_session_id',
  'customer_id',
  'card_id',
  'card_label',
  'stopped_by',
  'set_by',
  'updated_at',
  'revision',
] as const;

type Reading = Parameters<Parameters<StoreDatabase['read']>[0]>[0];

/** What organizations have the hub buy by itself. */
export function createAutoTopUpStore(database: StoreDatabase): AutoTopUpStore {
  return {
    get: ({ organizationId }) =>
      database.within(organizationId).read(async (reading) => {
        const row = await select(reading).where('t.organization_id', '=', organizationId).executeTakeFirst();
        return row && toAutoTopUp(row);
      }),
    put: (topUp, ifRevision) => put(database, topUp, ifRevision),
    stop: (organizationId, { cardId, stoppedBy }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('auto_top_ups')
          .set({ stopped_by: stoppedBy, revision: sql<number>`revision + 1` })
          .where('organization_id', '=', organizationId)
          .where('card_id', '=', cardId)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    low: (now, limit) =>
      database.read(async (reading) => {
        const rows = await lowAt(reading, now).orderBy('t.organization_id').limit(limit).execute();
        return rows.map(toAutoTopUp);
      }),
    isLow: (organizationId, now) =>
      database.read(async (reading) => {
        const row = await lowAt(reading, now).where('t.organization_id', '=', organizationId).executeTakeFirst();
        return row !== undefined;
      }),
    begin: (purchase, dayBegan) =>
      database.write((transaction) => begin(transaction, database.engine, { purchase, dayBegan })),
    lastBegun: ({ organizationId }) =>
      database.within(organizationId).read(async (reading) => {
        // Ids that the hub made sort by the time of their making.
        const row = await reading
          .selectFrom('purchases')
          .select('id')
          .where('organization_id', '=', organizationId)
          .where('cause', '=', 'top_up')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row?.id;
      }),
    drop: (purchaseId) =>
      database.write(async (transaction) => {
        await transaction
          .deleteFrom('purchases')
          .where('id', '=', purchaseId)
          .where('cause', '=', 'top_up')
          .where('state', '=', 'open')
          .where('payment_id', 'is', null)
          .execute();
      }),
  };
}

function put(database: StoreDatabase, topUp: AutoTopUp, ifRevision: number | undefined): Promise<boolean> {
  return database.write(async (transaction) => {
    const columns = toColumns(topUp);
    if (ifRevision === undefined) {
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('auto_top_ups')
        .values(columns)
        .onConflict((conflict) => conflict.column('organization_id').doNothing())
        .executeTakeFirstOrThrow();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    }
    const { numUpdatedRows } = await transaction
      .updateTable('auto_top_ups')
      .set(columns)
      .where('organization_id', '=', topUp.organizationId)
      .where('revision', '=', ifRevision)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  });
}

async function begin(
  transaction: Transaction<Schema>,
  engine: Engine,
  { purchase, dayBegan }: { readonly purchase: Purchase; readonly dayBegan: number },
): Promise<TopUpBeginning> {
  const { organizationId, currency, amountMinor } = purchase;
  // Those who come at once wait for each other here; on SQLite the transaction does that.
  if (engine === 'postgres') {
    await sql`SELECT organization_id FROM auto_top_ups WHERE organization_id = ${organizationId} FOR UPDATE`.execute(
      transaction,
    );
  }
  const row = await select(transaction).where('t.organization_id', '=', organizationId).executeTakeFirst();
  const topUp = row && toAutoTopUp(row);
  if (topUp === undefined || !topUp.enabled || topUp.stoppedBy !== undefined) return 'off';
  if (topUp.card?.cardId !== purchase.card?.cardId || topUp.amountMinor !== amountMinor) return 'off';
  const { under_way: underWay, paid } = await transaction
    .selectFrom('purchases')
    .select([
      sql<number>`COUNT(CASE WHEN state = 'open' OR (state = 'paid' AND granted = 0) THEN 1 END)`.as('under_way'),
      exactText(
        sql`COALESCE(SUM(CASE WHEN state = 'paid' AND currency = ${currency} AND created_at > ${dayBegan} THEN amount_minor ELSE 0 END), 0)`,
      ).as('paid'),
    ])
    .where('organization_id', '=', organizationId)
    .where('cause', '=', 'top_up')
    .executeTakeFirstOrThrow();
  if (Number(underWay) > 0) return 'busy';
  if (BigInt(paid ?? 0) + amountMinor > topUp.dayMostMinor) return 'capped';
  await transaction.insertInto('purchases').values(toPurchaseColumns(purchase)).execute();
  return 'begun';
}

function select(reading: Reading | Transaction<Schema>) {
  return reading
    .selectFrom('auto_top_ups as t')
    .select(COLUMNS.map((name) => `t.${name}` as const))
    .select(AMOUNTS.map((name) => exactText(sql.ref(`t.${name}`)).as(name)));
}

/** Those that are on and have a card, whose organization's account has less than it is to have. */
function lowAt(reading: Reading, now: number) {
  return select(reading)
    .where('t.enabled', '=', 1)
    .where('t.card_id', 'is not', null)
    .where('t.stopped_by', 'is', null)
    .where(sql<boolean>`t.below_nano > COALESCE((
      SELECT SUM(g.remaining_nano - g.held_nano) FROM ledger_grants AS g
      WHERE g.account_id = 'organization/' || t.organization_id AND g.remaining_nano > 0
        AND (g.expires_at IS NULL OR g.expires_at > ${now})), 0)`);
}

function exact(amount: bigint): RawBuilder<number> {
  return sql<number>`CAST(${amount.toString()} AS BIGINT)`;
}

function toColumns(topUp: AutoTopUp) {
  return {
    organization_id: topUp.organizationId,
    method: topUp.method,
    mode: topUp.mode,
    enabled: flag(topUp.enabled),
    below_nano: exact(topUp.belowNano),
    currency: topUp.currency,
    amount_minor: exact(topUp.amountMinor),
    day_most_minor: exact(topUp.dayMostMinor),
    setup_session_id: orNull(topUp.setupSessionId),
    customer_id: orNull(topUp.card?.customerId),
    card_id: orNull(topUp.card?.cardId),
    card_label: orNull(topUp.card?.label),
    stopped_by: orNull(topUp.stoppedBy),
    set_by: orNull(topUp.setBy),
    updated_at: topUp.updatedAt,
    revision: topUp.revision,
  };
}

/** Words of closed unions were written from the same types. */
function toAutoTopUp(row: Row): AutoTopUp {
  const { customer_id: customerId, card_id: cardId, card_label: label } = row;
  return {
    organizationId: row.organization_id,
    method: row.method as PaymentMethodName,
    mode: row.mode as PaymentMode,
    enabled: isSet(row.enabled),
    belowNano: nanoCredits(BigInt(row.below_nano ?? 0)),
    currency: row.currency,
    amountMinor: minorUnits(BigInt(row.amount_minor ?? 0)),
    dayMostMinor: minorUnits(BigInt(row.day_most_minor ?? 0)),
    setupSessionId: orUndefined(row.setup_session_id),
    card: customerId === null || cardId === null ? undefined : { customerId, cardId, label: label ?? '' },
    stoppedBy: orUndefined(row.stopped_by) as TopUpStop | undefined,
    setBy: orUndefined(row.set_by),
    updatedAt: Number(row.updated_at),
    revision: Number(row.revision),
  };
}
