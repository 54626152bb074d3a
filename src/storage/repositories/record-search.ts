import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import type { UsageRecord } from '../../protocol/records.ts';
import type { RecordPage, RecordQuestion } from '../../records/ports.ts';
import type { Engine } from '../engine.ts';
import { exactText } from '../exact-columns.ts';
import { type StoredUsage, toUsageRecord } from '../record-rows.ts';
import type { Span } from '../usage-plan.ts';
import { listOf } from './listed-rows.ts';
import { matching } from './record-filter.ts';
import { type Looking, reachOf, type SearchBounds, secondOf } from './record-reach.ts';
import { numbersTable } from './series-rows.ts';
import type { View } from './summed-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Begins the cursor of a page that looked back to an instant; any other is the id of a record. */
const INSTANT = 'before:';
const NO_END = Number.MAX_SAFE_INTEGER;

/** A page goes on below a record, or below an instant. */
type Position = { readonly at: number; readonly id: string | undefined };
type Place = { readonly id: string; readonly at: number };
type Looked = Looking & { readonly position: Position | undefined };

/**
 * One page of records, newest first, in bounded time however many there are and however few match: the sums tell in which
 * quarter-hours some lie, and only those are read. What neither sums nor an index know of, such as a text, is looked for
 * in so many records at a time; such a page says how far back it looked, and the next one goes on there.
 * @throws request.invalid when the cursor is of no page that may be seen
 */
export async function searchRecords(
  view: View,
  question: RecordQuestion,
  page: { readonly limit: number; readonly cursor: string | undefined; readonly bounds: SearchBounds },
): Promise<RecordPage> {
  const position = await positionOf(view, question, page.cursor);
  const fromMs = question.fromMs ?? 0;
  const toMs = Math.min(question.toMs ?? NO_END, position === undefined ? NO_END : position.at + 1);
  if (toMs <= fromMs || question.projectIds?.length === 0) return { records: [], nextCursor: undefined };
  const looked: Looked = { question, span: { fromMs, toMs }, limit: page.limit + 1, bounds: page.bounds, position };
  const reach = await reachOf(view, looked);
  const waiting = reach.hasWaiting ? await waitingPlaces(view, looked) : { places: [], backTo: fromMs };
  const backTo = Math.max(reach.backTo, waiting.backTo);
  const found = [...(await placesIn(view, looked, joined(reach.spans))), ...waiting.places].filter(
    ({ at }) => at >= backTo,
  );
  const places = [...new Map(found.map((place) => [place.id, place])).values()].toSorted(newestFirst);
  const records = await recordsAt(view, places.slice(0, page.limit));
  if (places.length > page.limit) return { records, nextCursor: records.at(-1)?.id };
  if (backTo <= fromMs) return { records, nextCursor: undefined };
  return { records, nextCursor: `${INSTANT}${backTo}`, searchedBackToMs: backTo };
}

async function positionOf(
  { view, scope }: View,
  { projectIds }: RecordQuestion,
  cursor: string | undefined,
): Promise<Position | undefined> {
  if (cursor === undefined) return undefined;
  if (cursor.startsWith(INSTANT)) {
    const at = Number(cursor.slice(INSTANT.length));
    if (!Number.isSafeInteger(at)) throw new GatewayError('request.invalid', { param: 'cursor' });
    return { at: at - 1, id: undefined };
  }
  return { at: await startOfRecord({ view, scope }, cursor, projectIds), id: cursor };
}

/** When the last record of a page began. @throws request.invalid when it is none of those that may be seen */
export async function startOfRecord(
  { view, scope }: Pick<View, 'view' | 'scope'>,
  id: string,
  projectIds: readonly string[] | undefined,
): Promise<number> {
  const record = await view
    .selectFrom('usage_records')
    .select('started_at')
    .where(ofOrganization(scope))
    .where(matching({ projectIds }))
    .where('id', '=', id)
    .executeTakeFirst();
  if (record === undefined) throw new GatewayError('request.invalid', { param: 'cursor' });
  return Number(record.started_at);
}

function below(position: Position | undefined) {
  if (position?.id === undefined) return sql<boolean>`1 = 1`;
  return sql<boolean>`(usage_records.started_at, usage_records.id) < (${position.at}, ${position.id})`;
}

/** Records that are in no sum yet, as far back as so many of them reach. */
async function waitingPlaces({ view, engine, scope }: View, { question, span, limit, bounds, position }: Looked) {
  const last = await view
    .selectFrom('usage_pending')
    .select('started_at')
    .where(ofOrganization(scope))
    .where('started_at', '>=', span.fromMs)
    .where('started_at', '<', span.toMs)
    .orderBy('started_at', 'desc')
    .offset(bounds.records)
    .limit(1)
    .executeTakeFirst();
  const backTo = last === undefined ? span.fromMs : secondOf(span, Number(last.started_at));
  const waiting = sql`(SELECT p.record_id FROM usage_pending AS p WHERE ${ofOrganization(scope, 'p')}
    AND p.started_at >= ${backTo} AND p.started_at < ${span.toMs}) AS waiting`;
  const condition = sql`usage_records.id = waiting.record_id AND ${ofOrganization(scope, 'usage_records')}
    AND ${below(position)} AND ${matching(question)}`;
  const { rows } = await sql<{ id: string; started_at: number }>`
    SELECT usage_records.id, usage_records.started_at FROM ${recordsFor(engine, waiting, condition)}
    ORDER BY usage_records.started_at DESC, usage_records.id DESC LIMIT ${limit}`.execute(view);
  return { places: rows.map(toPlace), backTo };
}

async function placesIn(
  { view, engine, scope }: View,
  { question, limit, position }: Looked,
  spans: readonly Span[],
): Promise<readonly Place[]> {
  const [first] = spans;
  if (first === undefined) return [];
  const conditions = sql`${ofOrganization(scope, 'usage_records')} AND ${below(position)} AND ${matching(question)}`;
  const within = (fromAt: unknown, toAt: unknown) =>
    sql`usage_records.started_at >= ${fromAt} AND usage_records.started_at < ${toAt} AND ${conditions}`;
  const bounds = spans.map(({ fromMs, toMs }) => [fromMs, toMs]);
  const table = sql`(${numbersTable(engine, ['from_at', 'to_at'], bounds)}) AS span`;
  // One span can be read in order until there is enough.
  const from =
    spans.length === 1
      ? sql`usage_records WHERE ${within(first.fromMs, first.toMs)}`
      : recordsFor(engine, table, within(sql.ref('span.from_at'), sql.ref('span.to_at')));
  const { rows } = await sql<{ id: string; started_at: number }>`
    SELECT usage_records.id, usage_records.started_at FROM ${from}
    ORDER BY usage_records.started_at DESC, usage_records.id DESC LIMIT ${limit}`.execute(view);
  return rows.map(toPlace);
}

function toPlace({ id, started_at }: { readonly id: string; readonly started_at: number }): Place {
  return { id, at: Number(started_at) };
}

function newestFirst(a: Place, b: Place): number {
  return b.at - a.at || (b.id < a.id ? -1 : 1);
}

/** Spans as few as can be; they come newest first. */
function joined(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last?.fromMs === span.toMs) result[result.length - 1] = { ...last, fromMs: span.fromMs };
    else result.push(span);
  }
  return result;
}

async function recordsAt({ view, engine, scope }: View, places: readonly Place[]): Promise<readonly UsageRecord[]> {
  if (places.length === 0) return [];
  const wanted = listOf(
    engine,
    ['TEXT'],
    places.map(({ id }) => [id]),
  );
  const condition = sql`usage_records.id = ${wanted.item(0)} AND ${ofOrganization(scope, 'usage_records')}`;
  const { rows } = await sql<StoredUsage>`
    SELECT usage_records.*, ${exactText(sql.ref('usage_records.cost_nano'))} AS cost_nano
    FROM ${recordsFor(engine, wanted.table, condition)}`.execute(view);
  const byId = new Map(rows.map((row) => [row.id, toUsageRecord(row)]));
  return places.flatMap(({ id }) => byId.get(id) ?? []);
}

/**
 * Records by the rows of another table, in that order of loops. Left to themselves both engines would rather read all of
 * the organization's records by time; PostgreSQL keeps to it by `LATERAL` and `OFFSET 0`.
 */
function recordsFor(engine: Engine, outer: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`${outer} CROSS JOIN usage_records WHERE ${condition}`
    : sql`${outer} CROSS JOIN LATERAL (SELECT * FROM usage_records WHERE ${condition} OFFSET 0) AS usage_records`;
}
