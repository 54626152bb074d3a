import { invalid } from '../../../kernel/invalid.ts';
import { cut, type TimeZone } from '../../../kernel/time-zone.ts';

/** What AIGNE's usage endpoints are asked, read and bounded. Parameters that nobody knows are left alone. */

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * SECOND_MS;
/** Longer than anybody keeps records. */
const SPAN_DAYS_MAX = 3660;
/** The year 9999, in seconds. */
const SECONDS_MAX = 253_402_300_799;
/** No clock of the world is further from UTC, in minutes. */
const OFFSET_MAX = 840;
const BUCKETS_MAX = 1500;
/** Rows of a page at most. */
const PAGE_SIZE_MAX = 100;
const PAGE_MAX = 1_000_000;
const TEXT_CHARS_MAX = 256;

/** A stretch of time in milliseconds since the epoch: from its start to just before its end. */
export type Range = { readonly fromMs: number; readonly toMs: number };
export type Page = { readonly page: number; readonly pageSize: number };

/** A short text; `undefined` where it is missing or empty. @throws request.invalid */
export function textOf(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name) ?? '';
  if (text.length > TEXT_CHARS_MAX) throw invalid(name, `is longer than ${TEXT_CHARS_MAX} characters.`);
  return text === '' ? undefined : text;
}

/** A whole number between two others. @throws request.invalid */
export function wholeOf(
  query: URLSearchParams,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(name, `is no whole number from ${min} to ${max}.`);
}

/** One of a few words. @throws request.invalid */
export function wordOf<Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined) throw invalid(name, `is none of ${words.join(', ')}.`);
  return found;
}

/** @throws request.invalid */
export function pageOf(query: URLSearchParams, pageSizeDefault: number): Page {
  return {
    page: wholeOf(query, 'page', { min: 1, max: PAGE_MAX }) ?? 1,
    pageSize: wholeOf(query, 'pageSize', { min: 1, max: PAGE_SIZE_MAX }) ?? pageSizeDefault,
  };
}

/**
 * `startTime` and `endTime` in unix seconds, the second of the end included; or `timeRange` in days up to now. Without
 * any of them the last `daysDefault` days, or all that there may be. @throws request.invalid
 */
export function rangeOf(query: URLSearchParams, nowMs: number, daysDefault = SPAN_DAYS_MAX): Range {
  const days = wholeOf(query, 'timeRange', { min: 1, max: SPAN_DAYS_MAX }) ?? daysDefault;
  return rangeBetween(query, { nowMs, days, names: ['startTime', 'endTime'] });
}

/** As {@link rangeOf}, for the lists of credit, which call the two `start` and `end`. @throws request.invalid */
export function creditRangeOf(query: URLSearchParams, nowMs: number): Range {
  return rangeBetween(query, { nowMs, days: SPAN_DAYS_MAX, names: ['start', 'end'] });
}

type Between = { readonly nowMs: number; readonly days: number; readonly names: readonly [string, string] };

function rangeBetween(query: URLSearchParams, { nowMs, days, names: [from, to] }: Between): Range {
  const seconds = { min: 0, max: SECONDS_MAX };
  const end = wholeOf(query, to, seconds) ?? Math.floor(nowMs / SECOND_MS);
  const start = wholeOf(query, from, seconds) ?? Math.max(0, end - days * DAY_SECONDS);
  if (end < start) throw invalid(to, `lies before \`${from}\`.`);
  if (end - start > SPAN_DAYS_MAX * DAY_SECONDS) {
    throw invalid(from, `lies more than ${SPAN_DAYS_MAX} days before the end.`);
  }
  return { fromMs: start * SECOND_MS, toMs: (end + 1) * SECOND_MS };
}

/** The clocks of who asks: `timezoneOffset` is minutes, as JavaScript's `getTimezoneOffset` has it. @throws request.invalid */
export function zoneOf(query: URLSearchParams): TimeZone {
  const minutes = wholeOf(query, 'timezoneOffset', { min: -OFFSET_MAX, max: OFFSET_MAX }) ?? 0;
  return { offsetAt: () => -minutes * MINUTE_MS };
}

/** A stretch of time in pieces. `starts` are where the hour or day of each begins, though the stretch begins within it. */
export type Buckets = {
  readonly granularity: 'hour' | 'day';
  readonly edges: readonly number[];
  readonly starts: readonly number[];
};

/** Hours up to a day, else days. @throws request.invalid for more days than one answer may hold */
export function bucketsOf(range: Range, zone: TimeZone): Buckets {
  const { fromMs, toMs } = range;
  return inUnits(range, zone, toMs - SECOND_MS - fromMs <= DAY_MS ? 'hour' : 'day');
}

/** @throws request.invalid for more days than one answer may hold */
export function daysOf(range: Range, zone: TimeZone): Buckets {
  return inUnits(range, zone, 'day');
}

function inUnits(range: Range, zone: TimeZone, granularity: 'hour' | 'day'): Buckets {
  const edges = cut(zone, range, granularity, BUCKETS_MAX);
  if (edges === undefined) throw invalid('startTime', `makes more than ${BUCKETS_MAX} days.`);
  const unitMs = granularity === 'hour' ? HOUR_MS : DAY_MS;
  const starts = edges.slice(0, -1).map((edge) => {
    const offset = zone.offsetAt(edge);
    return Math.floor((edge + offset) / unitMs) * unitMs - offset;
  });
  return { granularity, edges, starts };
}

/** The calendar date of an instant, on the clocks of a zone. */
export function dateAt(zone: TimeZone, at: number): string {
  return new Date(at + zone.offsetAt(at)).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
