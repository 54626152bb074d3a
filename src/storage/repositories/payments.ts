import type { Selectable } from 'kysely';
import type { PaymentAccountStore, PaymentEventStore } from '../../payments/ports.ts';
import type { EventOutcome, PaymentAccount, PaymentMode, PaymentServiceName } from '../../protocol/payments.ts';
import type { StoreDatabase } from '../database.ts';
import { flag, isSet, orNull, orUndefined } from '../engine.ts';
import type { PaymentAccountTable } from '../payment-schema.ts';
import { keyVersionOf } from './credentials.ts';

/** How the hub is known to the services that take payments. */
export function createPaymentAccountStore(database: StoreDatabase): PaymentAccountStore {
  return {
    get: (method) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('payment_accounts')
          .selectAll()
          .where('id', '=', method)
          .executeTakeFirst();
        return row && toAccount(method, row);
      }),
    put: (account, ifRevision) =>
      database.write(async (transaction) => {
        const columns = toColumns(account);
        if (ifRevision === undefined) {
          const { numInsertedOrUpdatedRows } = await transaction
            .insertInto('payment_accounts')
            .values(columns)
            .onConflict((conflict) => conflict.column('id').doNothing())
            .executeTakeFirstOrThrow();
          return (numInsertedOrUpdatedRows ?? 0n) > 0n;
        }
        const { numUpdatedRows } = await transaction
          .updateTable('payment_accounts')
          .set(columns)
          .where('id', '=', account.method)
          .where('revision', '=', ifRevision)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    remove: (method) =>
      database.write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('payment_accounts')
          .where('id', '=', method)
          .executeTakeFirstOrThrow();
        return numDeletedRows > 0n;
      }),
  };
}

/** Messages of services that were acted on, each once. */
export function createPaymentEventStore(database: StoreDatabase): PaymentEventStore {
  return {
    has: (method, eventId) =>
      database.read(async (reading) => {
        const row = await reading
          .selectFrom('payment_events')
          .select('id')
          .where('method', '=', method)
          .where('event_id', '=', eventId)
          .executeTakeFirst();
        return row !== undefined;
      }),
    add: (event) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto('payment_events')
          .values({
            id: event.id,
            method: event.method,
            event_id: event.eventId,
            type: event.type,
            mode: event.mode,
            purchase_id: orNull(event.purchaseId),
            outcome: event.outcome,
            received_at: event.receivedAt,
          })
          .onConflict((conflict) => conflict.columns(['method', 'event_id']).doNothing())
          .execute();
      }),
    list: ({ limit, afterId }) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('payment_events')
          .selectAll()
          // Ids that the hub made sort by the time of their making.
          .$if(afterId !== undefined, (query) => query.where('id', '<', afterId ?? ''))
          .orderBy('id', 'desc')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          id: row.id,
          // Words of closed unions were written from the same types.
          method: row.method as PaymentServiceName,
          eventId: row.event_id,
          type: row.type,
          mode: row.mode as PaymentMode,
          purchaseId: orUndefined(row.purchase_id),
          outcome: row.outcome as EventOutcome,
          receivedAt: Number(row.received_at),
        }));
      }),
  };
}

function toColumns(account: PaymentAccount<PaymentServiceName>): PaymentAccountTable {
  return {
    id: account.method,
    mode: account.mode,
    enabled: flag(account.enabled),
    sealed: account.sealed,
    key_version: keyVersionOf(account.sealed),
    address: account.address,
    masked_key: account.maskedKey,
    settings: orNull(account.settings),
    updated_at: account.updatedAt,
    revision: account.revision,
  };
}

function toAccount<Name extends PaymentServiceName>(
  method: Name,
  row: Selectable<PaymentAccountTable>,
): PaymentAccount<Name> {
  return {
    method,
    mode: row.mode as PaymentMode,
    enabled: isSet(row.enabled),
    sealed: row.sealed,
    address: row.address,
    maskedKey: row.masked_key,
    settings: orUndefined(row.settings),
    updatedAt: Number(row.updated_at),
    revision: Number(row.revision),
  };
}
