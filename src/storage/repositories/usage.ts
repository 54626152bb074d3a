import { type RawBuilder, sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import {
  type GroupSum,
  type SummedRecord,
  type SumsWanted,
  sumRecords,
  type UsageDimension,
} from '../../protocol/usage-sums.ts';
import type { UsageStore, UsageSums } from '../../records/usage-ports.ts';
import type { StoreDatabase } from '../database.ts';
import { isFree, type SeriesKind } from '../rollup-cells.ts';
import { DAY_MS, LEVELS } from '../rollup-columns.ts';
import { positionOf, SUMMED_NAMES, type SummedRow, summedColumns, toPendingRecord } from '../rollup-records.ts';
import { kindFor, type Plan, planFor, RECORD_COLUMNS, type Span } from '../usage-plan.ts';
import { type Closed, isPacked, rankListed, readClosed, sumPacked } from './packed-sums.ts';
import { readLists } from './read-lists.ts';
import { oneOf } from './record-filter.ts';
import { preferIndexes } from './series-rows.ts';
import { sumRows, usedRuns, type View } from './summed-rows.ts';
import { ofOrganization } from './tenant-scope.ts';
import { LISTED_MIN } from './usage-packing.ts';

/** Rows that are read at a time where records are summed one by one. */
const PAGE_ROWS = 5000;
/** How long a time may be summed from records alone, where no sums that are kept answer the question. */
const FROM_RECORDS_MAX_MS = 31 * DAY_MS;
/** And how many records: about as many as are read in a third of a second. */
const RECORDS_READ_MAX = 20_000;
/** With more groups than this moved, all of them are read. */
const MOVED_MAX = 500;

/** Bounds that a test may move. */
export type UsageBounds = {
  readonly usageRecordsReadMax?: number | undefined;
  readonly usageListedMin?: number | undefined;
};

/**
 * Sums of usage: from the rows that the rollup keeps, from the records that wait for it, and, where an edge cuts a
 * quarter-hour, from the records on its inner side; all on one state of the store, so that each record counts once.
 */
export function createUsageStore(
  database: StoreDatabase,
  { usageRecordsReadMax: recordsReadMax = RECORDS_READ_MAX, usageListedMin: listedMin = LISTED_MIN }: UsageBounds = {},
): UsageStore {
  return {
    view: (scope, work) =>
      database.within(scope.organizationId).readTogether(async (transaction) => {
        await preferIndexes(transaction, database.engine);
        const read = { max: recordsReadMax, known: new Map() };
        return await work(sumsOf({ view: transaction, engine: database.engine, scope }, { read, listedMin }));
      }),
  };
}

/** The sums of a view, and what is read for them of single records. */
export function sumsOf(view: View, { read, listedMin }: Sources = NO_RECORDS): UsageSums {
  let closed: Promise<Closed> | undefined;
  return {
    sums: async (wanted) => {
      const kind = kindFor(wanted);
      if (kind === undefined) return await sumFromRecords(view, wanted, read);
      const plan = planFor(wanted.edges, kind);
      const fromRecords = [
        ...(await sumWaiting(view, wanted, plan.slices)),
        ...(await sumSlices(view, wanted, plan.slices)),
      ];
      if (wanted.detail === 'few') closed ??= readClosed(view);
      const from = { wanted, kind, plan, moved: groupsIn(fromRecords), closed: await closed, listedMin };
      return [...fromRecords, ...(await sumRuns(view, from))];
    },
    isCapped: async (asked, fromMs, toMs) => {
      const kind = kindFor(asked);
      if (kind === undefined || !isFree(kind)) return false;
      const { rows } = await sql`SELECT 1 FROM usage_series AS s JOIN usage_rollups AS r ON r.series_id = s.id
        WHERE ${ofOrganization(view.scope, 's')} AND s.kind = ${kind} AND s.is_other = 1
          AND r.level = ${sql.lit(LEVELS.day)} AND r.start_at > ${fromMs - DAY_MS} AND r.start_at < ${toMs}
        LIMIT 1`.execute(view.view);
      return rows.length > 0;
    },
  };
}

type FromRuns = {
  readonly wanted: SumsWanted;
  readonly kind: SeriesKind;
  readonly plan: Plan;
  /** Groups to which records add that are in no row. */
  readonly moved: readonly (string | undefined)[];
  /** Missing where nothing is asked for that may be packed. */
  readonly closed: Closed | undefined;
  readonly listedMin: number;
};

function groupsIn(sums: readonly GroupSum[]): readonly (string | undefined)[] {
  return [...new Set(sums.map(({ value }) => value))];
}

/**
 * The first groups by their rows. What records add may move only the groups that it is added to, so as many more are
 * read, and those themselves wherever they stand.
 */
async function sumRuns(view: View, from: FromRuns): Promise<readonly GroupSum[]> {
  const { wanted, moved } = from;
  const { first, ...others } = wanted;
  if (first === undefined || moved.length > MOVED_MAX) return await sumAll(view, { ...from, wanted: others });
  const leading = await sumFirst(view, from, { ...first, count: first.count + moved.length });
  if (moved.length === 0) return leading;
  const found = new Set(leading.map(({ value }) => value));
  const missing = moved.filter((value) => !found.has(value));
  if (missing.length === 0) return leading;
  return [...leading, ...(await sumRows(view, { ...from, wanted: { ...others, values: missing } }))];
}

async function sumAll(view: View, from: FromRuns): Promise<readonly GroupSum[]> {
  const { closed, ...rest } = from;
  return closed !== undefined && isPacked({ ...rest, closed })
    ? await sumPacked(view, { ...rest, closed })
    : await sumRows(view, from);
}

async function sumFirst(
  view: View,
  from: FromRuns,
  first: NonNullable<SumsWanted['first']>,
): Promise<readonly GroupSum[]> {
  const { closed, ...all } = from;
  const plan = { ...from.plan, runs: await usedRuns(view, from.plan.runs) };
  const listed = closed && (await rankListed(view, { ...all, plan, closed, first }));
  return listed ?? (await sumRows(view, { ...from, plan, wanted: { ...from.wanted, first } }));
}

/** Records that are in no row yet. Those in a slice are read with the others there. */
async function sumWaiting(view: View, wanted: SumsWanted, slices: readonly Span[]): Promise<readonly GroupSum[]> {
  const isInSlice = (at: number): boolean => slices.some(({ fromMs, toMs }) => at >= fromMs && at < toMs);
  return await sumPages(wanted, (after) => readWaiting(view, spanOf(wanted.edges), after), isInSlice);
}

async function sumSlices(view: View, wanted: SumsWanted, slices: readonly Span[]): Promise<readonly GroupSum[]> {
  const sums: GroupSum[] = [];
  for (const slice of slices) {
    sums.push(...(await sumPages(wanted, (after) => readRecords(view, { span: slice, wanted, after }))));
  }
  return sums;
}

/** Records that are read one by one for a view, each once however many of its sums need them. */
type RecordsRead = { readonly max: number; readonly known: Map<string, readonly SummedRecord[]> };
type Sources = { readonly read: RecordsRead; readonly listedMin: number };
const NO_RECORDS: Sources = { read: { max: 0, known: new Map() }, listedMin: LISTED_MIN };

/** @throws request.invalid for more than can be read record by record */
async function sumFromRecords(view: View, wanted: SumsWanted, read: RecordsRead): Promise<readonly GroupSum[]> {
  const span = spanOf(wanted.edges);
  if (span.toMs - span.fromMs > FROM_RECORDS_MAX_MS) throw tooMuch('for 31 days at most.');
  const name = JSON.stringify([span, wanted.filters]);
  const records = read.known.get(name) ?? (await readAll(view, { wanted, span, max: read.max }));
  read.known.set(name, records);
  return sumRecords(records, wanted);
}

async function readAll(
  view: View,
  { wanted, span, max }: { readonly wanted: SumsWanted; readonly span: Span; readonly max: number },
): Promise<readonly SummedRecord[]> {
  const records: SummedRecord[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await readRecords(view, { span, wanted, after });
    records.push(...page.map(toPendingRecord));
    if (records.length > max) throw tooMuch(`for ${max} requests at most; take less time or a narrower filter.`);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return records;
    after = positionOf(last);
  }
}

function tooMuch(most: string): GatewayError {
  const message = `from: applications, tags and end users are looked into together with anything but projects ${most}`;
  return new GatewayError('request.invalid', { message, param: 'from' });
}

function spanOf(edges: readonly number[]): Span {
  return { fromMs: edges[0] ?? 0, toMs: edges.at(-1) ?? 0 };
}

type Position = { readonly at: number; readonly id: string };
type ReadPage = (after: Position | undefined) => Promise<readonly SummedRow[]>;

async function sumPages(
  wanted: SumsWanted,
  readPage: ReadPage,
  isLeftOut: (at: number) => boolean = () => false,
): Promise<readonly GroupSum[]> {
  const sums: GroupSum[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await readPage(after);
    const records: readonly SummedRecord[] = page.map(toPendingRecord);
    sums.push(
      ...sumRecords(
        records.filter(({ startedAt }) => !isLeftOut(startedAt)),
        wanted,
      ),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return sums;
    after = positionOf(last);
  }
}

async function readWaiting(
  { view, engine, scope }: View,
  span: Span,
  after: Position | undefined,
): Promise<readonly SummedRow[]> {
  const following = after === undefined ? sql`` : sql`AND (p.started_at, p.record_id) > (${after.at}, ${after.id})`;
  const query = sql`SELECT ${summedColumns()}
    FROM (SELECT p.record_id FROM usage_pending AS p
      WHERE ${ofOrganization(scope, 'p')} AND p.started_at >= ${after?.at ?? span.fromMs} AND p.started_at < ${span.toMs} ${following}
      ORDER BY p.started_at, p.record_id LIMIT ${PAGE_ROWS}) AS p
    JOIN usage_records AS u ON u.id = p.record_id
    WHERE ${ofOrganization(scope, 'u')} ORDER BY u.started_at, u.id`;
  return await readSummed(view, engine, query);
}

/** The rows of a query that selects {@link summedColumns}. */
async function readSummed(view: View['view'], engine: View['engine'], query: RawBuilder<unknown>) {
  const rows = await readLists(view, { engine, names: SUMMED_NAMES, query });
  return rows as readonly SummedRow[];
}

type RecordsWanted = { readonly span: Span; readonly wanted: SumsWanted; readonly after: Position | undefined };

async function readRecords(
  { view, engine, scope }: View,
  { span, wanted, after }: RecordsWanted,
): Promise<readonly SummedRow[]> {
  const following = after === undefined ? sql`` : sql`AND (u.started_at, u.id) > (${after.at}, ${after.id})`;
  const narrowed = Object.entries(RECORD_COLUMNS).flatMap(([dimension, column]) => {
    // The keys of RECORD_COLUMNS are dimensions.
    const values = wanted.filters[dimension as UsageDimension];
    return values === undefined ? [] : [sql` AND ${oneOf(sql.ref(`u.${column}`), values)}`];
  });
  const query = sql`SELECT ${summedColumns()} FROM usage_records AS u
    WHERE ${ofOrganization(scope, 'u')} AND u.started_at >= ${after?.at ?? span.fromMs} AND u.started_at < ${span.toMs}
      ${following} ${narrowed.length === 0 ? sql`` : sql.join(narrowed, sql` `)}
    ORDER BY u.started_at, u.id LIMIT ${PAGE_ROWS}`;
  return await readSummed(view, engine, query);
}
