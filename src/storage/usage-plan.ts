import type { UsageDimension, UsageQuestion } from '../protocol/usage-sums.ts';
import {
  CALL_DIMENSIONS,
  CALLER_DIMENSIONS,
  FREE_DIMENSIONS,
  hasHours,
  type SeriesKind,
  SINGLE_DIMENSIONS,
} from './rollup-cells.ts';
import { DAY_MS, endOf, HOUR_MS, LEVELS, type Level, QUARTER_MS, startOf } from './rollup-columns.ts';

export type Span = { readonly fromMs: number; readonly toMs: number };
/**
 * Which series answer a question; `undefined` where only the records do. Values that callers name freely are summed by
 * project and nothing else, and a record with two tags is in two of their series.
 */
export function kindFor({ filters, groupBy }: UsageQuestion): SeriesKind | undefined {
  const filtered = Object.keys(filters);
  const asked = new Set<string>([...filtered, ...(groupBy === undefined ? [] : [groupBy])]);
  const free = [...FREE_DIMENSIONS, 'every_tag' as const].filter((dimension) => asked.has(dimension));
  const [first] = free;
  if (first !== undefined) {
    const isByProject = asked.delete('project');
    const isAmbiguous = first === 'tag' && filters.tag !== undefined && (groupBy === 'tag' || filters.tag.length > 1);
    if (asked.size > 1 || isAmbiguous) return undefined;
    return isByProject ? `${first}_in_project` : first;
  }
  if (asked.size === 0) return 'all';
  const single = asked.size === 1 ? SINGLE_DIMENSIONS.find((dimension) => asked.has(dimension)) : undefined;
  if (single !== undefined) return single;
  const areAll = (dimensions: readonly string[]): boolean => [...asked].every((each) => dimensions.includes(each));
  if (areAll(CALL_DIMENSIONS)) return 'call';
  if (areAll([...CALL_DIMENSIONS, 'project'])) return 'project_call';
  return areAll(CALLER_DIMENSIONS) ? 'caller' : 'record';
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

/** Rows of one level; each step of them is a part of its own, numbered on from the first. */
export type Run = Span & { readonly level: Level; readonly part: number; readonly stepMs: number };
/** What a part adds to a bucket, or with minus one takes from it. */
export type Share = { readonly bucket: number; readonly times: 1 | -1 };

/** How to read the time between edges: from rows of sums, and from records where an edge cuts a quarter-hour. */
export type Plan = {
  readonly runs: readonly Run[];
  /** By the number of the part. */
  readonly shares: ReadonlyMap<number, readonly Share[]>;
  readonly slices: readonly Span[];
};

/** Cuts the time between edges into the longest rows that lie within one bucket each. */
export function planFor(edges: readonly number[], kind: SeriesKind): Plan {
  const slices: Span[] = [];
  const whole: Whole[] = [];
  for (const [index, toMs] of edges.slice(1).entries()) {
    const fromMs = edges[index] ?? toMs;
    const first = Math.ceil(fromMs / QUARTER_MS) * QUARTER_MS;
    const last = Math.floor(toMs / QUARTER_MS) * QUARTER_MS;
    if (first > last) {
      slices.push({ fromMs, toMs });
      continue;
    }
    if (fromMs < first) slices.push({ fromMs, toMs: first });
    if (first < last) whole.push({ fromMs: first, toMs: last, bucket: index });
    if (last < toMs) slices.push({ fromMs: last, toMs });
  }
  const withHours = hasHours(kind);
  // Between two edges alone little is read at the ends, and sums that are all added can be put in order by the store.
  const isDirect =
    edges.length <= 2 || whole.some((each) => each.toMs - each.fromMs < DAY_MS / 2 && isInner(each, edges));
  return { slices, ...(isDirect ? direct(whole, withHours) : byDays(whole, withHours)) };
}

/** A bucket as far as quarter-hours lie in it whole. */
type Whole = Span & { readonly bucket: number };
type Piece = Span & { readonly level: Level };

function isInner({ bucket }: Whole, edges: readonly number[]): boolean {
  return bucket > 0 && bucket < edges.length - 2;
}

function direct(whole: readonly Whole[], withHours: boolean): Omit<Plan, 'slices'> {
  const shares = new Map<number, readonly Share[]>();
  const runs = whole.flatMap(({ bucket, ...span }) => {
    shares.set(bucket, [{ bucket, times: 1 }]);
    return piecesOf(span, withHours).map((piece) => runOf(piece, bucket));
  });
  return { runs: joined(runs), shares };
}

/**
 * Days that begin elsewhere than those of UTC: each bucket is whole days of UTC, nearest to it, and what of one more day
 * lies on either side of each edge. Two buckets share that, and it is half a day at most, instead of all hours.
 */
function byDays(whole: readonly Whole[], withHours: boolean): Omit<Plan, 'slices'> {
  const shares = new Map<number, Share[]>();
  const days: Run[] = [];
  const ends: Run[] = [];
  const parts = new Map<number, number>();
  let next = (whole.at(-1)?.bucket ?? 0) + 1;
  const share = (edge: number, bucket: number, times: 1 | -1): void => {
    const known = parts.get(edge);
    if (known !== undefined) {
      shares.get(known)?.push({ bucket, times });
      return;
    }
    const end = restOf(edge);
    if (end.fromMs === end.toMs) return;
    parts.set(edge, next);
    shares.set(next, [{ bucket, times }]);
    ends.push(...piecesOf(end, withHours).map((piece) => runOf(piece, next)));
    next += 1;
  };
  for (const { fromMs, toMs, bucket } of whole) {
    shares.set(bucket, [{ bucket, times: 1 }]);
    days.push(
      ...piecesOf({ fromMs: nearestDay(fromMs), toMs: nearestDay(toMs) }, false).map((each) => runOf(each, bucket)),
    );
    share(fromMs, bucket, nearestDay(fromMs) > fromMs ? 1 : -1);
    share(toMs, bucket, nearestDay(toMs) > toMs ? -1 : 1);
  }
  return { runs: [...joined(days), ...ends], shares };
}

function nearestDay(at: number): number {
  return Math.round(at / DAY_MS) * DAY_MS;
}

/** What lies between an edge and the beginning of a day of UTC nearest to it. */
function restOf(edge: number): Span {
  const day = nearestDay(edge);
  return day > edge ? { fromMs: edge, toMs: day } : { fromMs: day, toMs: edge };
}

function runOf({ fromMs, toMs, level }: Piece, part: number): Run {
  return { fromMs, toMs, level, part, stepMs: toMs - fromMs };
}

function piecesOf(span: Span, withHours: boolean): readonly Piece[] {
  const quarters = (part: Span) => [{ ...part, level: LEVELS.quarterHour }];
  const hours = withHours ? (part: Span) => split(part, hourEdges(part), LEVELS.hour, quarters) : quarters;
  const days = (part: Span) => split(part, dayEdges(part), LEVELS.day, hours);
  return split(span, monthEdges(span), LEVELS.month, days);
}

/** The whole units in the middle at their level, what is before and after them by finer ones. */
function split(span: Span, inner: Span, level: Level, finer: (part: Span) => readonly Piece[]): readonly Piece[] {
  if (span.fromMs >= span.toMs) return [];
  if (inner.fromMs >= inner.toMs) return finer(span);
  return [
    ...finerOf({ fromMs: span.fromMs, toMs: inner.fromMs }, finer),
    { ...inner, level },
    ...finerOf({ fromMs: inner.toMs, toMs: span.toMs }, finer),
  ];
}

function finerOf(part: Span, finer: (part: Span) => readonly Piece[]): readonly Piece[] {
  return part.fromMs < part.toMs ? finer(part) : [];
}

function hourEdges({ fromMs, toMs }: Span): Span {
  return { fromMs: Math.ceil(fromMs / HOUR_MS) * HOUR_MS, toMs: startOf(LEVELS.hour, toMs) };
}

function dayEdges({ fromMs, toMs }: Span): Span {
  return { fromMs: Math.ceil(fromMs / DAY_MS) * DAY_MS, toMs: startOf(LEVELS.day, toMs) };
}

function monthEdges({ fromMs, toMs }: Span): Span {
  const start = startOf(LEVELS.month, fromMs);
  return { fromMs: start === fromMs ? start : endOf(LEVELS.month, start), toMs: startOf(LEVELS.month, toMs) };
}

/** Runs as few as can be: those of a part, and those of parts that follow one another in equal steps. */
function joined(runs: readonly Run[]): readonly Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last === undefined || last.level !== run.level || last.toMs !== run.fromMs) {
      result.push(run);
      continue;
    }
    const steps = (last.toMs - last.fromMs) / last.stepMs;
    if (last.part === run.part && steps === 1) {
      result[result.length - 1] = { ...last, toMs: run.toMs, stepMs: run.toMs - last.fromMs };
    } else if (run.part === last.part + steps && run.stepMs === last.stepMs) {
      result[result.length - 1] = { ...last, toMs: run.toMs };
    } else result.push(run);
  }
  return result;
}
