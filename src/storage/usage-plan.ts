import type { SumsWanted, UsageDimension } from '../protocol/usage-sums.ts';
import {
  CALL_DIMENSIONS,
  CALLER_DIMENSIONS,
  FREE_DIMENSIONS,
  hasHours,
  type SeriesKind,
  SINGLE_DIMENSIONS,
} from './rollup-cells.ts';
import { DAY_MS, HOUR_MS, LEVELS, type Level, QUARTER_MS, startOf } from './rollup-columns.ts';

export type Span = { readonly fromMs: number; readonly toMs: number };
/** A stretch of time that is read from the rows of one level. */
export type Run = Span & { readonly level: Level };

/**
 * Which series answer a question; `undefined` where only the records do. Values that callers name freely are summed by
 * project and nothing else, and a record with two tags is in two of their series.
 */
export function kindFor({ filters, groupBy }: SumsWanted): SeriesKind | undefined {
  const filtered = Object.keys(filters);
  const asked = new Set<string>([...filtered, ...(groupBy === undefined ? [] : [groupBy])]);
  const free = [...FREE_DIMENSIONS, 'every_tag' as const].filter((dimension) => asked.has(dimension));
  const [first] = free;
  if (first !== undefined) {
    asked.delete('project');
    const isAmbiguous = first === 'tag' && filters.tag !== undefined && (groupBy === 'tag' || filters.tag.length > 1);
    return asked.size === 1 && !isAmbiguous ? first : undefined;
  }
  if (asked.size === 0) return 'all';
  const single = asked.size === 1 ? SINGLE_DIMENSIONS.find((dimension) => asked.has(dimension)) : undefined;
  if (single !== undefined) return single;
  if ([...asked].every((dimension) => CALL_DIMENSIONS.some((each) => each === dimension))) return 'call';
  return [...asked].every((dimension) => CALLER_DIMENSIONS.some((each) => each === dimension)) ? 'caller' : 'record';
}

/** The dimensions that are in columns of usage records, by which a read of them can be narrowed. */
export const RECORD_COLUMNS = {
  operation: 'operation',
  provider: 'provider_id',
  connection: 'connection_id',
  key: 'key_id',
  project: 'project_id',
  member: 'member_id',
  status: 'status',
  application: 'application',
  end_user: 'end_user',
} as const satisfies Partial<Record<UsageDimension, string>>;

/** How to read the time between edges: from rows of sums, and from records where an edge cuts a quarter-hour. */
export type Plan = { readonly runs: readonly Run[]; readonly slices: readonly Span[] };

/** Cuts the time between edges into the longest rows that lie within one bucket each. */
export function planFor(edges: readonly number[], kind: SeriesKind): Plan {
  const runs: Run[] = [];
  const slices: Span[] = [];
  for (const [index, toMs] of edges.slice(1).entries()) {
    const fromMs = edges[index] ?? toMs;
    const first = Math.ceil(fromMs / QUARTER_MS) * QUARTER_MS;
    const last = Math.floor(toMs / QUARTER_MS) * QUARTER_MS;
    if (first > last) {
      slices.push({ fromMs, toMs });
      continue;
    }
    if (fromMs < first) slices.push({ fromMs, toMs: first });
    runs.push(...runsOf({ fromMs: first, toMs: last }, hasHours(kind)));
    if (last < toMs) slices.push({ fromMs: last, toMs });
  }
  return { runs: joined(runs), slices };
}

function runsOf(span: Span, withHours: boolean): readonly Run[] {
  const quarters = (part: Span) => [{ ...part, level: LEVELS.quarterHour }];
  const hours = withHours ? (part: Span) => split(part, hourEdges(part), LEVELS.hour, quarters) : quarters;
  const days = (part: Span) => split(part, dayEdges(part), LEVELS.day, hours);
  return split(span, monthEdges(span), LEVELS.month, days);
}

/** The whole units in the middle at their level, what is before and after them by finer ones. */
function split(span: Span, inner: Span, level: Level, finer: (part: Span) => readonly Run[]): readonly Run[] {
  if (span.fromMs >= span.toMs) return [];
  if (inner.fromMs >= inner.toMs) return finer(span);
  return [
    ...finerOf({ fromMs: span.fromMs, toMs: inner.fromMs }, finer),
    { ...inner, level },
    ...finerOf({ fromMs: inner.toMs, toMs: span.toMs }, finer),
  ];
}

function finerOf(part: Span, finer: (part: Span) => readonly Run[]): readonly Run[] {
  return part.fromMs < part.toMs ? finer(part) : [];
}

function hourEdges({ fromMs, toMs }: Span): Span {
  return { fromMs: Math.ceil(fromMs / HOUR_MS) * HOUR_MS, toMs: startOf(LEVELS.hour, toMs) };
}

function dayEdges({ fromMs, toMs }: Span): Span {
  return { fromMs: Math.ceil(fromMs / DAY_MS) * DAY_MS, toMs: startOf(LEVELS.day, toMs) };
}

function monthEdges({ fromMs, toMs }: Span): Span {
  const date = new Date(fromMs);
  const start = startOf(LEVELS.month, fromMs);
  const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return { fromMs: start === fromMs ? start : next, toMs: startOf(LEVELS.month, toMs) };
}

function joined(runs: readonly Run[]): readonly Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last?.level === run.level && last.toMs === run.fromMs) result[result.length - 1] = { ...last, toMs: run.toMs };
    else result.push(run);
  }
  return result;
}

/** Edges in a row that are equally far from one another: the number of a bucket is a division there. */
export type Stretch = Span & { readonly stepMs: number; readonly bucket: number };

/** Edges as few stretches: most days of a year are equally long. */
export function stretchesOf(edges: readonly number[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const [bucket, toMs] of edges.slice(1).entries()) {
    const fromMs = edges[bucket] ?? toMs;
    const last = stretches.at(-1);
    if (last?.stepMs === toMs - fromMs) stretches[stretches.length - 1] = { ...last, toMs };
    else stretches.push({ fromMs, toMs, stepMs: toMs - fromMs, bucket });
  }
  return stretches;
}
