import { type SelectQueryBuilder, sql } from 'kysely';
import { type MinorUnits, minorUnits, type NanoCredits, NO_MINOR, nanoCredits } from '../../kernel/money.ts';
import type { PurchaseStore } from '../../payments/ports.ts';
import type {
  PaymentMethodName,
  PaymentMode,
  Purchase,
  PurchaseCause,
  PurchaseState,
} from '../../protocol/payments.ts';
import type { StoreDatabase } from '../database.ts';
import { flag, isSet, orNull, orUndefined, timeOrUndefined } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { PurchaseTable } from '../payment-schema.ts';
import type { Schema } from '../schema.ts';

const AMOUNTS = [
  'amount_minor',
  'credits_nano',
  'returned_minor',
  'refunded_minor',
  'noted_minor',
  'reversed_nano',
] as const;
type Amount = (typeof AMOUNTS)[number];
type Row = Omit<PurchaseTable, Amount> & { readonly [Name in Amount]: string | null };

const COLUMNS = [
  'id',
  'organization_id',
  'cause',
  'method',
  'mode',
  'name',
  'currency',
  'state',
  'session_id',
  'customer_id',
  'card_id',
  'payment_id',
  'grant_id',
  'grant_expires_at',
  'granted',
  'reversals',
  'buyer_id',
  'created_at',
  'paid_at',
  'next_check_at',
  'checks',
] as const satisfies readonly (keyof PurchaseTable)[];

/** Credit that organizations buy, in the store. */
export function createPurchaseStore(database: StoreDatabase): PurchaseStore {
  return { ...writings(database), ...readings(database), ...ofOneOrganization(database) };
}

function writings(
  database: StoreDatabase,
): Pick<PurchaseStore, 'insert' | 'noteSession' | 'settle' | 'noteGranted' | 'noteReversed' | 'postpone'> {
  return {
    insert: (purchase) =>
      database.write(async (transaction) => {
        await transaction.insertInto('purchases').values(toColumns(purchase)).execute();
      }),
    noteSession: (id, sessionId) =>
      database.write(async (transaction) => {
        await transaction.updateTable('purchases').set({ session_id: sessionId }).where('id', '=', id).execute();
      }),
    settle: (id, { state, paymentId, returnedMinor, refundedMinor = NO_MINOR, at, nextCheckAt }) =>
      database.write(async (transaction) => {
        const isPaid = sql`(state = 'paid' OR ${state} = 'paid')`;
        await transaction
          .updateTable('purchases')
          .set({
            state: sql<string>`CASE WHEN ${isPaid} THEN 'paid' ELSE CAST(${state} AS TEXT) END`,
            paid_at: sql<number>`CASE WHEN ${isPaid} THEN COALESCE(paid_at, CAST(${at} AS BIGINT)) END`,
            payment_id: sql<string>`COALESCE(CAST(${orNull(paymentId)} AS TEXT), payment_id)`,
            returned_minor: exact(returnedMinor),
            refunded_minor: exact(refundedMinor),
            next_check_at: orNull(nextCheckAt),
            checks: nextCheckAt === undefined ? 0 : sql<number>`checks + 1`,
          })
          .where('id', '=', id)
          .execute();
        const row = await select(transaction).where('t.id', '=', id).executeTakeFirst();
        return row && toPurchase(row);
      }),
    noteGranted: (id) =>
      database.write(async (transaction) => {
        await transaction.updateTable('purchases').set({ granted: 1 }).where('id', '=', id).execute();
      }),
    noteReversed: (id, { number, totalNano }) =>
      database.write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('purchases')
          .set({ reversed_nano: exact(totalNano), reversals: number + 1 })
          .where('id', '=', id)
          .where('reversals', '=', number)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    postpone: (id, nextCheckAt) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('purchases')
          .set({
            next_check_at: orNull(nextCheckAt),
            checks: nextCheckAt === undefined ? 0 : sql<number>`checks + 1`,
          })
          .where('id', '=', id)
          .execute();
      }),
  };
}

function readings(database: StoreDatabase): Pick<PurchaseStore, 'find' | 'findByPayment' | 'due' | 'listAll'> {
  return {
    find: (id) =>
      database.read(async (reading) => {
        const row = await select(reading).where('t.id', '=', id).executeTakeFirst();
        return row && toPurchase(row);
      }),
    findByPayment: (method, paymentId) =>
      database.read(async (reading) => {
        const row = await select(reading)
          .where('t.payment_id', '=', paymentId)
          .where('t.method', '=', method)
          .executeTakeFirst();
        return row && toPurchase(row);
      }),
    due: (now, limit) =>
      database.read(async (reading) => {
        const paid = await select(reading)
          .where('t.state', '=', 'paid')
          .where('t.granted', '=', 0)
          .orderBy('t.id')
          .limit(limit)
          .execute();
        const due = await select(reading)
          .where('t.next_check_at', '<=', now)
          .orderBy('t.next_check_at')
          .limit(limit)
          .execute();
        const toNote = await select(reading)
          .whereRef('t.refunded_minor', '<>', 't.noted_minor')
          .orderBy('t.id')
          .limit(limit)
          .execute();
        const rows = new Map([...paid, ...toNote, ...due].map((row) => [row.id, row]));
        return [...rows.values()].slice(0, limit).map(toPurchase);
      }),
    listAll: ({ organizationId, state }, { limit, afterId }) =>
      database.read(async (reading) => {
        const rows = await select(reading)
          .innerJoin('organizations as o', 'o.id', 't.organization_id')
          .select('o.name as organization_name')
          .$if(organizationId !== undefined, (query) => query.where('t.organization_id', '=', organizationId ?? ''))
          .$if(state !== undefined, (query) => query.where('t.state', '=', state ?? ''))
          // Ids that the hub made sort by the time of their making.
          .$if(afterId !== undefined, (query) => query.where('t.id', '<', afterId ?? ''))
          .orderBy('t.id', 'desc')
          .limit(limit)
          .execute();
        return rows.map((row) => ({ ...toPurchase(row), organizationName: row.organization_name }));
      }),
  };
}

function ofOneOrganization(database: StoreDatabase): Pick<PurchaseStore, 'list' | 'get'> {
  return {
    list: ({ organizationId }, { limit, afterId }) =>
      database.within(organizationId).read(async (reading) => {
        const rows = await select(reading)
          .where('t.organization_id', '=', organizationId)
          .$if(afterId !== undefined, (query) => query.where('t.id', '<', afterId ?? ''))
          .orderBy('t.id', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toPurchase);
      }),
    get: ({ organizationId }, id) =>
      database.within(organizationId).read(async (reading) => {
        const row = await select(reading)
          .where('t.organization_id', '=', organizationId)
          .where('t.id', '=', id)
          .executeTakeFirst();
        return row && toPurchase(row);
      }),
  };
}

type Reading = Parameters<Parameters<StoreDatabase['read']>[0]>[0];

function select(reading: Reading): SelectQueryBuilder<Schema & { t: PurchaseTable }, 't', Row> {
  return reading
    .selectFrom('purchases as t')
    .select(COLUMNS.map((name) => `t.${name}` as const))
    .select(AMOUNTS.map((name) => exactText(sql.ref(`t.${name}`)).as(name)));
}

function exact(amount: MinorUnits | NanoCredits) {
  return sql<number>`CAST(${amount.toString()} AS BIGINT)`;
}

export function toColumns(purchase: Purchase) {
  return {
    id: purchase.id,
    organization_id: purchase.organizationId,
    cause: purchase.cause,
    method: purchase.method,
    mode: purchase.mode,
    name: purchase.name,
    currency: purchase.currency,
    amount_minor: exact(purchase.amountMinor),
    credits_nano: exact(purchase.creditsNano),
    state: purchase.state,
    session_id: orNull(purchase.sessionId),
    customer_id: orNull(purchase.card?.customerId),
    card_id: orNull(purchase.card?.cardId),
    payment_id: orNull(purchase.paymentId),
    grant_id: purchase.grantId,
    grant_expires_at: orNull(purchase.grantExpiresAt),
    granted: flag(purchase.isGranted),
    returned_minor: exact(purchase.returnedMinor),
    refunded_minor: exact(purchase.refundedMinor),
    noted_minor: exact(purchase.notedMinor),
    reversed_nano: exact(purchase.reversedNano),
    reversals: purchase.reversals,
    buyer_id: orNull(purchase.buyerId),
    created_at: purchase.createdAt,
    paid_at: orNull(purchase.paidAt),
    next_check_at: orNull(purchase.nextCheckAt),
    checks: purchase.checks,
  };
}

/** Words of closed unions were written from the same types. */
function toPurchase(row: Row): Purchase {
  return {
    id: row.id,
    organizationId: row.organization_id,
    cause: row.cause as PurchaseCause,
    method: row.method as PaymentMethodName,
    mode: row.mode as PaymentMode,
    name: row.name,
    currency: row.currency,
    amountMinor: minorUnits(BigInt(row.amount_minor ?? 0)),
    creditsNano: nanoCredits(BigInt(row.credits_nano ?? 0)),
    state: row.state as PurchaseState,
    sessionId: orUndefined(row.session_id),
    paymentId: orUndefined(row.payment_id),
    card:
      row.customer_id === null || row.card_id === null
        ? undefined
        : { customerId: row.customer_id, cardId: row.card_id },
    grantId: row.grant_id,
    grantExpiresAt: timeOrUndefined(row.grant_expires_at),
    isGranted: isSet(row.granted),
    returnedMinor: minorUnits(BigInt(row.returned_minor ?? 0)),
    refundedMinor: minorUnits(BigInt(row.refunded_minor ?? 0)),
    notedMinor: minorUnits(BigInt(row.noted_minor ?? 0)),
    reversedNano: nanoCredits(BigInt(row.reversed_nano ?? 0)),
    reversals: Number(row.reversals),
    buyerId: orUndefined(row.buyer_id),
    createdAt: Number(row.created_at),
    paidAt: timeOrUndefined(row.paid_at),
    nextCheckAt: timeOrUndefined(row.next_check_at),
    checks: Number(row.checks),
  };
}
