import type { UsageDimension, UsageQuestion } from '../protocol/usage-sums.ts';
import {
  CALL_DIMENSIONS,
  CALL_DIMENSIONS_IN_PROJECT,
  CALLER_DIMENSIONS,
  FREE_DIMENSIONS,
  levelsOf,
  type SeriesKind,
  SINGLE_DIMENSIONS,
} from './rollup-cells.ts';
import { DAY_MS, endOf, LEVELS, type Level, QUARTER_MS, SIX_HOURS_MS, startOf } from './rollup-columns.ts';

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
  const inProject =
    asked.size === 2 && asked.has('project') && CALL_DIMENSIONS_IN_PROJECT.find((dimension) => asked.has(dimension));
  if (inProject) return `${inProject}_in_project`;
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

/** The packed days of a month; its quarter-hours are in a part for each six hours of the day. */
export const DAYS_PART = 0;
export const PARTS = 5;

const QUARTERS_OF_DAY = DAY_MS / QUARTER_MS;

export function partOfQuarter(at: number): number {
  return DAYS_PART + 1 + Math.floor((at % DAY_MS) / SIX_HOURS_MS);
}

/** Rows of one level, to be added or, with minus one, taken away. */
type Piece = Span & { readonly level: Level; readonly times: 1 | -1 };
/** Rows; each step of them is a part of its own, numbered on from the first. */
export type Run = Piece & { readonly part: number; readonly stepMs: number };
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
  const levels = levelsOf(kind).toReversed();
  // Between two edges alone little is read at the ends, and sums that are all added can be put in order by the store.
  const isDirect =
    edges.length <= 2 || whole.some((each) => each.toMs - each.fromMs < DAY_MS / 2 && isInner(each, edges));
  return { slices, ...(isDirect ? direct(whole, levels) : byDays(whole, levels)) };
}

const WHOLE_DAYS: readonly Level[] = [LEVELS.month, LEVELS.day];
/** A bucket as far as quarter-hours lie in it whole. */
type Whole = Span & { readonly bucket: number };

function isInner({ bucket }: Whole, edges: readonly number[]): boolean {
  return bucket > 0 && bucket < edges.length - 2;
}

function direct(whole: readonly Whole[], levels: readonly Level[]): Omit<Plan, 'slices'> {
  const shares = new Map<number, readonly Share[]>();
  const runs = whole.flatMap(({ bucket, ...span }) => {
    shares.set(bucket, [{ bucket, times: 1 }]);
    return piecesOf(span, levels).map((piece) => runOf(piece, bucket));
  });
  return { runs: joined(runs), shares };
}

/**
 * Days that begin elsewhere than those of UTC: each bucket is whole days of UTC, nearest to it, and what of one more day
 * lies on either side of each edge. Two buckets share that, and it is half a day at most, instead of all hours.
 */
function byDays(whole: readonly Whole[], levels: readonly Level[]): Omit<Plan, 'slices'> {
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
    ends.push(...piecesOf(end, levels).map((piece) => runOf(piece, next)));
    next += 1;
  };
  for (const { fromMs, toMs, bucket } of whole) {
    shares.set(bucket, [{ bucket, times: 1 }]);
    days.push(
      ...piecesOf({ fromMs: nearestDay(fromMs), toMs: nearestDay(toMs) }, WHOLE_DAYS).map((each) =>
        runOf(each, bucket),
      ),
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

function runOf({ fromMs, toMs, level, times }: Piece, part: number): Run {
  return { fromMs, toMs, level, times, part, stepMs: toMs - fromMs };
}

/**
 * The time between two instants by rows of these levels, the longest first. Its ends are the nearest ones at a level, and
 * what that is too little or too much is added or taken away by finer rows: half a row's length on either side at most.
 */
function piecesOf(span: Span, levels: readonly Level[]): readonly Piece[] {
  const [level, ...finer] = levels;
  if (span.fromMs >= span.toMs || level === undefined) return [];
  const [fromMs, toMs] = [nearest(level, span.fromMs), nearest(level, span.toMs)];
  if (fromMs >= toMs) return piecesOf(span, finer);
  const pieces = [
    ...wayBetween(span.fromMs, fromMs, finer),
    { fromMs, toMs, level, times: 1 as const },
    ...wayBetween(toMs, span.toMs, finer),
  ];
  if (endOf(level, fromMs) < toMs || finer.length === 0) return pieces;
  const others = piecesOf(span, finer);
  return costOf(pieces) < costOf(others) ? pieces : others;
}

/** Backwards is taken away. */
function wayBetween(fromMs: number, toMs: number, levels: readonly Level[]): readonly Piece[] {
  if (fromMs <= toMs) return piecesOf({ fromMs, toMs }, levels);
  return piecesOf({ fromMs: toMs, toMs: fromMs }, levels).map((piece) => ({
    ...piece,
    times: piece.times === 1 ? -1 : 1,
  }));
}

function nearest(level: Level, at: number): number {
  const before = startOf(level, at);
  const after = endOf(level, before);
  return at - before < after - at ? before : after;
}

/** Rows, and about as much again to find the first of each stretch of them. */
function costOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { level, fromMs, toMs }) => {
    const length = endOf(level, fromMs) - fromMs;
    return sum + 1 + Math.ceil((toMs - fromMs) / length);
  }, 0);
}

/** Runs as few as can be: those of a part, and those of parts that follow one another in equal steps. */
function joined(runs: readonly Run[]): readonly Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last === undefined || last.level !== run.level || last.times !== run.times || last.toMs !== run.fromMs) {
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

/** The edges within a stretch of time, which cuts off what lies outside, and how many buckets come before the first. */
export function clip(
  edges: readonly number[],
  span: Span,
): { readonly edges: readonly number[]; readonly offset: number } | undefined {
  const fromMs = Math.max(span.fromMs, edges[0] ?? 0);
  const toMs = Math.min(span.toMs, edges.at(-1) ?? 0);
  if (fromMs >= toMs) return undefined;
  const inner = edges.filter((edge) => edge > fromMs && edge < toMs);
  return { edges: [fromMs, ...inner, toMs], offset: edges.filter((edge) => edge <= fromMs).length - 1 };
}

/**
 * How packed months before an instant fold into buckets: a day goes as a whole to the bucket that its noon lies in, and
 * from there those of its quarter-hours that belong elsewhere. `parts` are the parts of days that have any.
 */
export function foldFor(edges: readonly number[], closedAt: number) {
  const fromMs = startOf(LEVELS.month, edges[0] ?? 0);
  const lastMs = Math.min(edges.at(-1) ?? 0, closedAt) - 1;
  const toMs = endOf(LEVELS.month, startOf(LEVELS.month, lastMs));
  const [firstDay, firstQuarter] = [fromMs / DAY_MS, fromMs / QUARTER_MS];
  const buckets = Array.from<number | undefined>({ length: (toMs - fromMs) / QUARTER_MS });
  for (const [bucket, edge] of edges.slice(1).entries()) {
    const begin = Math.ceil((edges[bucket] ?? edge) / QUARTER_MS) - firstQuarter;
    const end = Math.min(Math.floor(edge / QUARTER_MS) - firstQuarter, buckets.length);
    for (let quarter = begin; quarter < end; quarter += 1) buckets[quarter] = bucket;
  }
  const homes = Array.from({ length: (toMs - fromMs) / DAY_MS }, (_, day) => buckets[(day + 0.5) * QUARTERS_OF_DAY]);
  const parts = new Set<number>();
  for (let quarter = 0; quarter < buckets.length; quarter += 1) {
    const home = homes[Math.floor(quarter / QUARTERS_OF_DAY)];
    if (buckets[quarter] !== home) parts.add(partOfQuarter((quarter + firstQuarter) * QUARTER_MS));
  }
  return {
    fromMs,
    toMs,
    parts: [...parts],
    homeOf: (day: number): number | undefined => homes[day - firstDay],
    movesOf: (quarter: number) => ({
      home: homes[Math.floor((quarter - firstQuarter) / QUARTERS_OF_DAY)],
      bucket: buckets[quarter - firstQuarter],
    }),
  };
}
