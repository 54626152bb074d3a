import { sql } from 'kysely';
import type { UsageDimension, UsageFilters } from '../../protocol/usage-sums.ts';
import type { RecordQuestion, UsageFilter } from '../../records/ports.ts';
import { COLUMN_OF, FREE_DIMENSIONS } from '../rollup-cells.ts';
import { endOf, LEVELS, type Level, startOf } from '../rollup-columns.ts';
import { kindFor, type Span } from '../usage-plan.ts';
import { matching, oneOf } from './record-filter.ts';
import { rowsOf, runsTable } from './series-rows.ts';
import type { View } from './summed-rows.ts';
import { ofOrganization } from './tenant-scope.ts';

/** How much is looked at for one page. */
export type SearchBounds = {
  /** Records, where nothing leads to those that match. */
  readonly records: number;
  /** Quarter-hours, where the sums do. */
  readonly quarters: number;
  /** Where the sums know a part of the question only, so many records that they know of. */
  readonly candidates: number;
};

/** A tenth of a second's worth. */
export const SEARCH_BOUNDS: SearchBounds = { records: 20_000, quarters: 200, candidates: 2000 };

/** Where to look: what matches and is not older than `backTo` lies in these spans, or waits to be summed. */
export type Reach = { readonly spans: readonly Span[]; readonly backTo: number; readonly hasWaiting: boolean };

export type Looking = {
  readonly question: RecordQuestion;
  readonly span: Span;
  /** So many records are enough. */
  readonly limit: number;
  readonly bounds: SearchBounds;
};

/**
 * Works out where the newest records lie that match: by the sums where they can tell, and else within as many records as
 * may be looked at.
 */
export async function reachOf(view: View, looking: Looking): Promise<Reach> {
  const { question, span } = looking;
  const { dimensions, isAll } = summedBy(question);
  const isExact = isAll && question.text === undefined;
  const isByKey = question.keyId !== undefined;
  if (Object.keys(dimensions).length === 0 && isExact) return { spans: [span], backTo: span.fromMs, hasWaiting: false };
  if (Object.keys(dimensions).length === 0 || isByKey) {
    const backTo = await boundOf(view, looking);
    return { spans: [{ fromMs: backTo, toMs: span.toMs }], backTo, hasWaiting: false };
  }
  return { ...(await quartersWith(view, looking, { dimensions, isExact })), hasWaiting: true };
}

/** What of a question the sums can tell of together: what callers name freely only by itself or in its project. */
function summedBy(question: UsageFilter): { readonly dimensions: UsageFilters; readonly isAll: boolean } {
  const { projectIds = [], endUser, application } = question;
  const only = (dimension: UsageDimension, value: string | undefined): UsageFilters =>
    value === undefined ? {} : { [dimension]: [value] };
  const projects: UsageFilters = projectIds.length === 0 ? {} : { project: projectIds };
  const all: UsageFilters = {
    ...projects,
    ...only('model', question.model),
    ...only('provider', question.providerId),
    ...only('connection', question.connectionId),
    ...only('status', question.status),
    ...only('end_user', endUser),
    ...only('application', application),
  };
  if (kindFor({ filters: all, groupBy: undefined }) !== undefined) return { dimensions: all, isAll: true };
  const rarest = endUser === undefined ? only('application', application) : only('end_user', endUser);
  return { dimensions: { ...projects, ...rarest }, isAll: false };
}

/** How far back as many records reach as may be looked at. All of one second are looked at, so that none is cut off. */
async function boundOf({ view, scope }: View, { question, span, bounds }: Looking): Promise<number> {
  const last = await view
    .selectFrom('usage_records')
    .select('started_at')
    .where(ofOrganization(scope))
    .where(matching({ ...span, keyId: question.keyId }))
    .orderBy('started_at', 'desc')
    .offset(bounds.records)
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? span.fromMs : secondOf(span, Number(last.started_at));
}

/** The second that an instant lies in, as far as it is looked at. */
export function secondOf(span: Span, at: number): number {
  return Math.max(span.fromMs, Math.floor(at / 1000) * 1000);
}

type Summed = { readonly dimensions: UsageFilters; readonly isExact: boolean };

/** The quarter-hours, newest first, in which the sums have what is asked for: found by months, then by days of those. */
async function quartersWith({ view, engine, scope }: View, looking: Looking, { dimensions, isExact }: Summed) {
  const { span, limit, bounds } = looking;
  const conditions = Object.entries(dimensions).map(([name, values]) => {
    // The keys of UsageFilters are dimensions.
    const isOneOf = oneOf(sql.ref(`s.${COLUMN_OF[name as UsageDimension]}`), values);
    // Among what was too much to be kept apart may be what is looked for.
    return FREE_DIMENSIONS.some((free) => free === name) ? sql`(${isOneOf} OR s.is_other = 1)` : isOneOf;
  });
  const series = sql`SELECT s.id, s.is_other FROM usage_series AS s
    WHERE ${ofOrganization(scope, 's')} AND s.kind = ${kindFor({ filters: dimensions, groupBy: undefined })}
      AND ${sql.join(conditions, sql` AND `)}`;
  let reach: Omit<Reach, 'hasWaiting'> = { spans: [span], backTo: span.fromMs };
  for (const level of [LEVELS.month, LEVELS.day, LEVELS.quarterHour]) {
    const runs = reach.spans.map(({ fromMs, toMs }) => ({
      level,
      fromMs: startOf(level, fromMs),
      toMs,
      part: 0,
      stepMs: 1,
      times: 1 as const,
    }));
    const { rows } = await sql<Stretch>`
      WITH run AS MATERIALIZED (${runsTable(engine, runs)})
      SELECT r.start_at, SUM(CASE WHEN s.is_other = 1 THEN 0 ELSE r.requests END) AS requests
      FROM ${rowsOf(engine, series)} GROUP BY r.start_at ORDER BY r.start_at DESC`.execute(view);
    reach = newestOf(rows, {
      level,
      span,
      enough: isExact ? limit : bounds.candidates,
      most: bounds.quarters,
      backTo: reach.backTo,
    });
  }
  return reach;
}

type Stretch = { readonly start_at: number; readonly requests: number | string | null };
type Choosing = {
  readonly level: Level;
  readonly span: Span;
  readonly enough: number;
  /** Of quarter-hours. */
  readonly most: number;
  readonly backTo: number;
};

/** The newest stretches that hold enough. What one holds that is cut by the span does not count: it may lie outside. */
function newestOf(
  rows: readonly Stretch[],
  { level, span, enough, most, backTo }: Choosing,
): Omit<Reach, 'hasWaiting'> {
  const spans: Span[] = [];
  let counted = 0;
  for (const [index, { start_at, requests }] of rows.entries()) {
    const startMs = Number(start_at);
    const endMs = endOf(level, startMs);
    const fromMs = Math.max(span.fromMs, startMs);
    spans.push({ fromMs, toMs: Math.min(span.toMs, endMs) });
    if (endMs <= span.toMs) counted += Number(requests ?? 0);
    const isFull = counted >= enough || (level === LEVELS.quarterHour && spans.length === most);
    if (isFull && index < rows.length - 1) return { spans, backTo: Math.max(backTo, fromMs) };
  }
  return { spans, backTo };
}
