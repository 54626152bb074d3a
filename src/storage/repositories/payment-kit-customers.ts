import { sql } from 'kysely';
import { nanoCredits } from '../../kernel/money.ts';
import type { KitCustomer, KitCustomerStore } from '../../payments/kit-ports.ts';
import type { StoreDatabase } from '../database.ts';
import { timeOrUndefined } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import type { Reading } from './within-organization.ts';

type Row = {
  readonly place: string;
  readonly organization_id: string;
  readonly customer_id: string;
  readonly did: string;
  readonly untold: string | null;
  readonly next_check_at: number;
  readonly checks: number;
  readonly checked_at: number | null;
};

/** Organizations as Payment Kit knows them. */
export function createKitCustomerStore(database: StoreDatabase): KitCustomerStore {
  return {
    get: ({ organizationId }, place) =>
      database.within(organizationId).read(async (reading) => {
        const row = await selectCustomers(reading)
          .where('c.organization_id', '=', organizationId)
          .where('c.place', '=', place)
          .executeTakeFirst();
        return row && toCustomer(row);
      }),
    ofCustomer: (place, customerId) =>
      database.read(async (reading) => {
        const row = await selectCustomers(reading)
          .where('c.place', '=', place)
          .where('c.customer_id', '=', customerId)
          .executeTakeFirst();
        return row && toCustomer(row);
      }),
    link: (customer) => link(database, customer),
    due: (place, now, limit) =>
      database.read(async (reading) => {
        const rows = await selectCustomers(reading)
          .where('c.place', '=', place)
          .where('c.next_check_at', '<=', now)
          .orderBy('c.next_check_at')
          .orderBy('c.organization_id')
          .limit(limit)
          .execute();
        return rows.map(toCustomer);
      }),
    postpone: ({ organizationId }, place, { nextCheckAt, checks }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_customers')
          .set({ next_check_at: nextCheckAt, checks })
          .where('organization_id', '=', organizationId)
          .where('place', '=', place)
          .execute();
      }),
    noteChecked: ({ organizationId }, place, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_customers')
          .set({ checked_at: at })
          .where('organization_id', '=', organizationId)
          .where('place', '=', place)
          .execute();
      }),
    checkAll: (place, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_customers')
          .set({ next_check_at: at, checks: 0 })
          .where('place', '=', place)
          .execute();
      }),
    list: (place, { limit, afterId }) =>
      database.read(async (reading) => {
        const rows = await selectCustomers(reading)
          .innerJoin('organizations as o', 'o.id', 'c.organization_id')
          .select('o.name as organization_name')
          .where('c.place', '=', place)
          .$if(afterId !== undefined, (query) => query.where('c.organization_id', '>', afterId ?? ''))
          .orderBy('c.organization_id')
          .limit(limit)
          .execute();
        return rows.map((row) => ({ ...toCustomer(row), organizationName: row.organization_name }));
      }),
  };
}

function link(database: StoreDatabase, customer: KitCustomer): Promise<boolean> {
  const { place, organizationId, customerId, did, nextCheckAt, checks } = customer;
  return database.write(async (transaction) => {
    const taken = await transaction
      .selectFrom('payment_kit_customers')
      .select('organization_id')
      .where('place', '=', place)
      .where('customer_id', '=', customerId)
      .executeTakeFirst();
    if (taken !== undefined && taken.organization_id !== organizationId) return false;
    const { numInsertedOrUpdatedRows = 0n } = await transaction
      .insertInto('payment_kit_customers')
      .values({
        place,
        organization_id: organizationId,
        customer_id: customerId,
        did,
        untold_nano: 0,
        next_check_at: nextCheckAt,
        checks,
      })
      // Somebody else may have just become that customer: then nothing is written.
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows > 0n) return true;
    const { numUpdatedRows } = await transaction
      .updateTable('payment_kit_customers')
      .set({ customer_id: customerId, did, next_check_at: nextCheckAt, checks })
      .where('place', '=', place)
      .where('organization_id', '=', organizationId)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  });
}

export function selectCustomers(reading: Reading) {
  return reading
    .selectFrom('payment_kit_customers as c')
    .select(['c.place', 'c.organization_id', 'c.customer_id', 'c.did', 'c.next_check_at', 'c.checks', 'c.checked_at'])
    .select(exactText(sql.ref('c.untold_nano')).as('untold'));
}

export function toCustomer(row: Row): KitCustomer {
  return {
    place: row.place,
    organizationId: row.organization_id,
    customerId: row.customer_id,
    did: row.did,
    untoldNano: nanoCredits(BigInt(row.untold ?? 0)),
    nextCheckAt: Number(row.next_check_at),
    checks: Number(row.checks),
    checkedAt: timeOrUndefined(row.checked_at),
  };
}
