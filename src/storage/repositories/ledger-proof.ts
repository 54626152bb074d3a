import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Difference, LedgerProofStore, LedgerView, Seal, SealStore } from '../../ledger/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { type Engine, nowMsSql, stringList, toJsonText, wholeNumber } from '../engine.ts';
import { ledgerColumns } from '../exact-columns.ts';
import { ENTRY_COLUMNS, HOLD_COLUMNS, type ReadRow, toEntry, toHold } from '../ledger-rows.ts';
import type { Schema } from '../schema.ts';
import { listOf } from './listed-rows.ts';

/** Holds that are read at a time. */
const HOLDS_PAGE = 1000;

/** Seals entries in the order of their ids, one seal after the other. */
export function createSealStore(database: StoreDatabase): SealStore {
  return {
    sealNext: async (limit, digestOf) => {
      // It is asked for all the time, and mostly in vain: then it is one read.
      const first = await database.read((reading) =>
        reading.selectFrom('ledger_unsealed').select('entry_id').limit(1).executeTakeFirst(),
      );
      if (first === undefined) return 0;
      return await database.write(async (transaction) => {
        const waiting = await transaction
          .selectFrom('ledger_unsealed')
          .select('entry_id')
          .orderBy('entry_id')
          .limit(limit)
          .execute();
        const ids = waiting.map(({ entry_id }) => entry_id);
        if (ids.length === 0) return 0;
        const last = await transaction
          .selectFrom('ledger_seals')
          .select(['number', 'digest'])
          .orderBy('number', 'desc')
          .limit(1)
          .executeTakeFirst();
        const number = Number(last?.number ?? 0) + 1;
        const entries = await entriesOf(transaction, database.engine, ids);
        const digest = digestOf({ number, previousDigest: last?.digest ?? '', entries });
        // Of two that seal at once, the second finds the number taken, and nothing of its own is written.
        await transaction
          .insertInto('ledger_seals')
          .values({ number, entry_ids: toJsonText(ids), digest, sealed_at: sql.raw(nowMsSql(database.engine)) })
          .execute();
        const sealed = listed(database.engine, ids);
        await sql`DELETE FROM ledger_unsealed WHERE entry_id IN (${sealed})`.execute(transaction);
        return ids.length;
      });
    },
  };
}

/** What `ledger verify` reads, on one state of the store. */
export function createLedgerProofStore(database: StoreDatabase): LedgerProofStore {
  const { engine } = database;
  return { view: (work) => database.readTogether((view) => work(viewOf(view, engine))) };
}

function viewOf(view: Transaction<Schema>, engine: Engine): LedgerView {
  return {
    unevenGrants: async (limit) => [...(await unevenGrants(view, limit)), ...(await unevenHolds(view, limit))],
    unevenCharges: (limit) => unevenCharges(view, engine, limit),
    sealsAfter: async (number, limit) => {
      const rows = await view
        .selectFrom('ledger_seals')
        .selectAll()
        .where('number', '>', number)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map(
        (row): Seal => ({
          number: Number(row.number),
          entryIds: stringList(row.entry_ids) ?? [],
          digest: row.digest,
          sealedAt: Number(row.sealed_at),
        }),
      );
    },
    entries: (ids) => entriesOf(view, engine, ids),
    counts: async () => {
      const { rows } = await sql<{ entries: number | string; unsealed: number | string }>`SELECT
        (SELECT COUNT(*) FROM ledger_entries) AS entries, (SELECT COUNT(*) FROM ledger_unsealed) AS unsealed`.execute(
        view,
      );
      return { entries: wholeNumber(rows[0]?.entries ?? 0), unsealed: wholeNumber(rows[0]?.unsealed ?? 0) };
    },
  };
}

async function unevenGrants(view: Transaction<Schema>, limit: number): Promise<readonly Difference[]> {
  const { rows } = await sql<{ id: string; remaining: string; posted: string }>`
    SELECT g.id, CAST(g.remaining_nano AS TEXT) AS remaining, CAST(COALESCE(e.posted, 0) AS TEXT) AS posted
    FROM ledger_grants AS g
    LEFT JOIN (SELECT grant_id, SUM(amount_nano) AS posted FROM ledger_entries GROUP BY grant_id) AS e ON e.grant_id = g.id
    WHERE COALESCE(e.posted, 0) <> g.remaining_nano ORDER BY g.id LIMIT ${limit}`.execute(view);
  return rows.map(({ id, remaining, posted }) => ({
    id,
    what: `has ${remaining} nano-credits left, and its entries come to ${posted}`,
  }));
}

/** Shares lie in documents, so they are added up here; of calls that are under way there are few. */
async function unevenHolds(view: Transaction<Schema>, limit: number): Promise<readonly Difference[]> {
  const held = new Map<string, bigint>();
  for (let after = ''; ; ) {
    const { rows } = await sql<ReadRow<Schema['ledger_holds']>>`SELECT ${ledgerColumns(HOLD_COLUMNS, 't')}
      FROM ledger_holds AS t WHERE t.id > ${after} ORDER BY t.id LIMIT ${HOLDS_PAGE}`.execute(view);
    for (const row of rows) {
      for (const { grantId, nano } of toHold(row).shares) held.set(grantId, (held.get(grantId) ?? 0n) + nano);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < HOLDS_PAGE) break;
    after = last.id;
  }
  const { rows: grants } = await sql<{ id: string; held: string }>`
    SELECT id, CAST(held_nano AS TEXT) AS held FROM ledger_grants WHERE held_nano <> 0 ORDER BY id`.execute(view);
  const told = new Map(grants.map((row) => [row.id, BigInt(row.held)]));
  return [...new Set([...held.keys(), ...told.keys()])]
    .filter((id) => (held.get(id) ?? 0n) !== (told.get(id) ?? 0n))
    .slice(0, limit)
    .map((id) => ({
      id,
      what: `says that ${told.get(id) ?? 0n} nano-credits are held, and the holds come to ${held.get(id) ?? 0n}`,
    }));
}

async function unevenCharges(view: Transaction<Schema>, engine: Engine, limit: number): Promise<readonly Difference[]> {
  const accounts =
    engine === 'sqlite'
      ? sql`json_each(c.account_ids) AS a`
      : sql`json_array_elements_text(c.account_ids::json) AS a (value)`;
  const { rows } = await sql<{ id: string; account: string; amount: string; posted: string }>`
    SELECT c.id, a.value AS account, CAST(c.amount_nano AS TEXT) AS amount,
      CAST(COALESCE(-e.posted, 0) AS TEXT) AS posted
    FROM ledger_charges AS c CROSS JOIN ${accounts}
    LEFT JOIN (SELECT charge_id, account_id, SUM(amount_nano) AS posted FROM ledger_entries WHERE kind = 'charge'
      GROUP BY charge_id, account_id) AS e ON e.charge_id = c.id AND e.account_id = a.value
    WHERE COALESCE(-e.posted, 0) <> c.amount_nano ORDER BY c.id LIMIT ${limit}`.execute(view);
  const { rows: orphans } = await sql<{ id: string; charge_id: string }>`
    SELECT e.id, e.charge_id FROM ledger_entries AS e
    WHERE e.charge_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_charges AS c WHERE c.id = e.charge_id)
    ORDER BY e.id LIMIT ${limit}`.execute(view);
  return [
    ...rows.map(({ id, account, amount, posted }) => ({
      id,
      what: `comes to ${amount} nano-credits, and its entries on ${account} to ${posted}`,
    })),
    ...orphans.map(({ id, charge_id }) => ({ id, what: `belongs to the charge ${charge_id}, which is not there` })),
  ];
}

async function entriesOf(view: Transaction<Schema>, engine: Engine, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { rows } = await sql<ReadRow<Schema['ledger_entries']>>`SELECT ${ledgerColumns(ENTRY_COLUMNS, 't')}
    FROM ledger_entries AS t WHERE t.id IN (${listed(engine, ids)})`.execute(view);
  // Not by the store, whose order depends on its language.
  return rows.map(toEntry).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function listed(engine: Engine, ids: readonly string[]): RawBuilder<unknown> {
  const { table, item } = listOf(
    engine,
    ['TEXT'],
    ids.map((id) => [id]),
  );
  return sql`SELECT ${item(0)} FROM ${table}`;
}
