import { type TimeZone, timeZone, unitAround } from '../kernel/time-zone.ts';
import type { LimitUnit, LimitWindow } from '../protocol/limits.ts';
import type { Span } from './ports.ts';

const MINUTE_MS = 60_000;
const CONCURRENT: Span = { kind: 'concurrent' };

/** Says in which stretch of time something counts; the one that was found last is kept. */
export function createWindows(window: LimitWindow | undefined): (at: number) => Span {
  if (window === undefined) return () => CONCURRENT;
  if (window.kind === 'rolling') {
    const span: Span = { kind: 'rolling', lengthMs: window.seconds * 1000 };
    return () => span;
  }
  const { unit } = window;
  const zone = timeZone(window.timeZone);
  let last: Extract<Span, { kind: 'calendar' }> | undefined;
  return (at) => {
    if (last === undefined || at < last.startMs || at >= last.endMs)
      last = { kind: 'calendar', ...around(zone, at, unit) };
    return last;
  };
}

/** Clocks of all zones change on whole minutes. */
function around(zone: TimeZone, at: number, unit: LimitUnit): { readonly startMs: number; readonly endMs: number } {
  if (unit !== 'minute') return unitAround(zone, at, unit);
  const startMs = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return { startMs, endMs: startMs + MINUTE_MS };
}
