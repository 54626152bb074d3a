const HOUR_MS = 60 * 60_000;
const HOURS_A_DAY = 24;

type Hour = { readonly at: string; readonly hits: number; readonly misses: number };

/** The hours of one day, or the days of more, up to now: each with how often answers were there and how often not. */
export function bucketsOf(hours: readonly Hour[], days: number, nowMs: number) {
  const stepMs = days === 1 ? HOUR_MS : HOURS_A_DAY * HOUR_MS;
  const length = days === 1 ? HOURS_A_DAY : days;
  const endMs = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
  const startMs = endMs - length * stepMs;
  const hitsOf = Array.from({ length }, () => 0);
  const missesOf = Array.from({ length }, () => 0);
  for (const { at, hits, misses } of hours) {
    const place = Math.floor((Date.parse(at) - startMs) / stepMs);
    if (place < 0 || place >= length) continue;
    hitsOf[place] = (hitsOf[place] ?? 0) + hits;
    missesOf[place] = (missesOf[place] ?? 0) + misses;
  }
  const buckets = hitsOf.map((_, place) => ({
    start: new Date(startMs + place * stepMs).toISOString(),
    end: new Date(startMs + (place + 1) * stepMs).toISOString(),
  }));
  return { buckets, hitsOf, missesOf };
}
