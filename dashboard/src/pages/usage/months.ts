/** Calendar months as `2026-10`. */

/** As many as are kept in view: two years. */
const MONTHS = 24;

/** The month that it is by the clocks of a zone, and those before it. */
export function monthsUpTo(nowMs: number, zone: string): readonly string[] {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: 'numeric' }).formatToParts(
    nowMs,
  );
  const partOf = (type: 'year' | 'month') => Number(parts.find((part) => part.type === type)?.value);
  return Array.from({ length: MONTHS }, (_, back) => {
    const first = new Date(Date.UTC(partOf('year'), partOf('month') - 1 - back, 1));
    return first.toISOString().slice(0, 'YYYY-MM'.length);
  });
}

/** `October 2026` */
export function monthName(month: string, language: string): string {
  const format = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long', timeZone: 'UTC' });
  return format.format(Date.parse(`${month}-01T00:00:00Z`));
}
