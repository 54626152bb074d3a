/**
 * Calendars of the world's time zones, as the runtime's own zone data knows them. Hours, days, weeks and months begin
 * where the clocks of the zone say so: a day may have 23 or 25 hours, and one zone shifts by half an hour.
 */
export type TimeZone = {
  /** Milliseconds that the zone's clocks are ahead of UTC. */
  readonly offsetAt: (at: number) => number;
};

export const CALENDAR_UNITS = ['quarter_hour', 'hour', 'day', 'week', 'month'] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday, three days after a Monday. */
const DAYS_TO_MONDAY = 3;

/** @throws RangeError when no zone has the name */
export function timeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return {
    offsetAt(at) {
      // Offsets change on whole minutes of UTC in all of the zone data, and no zone changes twice within a quarter-hour.
      const minute = Math.floor(at / 60_000);
      const found = known.get(minute);
      if (found !== undefined) return found;
      const offset = parseOffset(format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '');
      known.set(minute, offset);
      return offset;
    },
  };
}

/** `GMT`, `GMT+05:30`, `GMT-00:44:30`. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes, seconds = '0'] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(text) ?? [];
  if (sign === undefined) return 0;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

/**
 * The instants at which a stretch of time is cut into units of the zone's calendar: its two ends, and every beginning of
 * a unit between them. Gives up once there are more than `max` pieces.
 */
export function cut(
  zone: TimeZone,
  span: { readonly fromMs: number; readonly toMs: number },
  unit: CalendarUnit,
  max: number,
): readonly number[] | undefined {
  const edges = [span.fromMs];
  for (let at = nextStart(zone, span.fromMs, unit); at < span.toMs; at = nextStart(zone, at, unit)) {
    edges.push(at);
    if (edges.length > max) return undefined;
  }
  edges.push(span.toMs);
  return edges;
}

/** Longer than any unit is, so that one begins within it before every instant. */
const LONGEST_MS = {
  quarter_hour: QUARTER_MS,
  hour: 3 * HOUR_MS,
  day: 3 * DAY_MS,
  week: 9 * DAY_MS,
  month: 33 * DAY_MS,
} as const satisfies Record<CalendarUnit, number>;

/** The unit of the zone's calendar that an instant lies in. */
export function unitAround(
  zone: TimeZone,
  at: number,
  unit: CalendarUnit,
): { readonly startMs: number; readonly endMs: number } {
  let startMs = nextStart(zone, at - LONGEST_MS[unit], unit);
  for (;;) {
    const endMs = nextStart(zone, startMs, unit);
    if (endMs > at) return { startMs, endMs };
    startMs = endMs;
  }
}

/** The first beginning of a unit after an instant. */
function nextStart(zone: TimeZone, at: number, unit: CalendarUnit): number {
  if (unit === 'quarter_hour') return Math.floor(at / QUARTER_MS) * QUARTER_MS + QUARTER_MS;
  if (unit === 'hour') return nextHour(zone, at);
  const local = at + zone.offsetAt(at);
  const day = Math.floor(local / DAY_MS);
  // Where the clocks go back over midnight, a day's name comes again when the day after has begun already.
  for (let next = followingDay(day, unit); ; next = followingDay(next, unit)) {
    const start = startOfDay(zone, next);
    if (start > at) return start;
  }
}

function followingDay(day: number, unit: 'day' | 'week' | 'month'): number {
  if (unit === 'day') return day + 1;
  if (unit === 'week')
    return day + DAYS_PER_WEEK - ((((day + DAYS_TO_MONDAY) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK);
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

/** An hour that a change of the clocks falls into is as much longer or shorter as they are set back or forward. */
function nextHour(zone: TimeZone, at: number): number {
  const untilNext = (instant: number): number => {
    const local = instant + zone.offsetAt(instant);
    return instant + HOUR_MS - (((local % HOUR_MS) + HOUR_MS) % HOUR_MS);
  };
  const next = untilNext(at);
  if (zone.offsetAt(next) === zone.offsetAt(at)) return next;
  const change = findChange(zone, at, next);
  return (change + zone.offsetAt(change)) % HOUR_MS === 0 ? change : untilNext(change);
}

/** The first instant of a local day, which is counted from 1970-01-01. */
function startOfDay(zone: TimeZone, day: number): number {
  const local = day * DAY_MS;
  const before = local - zone.offsetAt(local - DAY_MS);
  const after = local - zone.offsetAt(local + DAY_MS);
  const [first, second] = before < after ? [before, after] : [after, before];
  if (first + zone.offsetAt(first) === local) return first;
  if (second + zone.offsetAt(second) === local) return second;
  // No clock ever showed that midnight: the day begins with the change that skipped it.
  return findChange(zone, first - HOUR_MS, second);
}

/** Where a month begins by the clocks of a zone; `monthMs`: where it does in UTC. */
export function startOfMonth(zone: TimeZone, monthMs: number): number {
  return startOfDay(zone, monthMs / DAY_MS);
}

/** The instant in (low, high] from which the offset is the one that holds at `high`. */
function findChange(zone: TimeZone, low: number, high: number): number {
  const offset = zone.offsetAt(high);
  let [from, to] = [low, high];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (zone.offsetAt(middle) === offset) to = middle;
    else from = middle;
  }
  return to;
}
