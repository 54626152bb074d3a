/** The times that usage is looked at for, as they stand in an address. */

export const RANGES = ['24h', '7d', '30d', '90d', 'month', 'last_month'] as const;
export type RangeName = (typeof RANGES)[number];

export const RANGE_WORDS = {
  '24h': 'overview.range24h',
  '7d': 'overview.range7d',
  '30d': 'overview.range30d',
  '90d': 'overview.range90d',
  month: 'overview.rangeMonth',
  last_month: 'overview.rangeLastMonth',
} as const satisfies Record<RangeName, string>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = { '7d': 7, '30d': 30, '90d': 90 } as const;
/** The end moves on by whole minutes, so that pages that ask at nearly the same time ask the same. */
const ROUND_MS = 60_000;

export type Range = { readonly from: string; readonly to: string };

export function rangeNamed(name: string | undefined): RangeName {
  return RANGES.find((one) => one === name) ?? '7d';
}

/** From when to when a range is, in the viewer's own days and months. */
export function rangeOf(name: RangeName, nowMs: number): Range {
  const end = Math.ceil(nowMs / ROUND_MS) * ROUND_MS;
  const now = new Date(nowMs);
  const iso = (ms: number | Date): string => new Date(ms).toISOString();
  const monthStart = (offset: number): Date => new Date(now.getFullYear(), now.getMonth() + offset, 1);
  if (name === '24h') return { from: iso(end - DAY_MS), to: iso(end) };
  if (name === 'month') return { from: iso(monthStart(0)), to: iso(end) };
  if (name === 'last_month') return { from: iso(monthStart(-1)), to: iso(monthStart(0)) };
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() - DAYS[name] + 1);
  return { from: iso(midnight), to: iso(end) };
}

/** As long a time just before. */
export function before({ from, to }: Range): Range {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  return { from: new Date(start - (end - start)).toISOString(), to: from };
}

/** The unit of a series that has neither too few nor too many points. */
export function granularityFor({ from, to }: Range): 'hour' | 'day' | 'week' {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days <= 3) return 'hour';
  return days <= 120 ? 'day' : 'week';
}
