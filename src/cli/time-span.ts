import { UsageFailure } from './failure.ts';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A span as people write it: `24h`, `7d`. @returns whole seconds @throws UsageFailure when it is none */
export function readSpanSeconds(text: string): number {
  const ms = spanMs(text);
  if (ms === undefined) throw new UsageFailure(`"${text}" is no span of time: write 30m, 24h, 7d or 2w`);
  return ms / 1000;
}

function spanMs(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/**
 * A moment as people write it: `24h`, `7d` (that long before or after now) or a date such as `2026-01-31`.
 * @param direction -1 reads a span as that long ago, 1 as that far ahead
 * @returns ISO 8601 in UTC
 * @throws UsageFailure when it is neither
 */
export function readMoment(text: string, nowMs: number, direction: -1 | 1): string {
  const span = spanMs(text);
  if (span !== undefined) return new Date(nowMs + direction * span).toISOString();
  const isDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(text);
  if (isDate && isDayThere(text) && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new UsageFailure(`"${text}" is no time: write 30m, 24h, 7d, 2w or a date such as 2026-01-31`);
}

const DATE_CHARS = 'YYYY-MM-DD'.length;

/** The runtime takes the 31st of February for a day in March. */
function isDayThere(text: string): boolean {
  const day = text.slice(0, DATE_CHARS);
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
