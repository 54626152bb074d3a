import { type RawBuilder, sql } from 'kysely';
import { addCredits, type NanoCredits, NO_CREDITS, nanoCredits, negateCredits } from '../../kernel/money.ts';
import {
  type KitBacklog,
  type KitMovement,
  type KitTelling,
  type KitUsage,
  type KitUsageStore,
  kitReferences,
} from '../../payments/kit-ports.ts';
import type { OrganizationScope } from '../../protocol/tenant.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, orUndefined, stringList, timeOrUndefined, wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { statementParts } from '../statement-parts.ts';
import { listOf } from './listed-rows.ts';
import { selectCustomers, toCustomer } from './payment-kit-customers.ts';
import type { Reading, Writing } from './within-organization.ts';

/** What customers used of the credit that Payment Kit sold them, on its way there. */
export function createKitUsageStore(database: StoreDatabase): KitUsageStore {
  const { engine } = database;
  return {
    begin: (place, at) => begin(database, place, at),
    gather: (place, sealsMax, decide) =>
      database.write(async (transaction) => {
        const read = await readSeals(transaction, place, sealsMax);
        if (read === undefined) return false;
        const movements = await movementsOf(transaction, place, amongIds(engine, read.entryIds));
        const customers = await customersOf(transaction, place, movements);
        await writeTelling(transaction, place, decide(movements, customers));
        return read.isMore;
      }),
    ...deliveries(database),
    left: (place, { organizationId }) =>
      database.within(organizationId).read(async (reading) => {
        const { rows } = await sql<{ nano: string }>`
          SELECT CAST(g.remaining_nano AS TEXT) AS nano FROM ledger_grants AS g
          JOIN owed_grants AS w ON w.id = g.id AND ${isFrom(place)}
          WHERE g.organization_id = ${organizationId} AND w.organization_id = ${organizationId}`.execute(reading);
        return rows.reduce<NanoCredits>((sum, { nano }) => addCredits(sum, nanoCredits(BigInt(nano))), NO_CREDITS);
      }),
    backlog: (place, scope) => database.read((reading) => backlogOf(reading, place, scope)),
  };
}

async function begin(database: StoreDatabase, place: string, at: number): Promise<number> {
  const find = (reading: Reading) =>
    reading.selectFrom('payment_kit_places').select('began_at').where('id', '=', place).executeTakeFirst();
  const there = await database.read(find);
  if (there !== undefined) return Number(there.began_at);
  return database.write(async (transaction) => {
    await sql`
      INSERT INTO payment_kit_places (id, seal, began_at)
      SELECT ${place}, COALESCE(MAX(number), 0), CAST(${at} AS BIGINT) FROM ledger_seals WHERE true
      ON CONFLICT (id) DO NOTHING`.execute(transaction);
    return Number((await find(transaction))?.began_at ?? at);
  });
}

type Read = { readonly entryIds: readonly string[]; readonly isMore: boolean };

/** The entries of the next seals, which are read from now on. */
async function readSeals(transaction: Writing, place: string, sealsMax: number): Promise<Read | undefined> {
  // Taken first: whoever else gathers waits here, and then begins after it.
  const { numUpdatedRows } = await transaction
    .updateTable('payment_kit_places')
    .set({ seal: sql<number>`seal` })
    .where('id', '=', place)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return undefined;
  const { seal } = await transaction
    .selectFrom('payment_kit_places')
    .select('seal')
    .where('id', '=', place)
    .executeTakeFirstOrThrow();
  const seals = await transaction
    .selectFrom('ledger_seals')
    .select(['number', 'entry_ids'])
    .where('number', '>', Number(seal))
    .orderBy('number')
    .limit(sealsMax)
    .execute();
  const last = seals.at(-1);
  if (last === undefined) return undefined;
  await transaction.updateTable('payment_kit_places').set({ seal: last.number }).where('id', '=', place).execute();
  return {
    entryIds: seals.flatMap(({ entry_ids }) => stringList(entry_ids) ?? []),
    isMore: seals.length === sealsMax,
  };
}

type EntryRow = { readonly id: string; readonly organization_id: string; readonly amount: string };

/**
 * What entries took of grants that came from there. What expired, was voided or used elsewhere Payment Kit knows by itself.
 */
export async function movementsOf(
  reading: Reading,
  place: string,
  among: RawBuilder<unknown>,
): Promise<readonly KitMovement[]> {
  const { rows } = await sql<EntryRow>`
    SELECT e.id, e.organization_id, ${exactText(sql.ref('e.amount_nano'))} AS amount
    FROM ledger_entries AS e JOIN owed_grants AS w ON w.id = e.grant_id AND ${isFrom(place)}
    WHERE e.id IN (${among}) AND e.kind IN ('charge', 'correction', 'refund', 'withdrawal')
    ORDER BY e.id`.execute(reading);
  return rows.map((row) => ({
    entryId: row.id,
    organizationId: row.organization_id,
    usedNano: negateCredits(nanoCredits(BigInt(row.amount))),
  }));
}

/** Entries of a list, however long it is. */
export function amongIds(engine: Engine, ids: readonly string[]): RawBuilder<unknown> {
  const { table, item } = listOf(
    engine,
    ['TEXT'],
    ids.map((id) => [id]),
  );
  return sql`SELECT ${item(0)} FROM ${table}`;
}

/** Whether the owed grant `w` came from there. */
export function isFrom(place: string) {
  const prefix = kitReferences(place);
  return sql`substr(w.reference, 1, ${sql.lit(prefix.length)}) = ${prefix}`;
}

async function customersOf(transaction: Writing, place: string, movements: readonly KitMovement[]) {
  const ids = [...new Set(movements.map(({ organizationId }) => organizationId))];
  const found = [];
  for (const some of statementParts(ids)) {
    found.push(
      ...(await selectCustomers(transaction)
        .where('c.place', '=', place)
        .where('c.organization_id', 'in', some)
        .execute()),
    );
  }
  return found.map(toCustomer);
}

async function writeTelling(transaction: Writing, place: string, { untold, usage }: KitTelling): Promise<void> {
  for (const { organizationId, untoldNano, checkAt } of untold) {
    await transaction
      .updateTable('payment_kit_customers')
      .set({ untold_nano: exact(untoldNano) })
      .$if(checkAt !== undefined, (query) =>
        query.set({
          next_check_at: sql<number>`CASE WHEN next_check_at < ${checkAt} THEN next_check_at ELSE ${checkAt} END`,
          checks: 0,
        }),
      )
      .where('place', '=', place)
      .where('organization_id', '=', organizationId)
      .execute();
  }
  for (const each of usage) {
    await transaction
      .insertInto('payment_kit_usage')
      .values({
        id: each.identifier,
        place,
        organization_id: each.organizationId,
        customer_id: each.customerId,
        meter: each.meter,
        value_nano: exact(each.valueNano),
        made_at: each.madeAt,
        state: 'waiting',
        tries: each.tries,
        next_try_at: each.nextTryAt,
      })
      .execute();
  }
}

function deliveries(
  database: StoreDatabase,
): Pick<KitUsageStore, 'due' | 'noteDelivered' | 'postpone' | 'postponeDue' | 'hasten'> {
  return {
    due: (place, now, limit) =>
      database.read(async (reading) => {
        const rows = await reading
          .selectFrom('payment_kit_usage as u')
          .selectAll()
          .select(exactText(sql.ref('u.value_nano')).as('value'))
          .where('u.state', '=', 'waiting')
          .where('u.place', '=', place)
          .where('u.next_try_at', '<=', now)
          .orderBy('u.next_try_at')
          .orderBy('u.made_at')
          .orderBy('u.id')
          .limit(limit)
          .execute();
        return rows.map(
          (row): KitUsage => ({
            identifier: row.id,
            place: row.place,
            organizationId: row.organization_id,
            customerId: row.customer_id,
            meter: row.meter,
            valueNano: nanoCredits(BigInt(row.value ?? 0)),
            madeAt: Number(row.made_at),
            tries: Number(row.tries),
            nextTryAt: Number(row.next_try_at),
            deliveredAt: timeOrUndefined(row.delivered_at),
            problem: orUndefined(row.problem),
          }),
        );
      }),
    noteDelivered: (identifier, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_usage')
          .set({ state: 'delivered', delivered_at: at, problem: null })
          .where('id', '=', identifier)
          .execute();
      }),
    postpone: (identifier, { at, problem }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_usage')
          .set({ next_try_at: at, problem, tries: sql<number>`tries + 1` })
          .where('id', '=', identifier)
          .where('state', '=', 'waiting')
          .execute();
      }),
    hasten: (place, now) => hasten(database, place, now),
    postponeDue: (place, now, at) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('payment_kit_usage')
          .set({ next_try_at: at })
          .where('state', '=', 'waiting')
          .where('place', '=', place)
          .where('next_try_at', '<=', now)
          .execute();
      }),
  };
}

function hasten(database: StoreDatabase, place: string, now: number): Promise<void> {
  return database.write(async (transaction) => {
    await transaction
      .updateTable('payment_kit_usage')
      .set({ next_try_at: now })
      .where('state', '=', 'waiting')
      .where('place', '=', place)
      .where('next_try_at', '>', now)
      .execute();
  });
}

async function backlogOf(reading: Reading, place: string, scope: OrganizationScope | undefined): Promise<KitBacklog> {
  const ofScope = scope === undefined ? sql`` : sql` AND organization_id = ${scope.organizationId}`;
  const { rows } = await sql<{
    readonly waiting: number | string;
    readonly nano: string;
    readonly oldest_at: number | string | null;
    readonly problem: string | null;
    readonly delivered_at: number | string | null;
  }>`
    SELECT COUNT(*) AS waiting, CAST(COALESCE(SUM(value_nano), 0) AS TEXT) AS nano, MIN(made_at) AS oldest_at,
      MAX(problem) AS problem,
      (SELECT MAX(delivered_at) FROM payment_kit_usage WHERE place = ${place}${ofScope}) AS delivered_at
    FROM payment_kit_usage WHERE state = 'waiting' AND place = ${place}${ofScope}`.execute(reading);
  const [row] = rows;
  return {
    waiting: wholeNumber(row?.waiting ?? 0),
    waitingNano: nanoCredits(BigInt(row?.nano ?? 0)),
    oldestAt: row?.oldest_at === null || row === undefined ? undefined : Number(row.oldest_at),
    problem: orUndefined(row?.problem ?? null),
    lastDeliveredAt: row?.delivered_at === null || row === undefined ? undefined : Number(row.delivered_at),
  };
}

function exact(amount: NanoCredits) {
  return sql<number>`CAST(${amount.toString()} AS BIGINT)`;
}
