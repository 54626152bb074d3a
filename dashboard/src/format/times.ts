/** Times as people read them, in their own zone. */

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];
const DAYS_AS_RELATIVE = 7;

/** `28 Nov 2026, 10:31` */
export function dateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** To the second, for what is looked at closely. */
export function exactTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
}

/** `28 Nov, 10:31:07`, as a log has it. */
export function logTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(iso));
}

export function date(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(new Date(iso));
}

/** `3 minutes ago`; older than a week, the date. */
export function ago(iso: string, language: string, nowMs = Date.now()): string {
  const passed = new Date(iso).getTime() - nowMs;
  const size = Math.abs(passed);
  if (size > DAYS_AS_RELATIVE * 86_400_000) return date(iso, language);
  const [unit, ms] = STEPS.find(([, length]) => size >= length) ?? (['second', 1000] as const);
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(passed / ms), unit);
}

/** What an axis says of a moment, by how far apart the moments are. */
export function tick(iso: string, language: string, stepMs: number): string {
  const format: Intl.DateTimeFormatOptions =
    stepMs < 86_400_000
      ? { hour: 'numeric', minute: '2-digit', hour12: false }
      : stepMs < 28 * 86_400_000
        ? { month: 'short', day: 'numeric' }
        : { month: 'short', year: 'numeric' };
  return new Intl.DateTimeFormat(language, format).format(new Date(iso));
}
