import type { Limit } from '../protocol/limits.ts';
import type { CompiledLimit } from './applicable.ts';
import type { LimitCounters, Span, SubjectCount } from './ports.ts';

const PERCENT = 100n;

/** A threshold of a limit that is reached in a window. */
export type Reached = {
  readonly limit: Limit;
  /** Whose count it is, where each has one. */
  readonly subject: string | undefined;
  readonly percent: number;
  readonly used: bigint;
  readonly resetAtMs: number;
  /** The same for one limit, subject and window, so that it is told once. */
  readonly key: string;
};

/** The highest threshold that each count has reached; lower ones that were passed on the way are not told as well. */
export async function findReached(
  limits: readonly CompiledLimit[],
  counters: Pick<LimitCounters, 'peek'>,
  now: number,
): Promise<readonly Reached[]> {
  const watched = limits.filter(({ limit }) => limit.thresholds.length > 0);
  if (watched.length === 0) return [];
  const asked = watched.map(({ limit, spanAt }) => {
    const { id: limitId, countsSince, organizationId } = limit;
    return { organizationId, limitId, countsSince, span: spanAt(now) };
  });
  const counts = await counters.peek(asked, now);
  return watched.flatMap(({ limit }, place) => {
    const span = asked[place]?.span;
    return span === undefined ? [] : (counts[place] ?? []).flatMap((count) => reachedBy(limit, count, { span, now }));
  });
}

function reachedBy(
  limit: Limit,
  { subject, used, resetAtMs }: SubjectCount,
  { span, now }: { readonly span: Span; readonly now: number },
): readonly Reached[] {
  const percent = limit.thresholds.findLast((threshold) => used * PERCENT >= limit.amount * BigInt(threshold));
  if (percent === undefined) return [];
  const key = [limit.id, limit.countsSince, windowOf(span, now), percent, subject].join(':');
  return [{ limit, subject: subject === '' ? undefined : subject, percent, used, resetAtMs, key }];
}

/** A rolling window has no beginning: it is told once in its length. */
function windowOf(span: Span, now: number): number {
  if (span.kind === 'calendar') return span.startMs;
  return span.kind === 'rolling' ? Math.floor(now / span.lengthMs) : 0;
}
