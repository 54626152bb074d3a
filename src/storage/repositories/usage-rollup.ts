import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import { addMeasures, type Measures } from '../../protocol/measures.ts';
import type { RollupStore } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import type { Engine } from '../engine.ts';
import { wholeNumber } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import {
  type Cell,
  cellsOf,
  createAdder,
  isFree,
  RecordSums,
  SERIES_COLUMNS,
  type Series,
  type SeriesKind,
  type SeriesSums,
  seriesKey,
} from '../rollup-cells.ts';
import {
  CELL_KEY,
  LEVELS,
  type Level,
  type PackedValue,
  packMeasures,
  ROLLUP_COLUMNS,
  startOf,
  unpackMeasures,
} from '../rollup-columns.ts';
import { SUMMED_NAMES, type SummedRow, summedColumns, toPendingRecord } from '../rollup-records.ts';
import type { Schema } from '../schema.ts';
import { statementParts } from '../statement-parts.ts';
import { deleteRows, insertRows, LISTED_ROWS_MAX } from './insert-rows.ts';
import { listOf } from './listed-rows.ts';
import { readLists } from './read-lists.ts';

/** Values of each freely named dimension that are kept apart in an organization and a day; the rest is one. */
export const VALUES_PER_DAY_MAX = 1000;
/** Series whose sums are worked out together: what is read and made for them is let go before the next. */
const SERIES_AT_ONCE = 500;
/** Records that are read with one statement: nothing else is done while they are added to the sums. */
const RECORDS_READ_MAX = 500;

type Pending = readonly [organizationId: string, startedAt: number, recordId: string];
type Reading = Kysely<Schema> | Transaction<Schema>;

/** What one batch changes. It is worked out while others may write, and counts only if no other batch came between. */
type Batch = {
  readonly batches: number;
  readonly pending: readonly Pending[];
  readonly newSeries: readonly (readonly PackedValue[])[];
  readonly rows: readonly (readonly PackedValue[])[];
  readonly days: readonly (readonly PackedValue[])[];
  /** Months that had ended and are packed without what the batch adds to them. */
  readonly unpacked: readonly (readonly PackedValue[])[];
};

/**
 * Brings records into the sums, each exactly once: one transaction takes them out of the queue and writes the sums that
 * hold them. Whatever dies before its commit has changed nothing; two that work at once find that the other was there.
 */
export function createRollupStore(database: StoreDatabase, valuesPerDayMax = VALUES_PER_DAY_MAX): RollupStore {
  return {
    rollUp: async (limit) => {
      const batch = await database.readTogether((view) =>
        prepare(view, { engine: database.engine, limit, valuesPerDayMax }),
      );
      if (batch === undefined) return { taken: 0, written: 0 };
      const isDone = await database.write((transaction) => apply(transaction, database.engine, batch));
      return isDone ? { taken: batch.pending.length, written: batch.rows.length } : { taken: undefined, written: 0 };
    },
    // SQLite has one writer at a time.
    holdsUpWrites: database.engine === 'sqlite',
    waiting: () =>
      database.read(async (reading) => {
        const { count } = await reading
          .selectFrom('usage_pending')
          .select((row) => row.fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
        return wholeNumber(count);
      }),
  };
}

type Preparing = { readonly engine: Engine; readonly limit: number; readonly valuesPerDayMax: number };

async function prepare(view: Reading, { engine, limit, valuesPerDayMax }: Preparing): Promise<Batch | undefined> {
  const { batches, closing_at: closingAt } = await view
    .selectFrom('usage_rollup_state')
    .select(['batches', 'closing_at'])
    .executeTakeFirstOrThrow();
  const { pending, sums: found } = await oldestOf(view, engine, limit);
  if (pending.length === 0) return undefined;
  const sums = found.bySeries();
  const stock = createStock(view, engine);
  await stock.loadSeries(sums.map(({ series }) => series));
  const { routed, days } = await keepApart({ view, engine, stock, sums, valuesPerDayMax });
  await stock.loadSeries(routed.map(({ series }) => series));
  const rows = await rowsOf(view, { engine, stock, sums: routed });
  return {
    batches,
    pending,
    rows,
    newSeries: stock.made(),
    days,
    unpacked: rows.flatMap(([id = null, level, startAt = null, organizationId = null]) =>
      level === LEVELS.month && Number(startAt) < Number(closingAt) ? [[organizationId, startAt, id, batches]] : [],
    ),
  };
}

/** The oldest records of the queue, and their sums. One that is gone by now is in no sum. */
async function oldestOf(view: Reading, engine: Engine, limit: number) {
  const pending: Pending[] = [];
  const sums = new RecordSums();
  for (let wanted = 0; pending.length === wanted && wanted < limit; ) {
    const count = Math.min(limit - wanted, RECORDS_READ_MAX);
    const query = sql`
      SELECT p.*, ${summedColumns()}
      FROM (SELECT organization_id AS pending_organization_id, started_at AS pending_since, record_id FROM usage_pending
        WHERE ${isAfter(pending.at(-1))} ORDER BY organization_id, started_at, record_id LIMIT ${count}) AS p
      LEFT JOIN usage_records AS u ON u.id = p.record_id`;
    for (const row of await readLists(view, { engine, names: PENDING_NAMES, query })) {
      const [organizationId, startedAt, recordId, ...values] = row as PendingRow;
      pending.push([organizationId, startedAt, recordId]);
      if (values[0] !== null) sums.add(toPendingRecord(values as SummedRow));
    }
    wanted += count;
  }
  return { pending, sums };
}

const PENDING_NAMES = ['pending_organization_id', 'pending_since', 'record_id', ...SUMMED_NAMES];
type PendingRow = readonly [...Pending, ...(SummedRow | NoRecord)];
/** The columns of a record that is gone. */
type NoRecord = readonly [id: null, ...null[]];

function isAfter(last: Pending | undefined) {
  if (last === undefined) return sql`TRUE`;
  return sql`(organization_id, started_at, record_id) > (${last[0]}, ${last[1]}, ${last[2]})`;
}

/** The numbers of series: those that the store has, and new ones after the last of them. */
function createStock(view: Reading, engine: Engine) {
  const ids = new Map<string, number>();
  const made: (readonly PackedValue[])[] = [];
  const known = new Set<string>();
  let last: number | undefined;
  const nameOf = (series: Series): string => `${series.organizationId} ${seriesKey(series)}`;

  async function loadSeries(list: readonly Series[]): Promise<void> {
    const missing = list.filter((series) => !known.has(nameOf(series)));
    for (const part of statementParts(missing, LISTED_ROWS_MAX)) {
      const names = part.map((series) => [series.organizationId, seriesKey(series)]);
      const wanted = listOf(engine, ['TEXT', 'TEXT'], names);
      const { rows } = await sql<{ id: number; organization_id: string; series_key: string }>`
        SELECT s.id, s.organization_id, s.series_key FROM ${wanted.table} JOIN usage_series AS s
        ON s.organization_id = ${wanted.item(0)} AND s.series_key = ${wanted.item(1)}`.execute(view);
      for (const row of rows) ids.set(`${row.organization_id} ${row.series_key}`, Number(row.id));
    }
    for (const series of missing) known.add(nameOf(series));
    if (last === undefined) {
      const { max } = await view
        .selectFrom('usage_series')
        .select((row) => row.fn.max('id').as('max'))
        .executeTakeFirstOrThrow();
      last = Number(max ?? 0);
    }
  }

  return {
    loadSeries,
    find: (series: Series): number | undefined => ids.get(nameOf(series)),
    idOf(series: Series): number {
      const name = nameOf(series);
      const found = ids.get(name);
      if (found !== undefined) return found;
      last = (last ?? 0) + 1;
      ids.set(name, last);
      const columns = SERIES_COLUMNS.map((column) => series.columns[column] ?? null);
      made.push([last, series.organizationId, series.kind, seriesKey(series), ...columns, series.isOther ? 1 : 0]);
      return last;
    },
    made: () => made,
  };
}

type Stock = ReturnType<typeof createStock>;

type Routing = {
  readonly view: Reading;
  readonly engine: Engine;
  readonly stock: Stock;
  readonly sums: readonly SeriesSums[];
  readonly valuesPerDayMax: number;
};

/**
 * Freely named values up to a number a day; what comes first that day stays. The others' sums go to one series of the
 * project, so that nothing is lost and a caller who invents values cannot fill the store.
 */
async function keepApart({ view, engine, stock, sums, valuesPerDayMax }: Routing) {
  const free = sums.filter(({ series }) => isFree(series.kind));
  const daysThere = await daysOf(view, { engine, stock, sums: free });
  const kept = await keptByDay(view, engine, free);
  const routed = sums.filter(({ series }) => !isFree(series.kind));
  const others = new Map<string, SeriesSums>();
  const add = createAdder();
  for (const { series, byQuarter } of free) {
    const own: SeriesSums = { series, byQuarter: new Map() };
    for (const [quarter, measures] of byQuarter) {
      const day = startOf(LEVELS.day, quarter);
      const place = `${stock.find(series) ?? seriesKey(series)} ${day}`;
      const count = kept.get(dayName(series, day));
      const isNew = !daysThere.has(place);
      if (isNew && count !== undefined && count.kept < valuesPerDayMax) {
        count.kept += 1;
        daysThere.add(place);
      }
      const target = daysThere.has(place) ? own : otherOf(others, series);
      add(target.byQuarter, quarter, measures);
    }
    if (own.byQuarter.size > 0) routed.push(own);
  }
  routed.push(...others.values());
  const days = [...kept.values()].map(({ organizationId, kind, day, kept: count }) => [
    organizationId,
    kind,
    day,
    count,
  ]);
  return { routed, days };
}

function otherOf(others: Map<string, SeriesSums>, { organizationId, kind, columns }: Series): SeriesSums {
  const series: Series = { organizationId, kind, columns: { ...columns, value: undefined }, isOther: true };
  const key = `${organizationId} ${seriesKey(series)}`;
  const other = others.get(key) ?? { series, byQuarter: new Map() };
  others.set(key, other);
  return other;
}

type Reads = { readonly engine: Engine; readonly stock: Stock; readonly sums: readonly SeriesSums[] };

/** Which of these series have a sum of which of these days already, as `id day`. */
async function daysOf(view: Reading, { engine, stock, sums }: Reads): Promise<Set<string>> {
  const days = sums.flatMap(({ series, byQuarter }) => {
    const id = stock.find(series);
    if (id === undefined) return [];
    return [...new Set([...byQuarter.keys()].map((at) => startOf(LEVELS.day, at)))].map((day) => [id, day]);
  });
  const found = new Set<string>();
  for (const part of statementParts(days, LISTED_ROWS_MAX)) {
    const wanted = listOf(engine, ['BIGINT', 'BIGINT'], part);
    const { rows } = await sql<{ series_id: number; start_at: number }>`
      SELECT r.series_id, r.start_at FROM ${wanted.table} JOIN usage_rollups AS r
      ON r.series_id = ${wanted.item(0)} AND r.level = ${sql.lit(LEVELS.day)} AND r.start_at = ${wanted.item(1)}`.execute(
      view,
    );
    for (const row of rows) found.add(`${row.series_id} ${row.start_at}`);
  }
  return found;
}

type KeptDay = { readonly organizationId: string; readonly kind: SeriesKind; readonly day: number; kept: number };

function dayName({ organizationId, kind }: Series, day: number): string {
  return `${organizationId} ${kind} ${day}`;
}

/** How many values each of these days keeps apart. */
async function keptByDay(view: Reading, engine: Engine, sums: readonly SeriesSums[]): Promise<Map<string, KeptDay>> {
  const days = new Map<string, KeptDay>();
  for (const { series, byQuarter } of sums) {
    const { organizationId, kind } = series;
    if (!isFree(kind)) continue;
    for (const quarter of byQuarter.keys()) {
      const day = startOf(LEVELS.day, quarter);
      days.set(dayName(series, day), { organizationId, kind, day, kept: 0 });
    }
  }
  for (const part of statementParts(
    [...days.values()].map(({ organizationId, kind, day }) => [organizationId, kind, day]),
    LISTED_ROWS_MAX,
  )) {
    const wanted = listOf(engine, ['TEXT', 'TEXT', 'BIGINT'], part);
    const { rows } = await sql<{ organization_id: string; kind: string; day_at: number; kept: number }>`
      SELECT d.* FROM ${wanted.table} JOIN usage_value_days AS d ON d.organization_id = ${wanted.item(0)}
      AND d.kind = ${wanted.item(1)} AND d.day_at = ${wanted.item(2)}`.execute(view);
    for (const row of rows) {
      const day = days.get(`${row.organization_id} ${row.kind} ${row.day_at}`);
      if (day !== undefined) day.kept = row.kept;
    }
  }
  return days;
}

/** The rows as they will be: what is there already, and what the batch adds. Series by series, as they lie. */
async function rowsOf(view: Reading, { engine, stock, sums }: Reads): Promise<readonly (readonly PackedValue[])[]> {
  const rows: (readonly PackedValue[])[] = [];
  const numbered = sums.map((each) => ({ id: stock.idOf(each.series), sums: each }));
  for (const part of statementParts(
    numbered.toSorted((a, b) => a.id - b.id),
    SERIES_AT_ONCE,
  )) {
    const cells = part.flatMap(({ id, sums: each }) =>
      cellsOf(each).map((cell) => ({ id, organizationId: each.series.organizationId, ...cell })),
    );
    const there = await storedOf(view, engine, cells);
    const packed = new Map<Measures, readonly PackedValue[]>();
    for (const { id, level, startAt, organizationId, measures } of cells) {
      const known = there.get(cellName(id, level, startAt));
      if (known !== undefined) addMeasures(known, measures);
      const values = (known === undefined ? packed.get(measures) : undefined) ?? packMeasures(known ?? measures);
      if (known === undefined) packed.set(measures, values);
      rows.push([id, level, startAt, organizationId, ...values]);
    }
  }
  return rows;
}

type CellPlace = Pick<Cell, 'level' | 'startAt'> & { readonly id: number };

function cellName(id: number, level: Level, startAt: number): string {
  return `${id} ${level} ${startAt}`;
}

/** The sums that are stored of these, by name. Where a series has no sum of a day, it has none of a part of that day. */
async function storedOf(view: Reading, engine: Engine, cells: readonly CellPlace[]): Promise<Map<string, Measures>> {
  const there = new Map<string, Measures>();
  const isLong = ({ level }: CellPlace): boolean => level === LEVELS.day || level === LEVELS.month;
  await load(cells.filter(isLong));
  const isDayThere = ({ id, startAt }: CellPlace): boolean =>
    there.has(cellName(id, LEVELS.day, startOf(LEVELS.day, startAt)));
  if (there.size > 0) await load(cells.filter((cell) => !isLong(cell) && isDayThere(cell)));
  return there;

  async function load(places: readonly CellPlace[]): Promise<void> {
    for (const part of statementParts(places, LISTED_ROWS_MAX)) {
      const keys = part.map(({ id, level, startAt }) => [id, level, startAt]);
      const wanted = listOf(engine, ['BIGINT', 'BIGINT', 'BIGINT'], keys);
      const { rows } = await sql<StoredSum>`
        SELECT r.*, ${exactText(sql.ref('r.cost_nano'))} AS cost_nano FROM ${wanted.table} JOIN usage_rollups AS r
        ON r.series_id = ${wanted.item(0)} AND r.level = ${wanted.item(1)} AND r.start_at = ${wanted.item(2)}`.execute(
        view,
      );
      for (const row of rows) there.set(`${row.series_id} ${row.level} ${row.start_at}`, unpackMeasures(row));
    }
  }
}

type StoredSum = Record<string, PackedValue> & {
  readonly series_id: PackedValue;
  readonly level: PackedValue;
  readonly start_at: PackedValue;
};

/** False, and nothing is changed, when another batch was brought in since this one was read. */
async function apply(transaction: Transaction<Schema>, engine: Engine, batch: Batch): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('usage_rollup_state')
    .set((row) => ({ batches: row('batches', '+', 1) }))
    .where('batches', '=', batch.batches)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await insertRows(transaction, {
    engine,
    table: 'usage_series',
    columns: SERIES_TABLE,
    key: undefined,
    rows: batch.newSeries,
  });
  await insertRows(transaction, {
    engine,
    table: 'usage_rollups',
    columns: ROLLUP_COLUMNS,
    key: CELL_KEY,
    rows: batch.rows,
  });
  await insertRows(transaction, {
    engine,
    table: 'usage_value_days',
    columns: DAY_TABLE,
    key: DAY_KEY,
    rows: batch.days,
  });
  await insertRows(transaction, {
    engine,
    table: 'usage_unpacked',
    columns: UNPACKED_TABLE,
    key: UNPACKED_KEY,
    rows: batch.unpacked,
  });
  await deleteRows(transaction, { engine, table: 'usage_pending', columns: PENDING_KEY, rows: batch.pending });
  return true;
}

const PENDING_KEY = [
  ['organization_id', 'TEXT'],
  ['started_at', 'BIGINT'],
  ['record_id', 'TEXT'],
] as const;
const SERIES_TABLE: readonly (readonly [string, string])[] = [
  ['id', 'BIGINT'],
  ['organization_id', 'TEXT'],
  ['kind', 'TEXT'],
  ['series_key', 'TEXT'],
  ...SERIES_COLUMNS.map((name) => [name, name === 'rate_card_version' ? 'BIGINT' : 'TEXT'] as const),
  ['is_other', 'BIGINT'],
];
const DAY_KEY = ['organization_id', 'kind', 'day_at'] as const;
const DAY_TABLE: readonly (readonly [string, string])[] = [
  ['organization_id', 'TEXT'],
  ['kind', 'TEXT'],
  ['day_at', 'BIGINT'],
  ['kept', 'BIGINT'],
];

const UNPACKED_KEY = ['organization_id', 'month_at', 'series_id'] as const;
const UNPACKED_TABLE: readonly (readonly [string, string])[] = [
  ['organization_id', 'TEXT'],
  ['month_at', 'BIGINT'],
  ['series_id', 'BIGINT'],
  ['batch', 'BIGINT'],
];
