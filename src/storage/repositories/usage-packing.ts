import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { PackStore } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import type { Engine } from '../engine.ts';
import { addFew, createCellsWriter, FEW_LENGTH, readFewTexts } from '../packed-cells.ts';
import { DAY_MS, endOf, LEVELS, type PackedValue, QUARTER_MS, startOf } from '../rollup-columns.ts';
import type { Schema } from '../schema.ts';
import { statementParts } from '../statement-parts.ts';
import { DAYS_PART, PARTS, partOfQuarter } from '../usage-plan.ts';
import { insertRows, LISTED_ROWS_MAX } from './insert-rows.ts';
import { listOf } from './listed-rows.ts';
import { fewText, preferIndexes } from './series-rows.ts';

/** Series that are packed in one transaction, and months that are packed again. */
const SERIES_MAX = 100;
const MONTHS_MAX = 300;
/** Quarter-hours that are read at a time. */
const QUARTERS_READ_MAX = 20_000;
const QUARTERS_OF_MONTH = (31 * DAY_MS) / QUARTER_MS;
/** A kind with fewer series is read series by series as fast as from a list. */
export const LISTED_MIN = 500;

type Reading = Kysely<Schema> | Transaction<Schema>;
type Cells = readonly (readonly PackedValue[])[];
type State = {
  readonly packings: number;
  readonly packedAfter: number;
  readonly closingAt: number;
  readonly closedAt: number;
};
type SeriesMonth = {
  readonly id: number;
  readonly organizationId: string;
  readonly monthAt: number;
  readonly requests: number;
};

/**
 * Packs the sums of months that have ended. From the moment when a month begins to be packed, batches note what they add
 * to it, and what is noted is read from the sums themselves until it is packed again; so a view is exact meanwhile.
 */
export function createPackStore(database: StoreDatabase, listedMin = LISTED_MIN): PackStore {
  const { engine } = database;
  const read = <T>(work: (view: Reading) => Promise<T>): Promise<T> =>
    database.readTogether(async (view) => {
      await preferIndexes(view, engine);
      return await work(view);
    });
  return {
    pack: async (beforeMs) => {
      const state = await database.read(stateOf);
      if (state.closingAt !== state.closedAt) return await packNext({ database, read, listedMin }, state);
      const closingAt = startOf(LEVELS.month, beforeMs);
      if (closingAt > state.closingAt) return await beginToClose(database, state, closingAt);
      return await packAgain({ database, read, listedMin }, state);
    },
  };
}

type Packing = {
  readonly database: StoreDatabase;
  readonly read: <T>(work: (view: Reading) => Promise<T>) => Promise<T>;
  readonly listedMin: number;
};

async function stateOf(view: Reading): Promise<State> {
  const row = await view.selectFrom('usage_rollup_state').selectAll().executeTakeFirstOrThrow();
  return {
    packings: Number(row.packings),
    packedAfter: Number(row.packed_after),
    closingAt: Number(row.closing_at),
    closedAt: Number(row.closed_at),
  };
}

type Changed = Partial<Schema['usage_rollup_state']>;

/** Changes the state, and what the work writes with it, unless another process packed something since it was read. */
async function advance(
  database: StoreDatabase,
  { packings }: State,
  changed: Changed,
  work: (transaction: Transaction<Schema>) => Promise<void> = async () => {},
): Promise<boolean> {
  return await database.write(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('usage_rollup_state')
      .set({ ...changed, packings: packings + 1 })
      .where('packings', '=', packings)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) await work(transaction);
    return true;
  });
}

/** Batches that were worked out before give up, so that every later one notes what it adds to these months. */
async function beginToClose(database: StoreDatabase, state: State, closingAt: number): Promise<boolean> {
  const waiting = await database.read((reading) =>
    reading.selectFrom('usage_pending').select('record_id').where('started_at', '<', closingAt).limit(1).execute(),
  );
  if (waiting.length > 0) return false;
  return await advance(database, state, { closing_at: closingAt, packed_after: 0 }, async (transaction) => {
    await sql`UPDATE usage_rollup_state SET batches = batches + 1`.execute(transaction);
  });
}

/** The next series; when all are packed, the lists of their kinds. */
async function packNext(packing: Packing, state: State): Promise<boolean> {
  const { database, read } = packing;
  const { engine } = database;
  const { last, rows } = await read(async (view) => {
    const series = await view
      .selectFrom('usage_series')
      .select('id')
      .where('id', '>', state.packedAfter)
      .orderBy('id')
      .limit(SERIES_MAX)
      .execute();
    const ids = series.map(({ id }) => Number(id));
    const months = await monthsOf(view, { engine, ids, fromMs: state.closedAt, toMs: state.closingAt });
    return { last: ids.at(-1), rows: await packedRows(view, engine, months) };
  });
  if (last !== undefined) {
    return await advance(database, state, { packed_after: last }, (transaction) =>
      insertPacked(transaction, engine, rows),
    );
  }
  return await listAll(packing, state);
}

type SeriesWanted = {
  readonly engine: Engine;
  readonly ids: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
};

async function monthsOf(view: Reading, { engine, ids, fromMs, toMs }: SeriesWanted): Promise<readonly SeriesMonth[]> {
  const wanted = listOf(
    engine,
    ['BIGINT'],
    ids.map((id) => [id]),
  );
  const { rows } = await sql<MonthRow>`SELECT r.series_id, r.start_at, r.organization_id, r.requests
    FROM ${wanted.table} CROSS JOIN usage_rollups AS r
    WHERE r.series_id = ${wanted.item(0)} AND r.level = ${sql.lit(LEVELS.month)}
      AND r.start_at >= ${fromMs} AND r.start_at < ${toMs}`.execute(view);
  return rows.map(toSeriesMonth);
}

type MonthRow = {
  readonly series_id: number | string;
  readonly start_at: number | string;
  readonly organization_id: string;
  readonly requests: number | string | null;
};

function toSeriesMonth(row: MonthRow): SeriesMonth {
  return {
    id: Number(row.series_id),
    monthAt: Number(row.start_at),
    organizationId: row.organization_id,
    requests: Number(row.requests ?? 0),
  };
}

/** Months in lots of which not too many quarter-hours are read. */
function lotsOf(months: readonly SeriesMonth[]): readonly (readonly SeriesMonth[])[] {
  const lots: SeriesMonth[][] = [];
  let room = 0;
  for (const month of months) {
    // Corrections have quarter-hours, too, and are no requests.
    const most = Math.min(QUARTERS_OF_MONTH, 2 * month.requests + 10);
    if (lots.length === 0 || most > room) {
      lots.push([]);
      room = QUARTERS_READ_MAX;
    }
    lots.at(-1)?.push(month);
    room -= most;
  }
  return lots;
}

async function packedRows(view: Reading, engine: Engine, months: readonly SeriesMonth[]): Promise<Cells> {
  const packed: (readonly PackedValue[])[] = [];
  for (const lot of lotsOf(months)) {
    const names = lot.map(({ id, monthAt }, place) => [place, id, monthAt, endOf(LEVELS.month, monthAt)]);
    const wanted = listOf(engine, ['BIGINT', 'BIGINT', 'BIGINT', 'BIGINT'], names);
    const { rows } = await sql<{ place: number | string; quarters: string | null }>`SELECT ${wanted.item(0)} AS place,
      (SELECT string_agg(${fewText(sql`r.start_at / ${sql.lit(QUARTER_MS)}`)}, ',' ORDER BY r.start_at)
        FROM usage_rollups AS r WHERE r.series_id = ${wanted.item(1)} AND r.level = ${sql.lit(LEVELS.quarterHour)}
          AND r.start_at >= ${wanted.item(2)} AND r.start_at < ${wanted.item(3)}) AS quarters
      FROM ${wanted.table}`.execute(view);
    for (const { place, quarters } of rows) {
      const month = lot[Number(place)];
      if (month === undefined || quarters === null) continue;
      for (const [part, cells] of partsOfMonth(quarters).entries()) {
        if (cells !== '') packed.push([month.id, part, month.monthAt, month.organizationId, cells]);
      }
    }
  }
  return packed;
}

/** Sums by the number of the day, and by that of the quarter-hour in each part of days, in the order of the parts. */
function partsOfMonth(quarters: string): readonly string[] {
  const days = createCellsWriter();
  const parts = Array.from({ length: PARTS }, createCellsWriter);
  const ofDay = new Float64Array(FEW_LENGTH);
  let day: number | undefined;
  readFewTexts(quarters, (quarter, few) => {
    const at = quarter * QUARTER_MS;
    parts[partOfQuarter(at)]?.add(quarter, few);
    const its = Math.floor(at / DAY_MS);
    if (day !== undefined && day !== its) {
      days.add(day, ofDay);
      ofDay.fill(0);
    }
    day = its;
    addFew(ofDay, 0, few, 1);
  });
  if (day !== undefined) days.add(day, ofDay);
  parts[DAYS_PART] = days;
  return parts.map((writer) => writer.text());
}

async function insertPacked(transaction: Transaction<Schema>, engine: Engine, rows: Cells): Promise<void> {
  const [columns, key] = [PACKED_TABLE, ['series_id', 'part', 'month_at']];
  await insertRows(transaction, { engine, table: 'usage_packed', columns, key, rows });
}

const PACKED_TABLE: readonly (readonly [string, string])[] = [
  ['series_id', 'BIGINT'],
  ['part', 'BIGINT'],
  ['month_at', 'BIGINT'],
  ['organization_id', 'TEXT'],
  ['cells', 'TEXT'],
];
const LISTED_TABLE: readonly (readonly [string, string])[] = [
  ['organization_id', 'TEXT'],
  ['kind', 'TEXT'],
  ['month_at', 'BIGINT'],
  ['cells', 'TEXT'],
];

type ListName = { readonly organizationId: string; readonly kind: string; readonly monthAt: number };

/** Lists every kind that has many series, and closes the months. */
async function listAll({ database, read, listedMin }: Packing, state: State): Promise<boolean> {
  const { engine } = database;
  const { kinds, months } = await read(async (view) => ({
    kinds: await listedKinds(view, listedMin),
    months: await monthsBetween(view, state),
  }));
  let { packings } = state;
  for (const { organization_id: organizationId, kind } of kinds) {
    const rows: (readonly PackedValue[])[] = [];
    for (const monthAt of months) {
      rows.push(await read((view) => listedRow(view, { organizationId, kind, monthAt })));
    }
    await advance(database, { ...state, packings }, {}, (transaction) => insertListed(transaction, engine, rows));
    packings += 1;
  }
  return await advance(database, { ...state, packings }, { closed_at: state.closingAt, packed_after: 0 });
}

async function listedKinds(view: Reading, listedMin: number) {
  return await view
    .selectFrom('usage_series')
    .select(['organization_id', 'kind'])
    .groupBy(['organization_id', 'kind'])
    .having((row) => row.fn.countAll(), '>=', listedMin)
    .execute();
}

/** The months that are closed now: from the first that has sums, as everything together has them. */
async function monthsBetween(view: Reading, { closedAt, closingAt }: State): Promise<readonly number[]> {
  const { rows } = await sql<{ first: number | string | null }>`SELECT MIN(r.start_at) AS first
    FROM usage_series AS s CROSS JOIN usage_rollups AS r
    WHERE s.kind = 'all' AND r.series_id = s.id AND r.level = ${sql.lit(LEVELS.month)} AND r.start_at >= ${closedAt}`.execute(
    view,
  );
  const months: number[] = [];
  for (let at = Number(rows[0]?.first ?? closingAt); at < closingAt; at = endOf(LEVELS.month, at)) months.push(at);
  return months;
}

async function listedRow(view: Reading, { organizationId, kind, monthAt }: ListName) {
  const { rows } = await sql<{ sums: string | null }>`SELECT
      string_agg(${fewText(sql`r.series_id`)}, ',' ORDER BY r.series_id) AS sums
    FROM usage_series AS s CROSS JOIN usage_rollups AS r
    WHERE s.organization_id = ${organizationId} AND s.kind = ${kind}
      AND r.series_id = s.id AND r.level = ${sql.lit(LEVELS.month)} AND r.start_at = ${monthAt}`.execute(view);
  const cells = createCellsWriter();
  const sums = rows[0]?.sums;
  if (typeof sums === 'string') readFewTexts(sums, (id, few) => cells.add(id, few));
  return [organizationId, kind, monthAt, cells.text()];
}

async function insertListed(transaction: Transaction<Schema>, engine: Engine, rows: Cells): Promise<void> {
  const [columns, key] = [LISTED_TABLE, ['organization_id', 'kind', 'month_at']];
  await insertRows(transaction, { engine, table: 'usage_listed', columns, key, rows });
}

type Noted = MonthRow & { readonly batch: number; readonly kind: string };

/** What was noted since it was packed. A note that is newer by the time of the write stays. */
async function packAgain({ database, read, listedMin }: Packing, state: State): Promise<boolean> {
  const { engine } = database;
  const work = await read(async (view) => {
    const { rows: noted } = await sql<Noted>`SELECT u.series_id, u.month_at AS start_at, u.organization_id, u.batch,
        s.kind, r.requests
      FROM (SELECT * FROM usage_unpacked ORDER BY organization_id, month_at, series_id LIMIT ${MONTHS_MAX}) AS u
      JOIN usage_series AS s ON s.id = u.series_id
      JOIN usage_rollups AS r ON r.series_id = u.series_id AND r.level = ${sql.lit(LEVELS.month)} AND r.start_at = u.month_at`.execute(
      view,
    );
    if (noted.length === 0) return undefined;
    const packed = await packedRows(view, engine, noted.map(toSeriesMonth));
    const kinds = new Set(
      (await listedKinds(view, listedMin)).map(({ organization_id, kind }) => `${organization_id} ${kind}`),
    );
    const lists = Map.groupBy(
      noted.filter(({ organization_id, kind }) => kinds.has(`${organization_id} ${kind}`)),
      ({ organization_id, kind, start_at }) => `${organization_id} ${kind} ${start_at}`,
    );
    const listed: (readonly PackedValue[])[] = [];
    for (const [first] of lists.values()) {
      if (first === undefined) continue;
      const name = { organizationId: first.organization_id, kind: first.kind, monthAt: Number(first.start_at) };
      listed.push(await listedRow(view, name));
    }
    return { noted, packed, listed };
  });
  if (work === undefined) return false;
  return await advance(database, state, {}, async (transaction) => {
    await insertPacked(transaction, engine, work.packed);
    await insertListed(transaction, engine, work.listed);
    const notes = work.noted.map((each) => [each.organization_id, each.start_at, each.series_id, each.batch]);
    for (const part of statementParts(notes, LISTED_ROWS_MAX)) {
      const done = listOf(engine, ['TEXT', 'BIGINT', 'BIGINT', 'BIGINT'], part);
      const items = [0, 1, 2, 3].map((index) => done.item(index));
      await sql`DELETE FROM usage_unpacked WHERE (organization_id, month_at, series_id, batch) IN (
        SELECT ${sql.join(items)} FROM ${done.table})`.execute(transaction);
    }
  });
}
