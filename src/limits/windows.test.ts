import { expect, it } from 'vitest';
import type { LimitUnit } from '../protocol/limits.ts';
import { createWindows } from './windows.ts';

it.each<[string, LimitUnit, string, string, string]>([
  ['2026-03-10T12:00:30.5Z', 'minute', 'Asia/Taipei', '2026-03-10T12:00:00Z', '2026-03-10T12:01:00Z'],
  ['2026-03-10T12:20:00Z', 'hour', 'Asia/Kolkata', '2026-03-10T11:30:00Z', '2026-03-10T12:30:00Z'],
  ['2026-03-10T12:00:00Z', 'day', 'UTC', '2026-03-10T00:00:00Z', '2026-03-11T00:00:00Z'],
  ['2026-03-10T16:00:00Z', 'day', 'Asia/Taipei', '2026-03-10T16:00:00Z', '2026-03-11T16:00:00Z'],
  ['2026-03-10T15:59:59.999Z', 'day', 'Asia/Taipei', '2026-03-09T16:00:00Z', '2026-03-10T16:00:00Z'],
  // The clocks go forward: a day of 23 hours.
  ['2026-03-08T12:00:00Z', 'day', 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
  // And back: one of 25.
  ['2026-11-01T12:00:00Z', 'day', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ['2026-11-01T05:30:00Z', 'hour', 'America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z'],
  // Half an hour of daylight saving.
  ['2026-04-05T00:00:00Z', 'day', 'Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'],
  // A day that no clock of the zone began at midnight.
  ['2026-04-24T12:00:00Z', 'day', 'Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
  ['2026-03-08T23:00:00Z', 'week', 'Europe/Berlin', '2026-03-08T23:00:00Z', '2026-03-15T23:00:00Z'],
  ['2026-03-31T12:00:00Z', 'month', 'Europe/Berlin', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
  ['2026-01-01T00:00:00Z', 'month', 'Pacific/Auckland', '2025-12-31T11:00:00Z', '2026-01-31T11:00:00Z'],
])('%s is in the %s of %s from %s to %s', (at, unit, timeZone, from, to) => {
  const span = createWindows({ kind: 'calendar', unit, timeZone })(Date.parse(at));
  expect(span).toEqual({ kind: 'calendar', startMs: Date.parse(from), endMs: Date.parse(to) });
});

it('windows follow one upon the other without a gap, over years of changes of the clocks', () => {
  for (const unit of ['hour', 'day', 'week', 'month'] as const) {
    for (const timeZone of ['America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Taipei']) {
      const spanAt = createWindows({ kind: 'calendar', unit, timeZone });
      let at = Date.parse('2025-10-01T00:00:00Z');
      for (let turn = 0; turn < 400; turn += 1) {
        const span = spanAt(at);
        if (span.kind !== 'calendar') throw new Error('no calendar');
        expect(span.startMs).toBeLessThanOrEqual(at);
        expect(spanAt(span.endMs - 1)).toEqual(span);
        expect(spanAt(span.endMs)).toMatchObject({ startMs: span.endMs });
        at = span.endMs;
      }
    }
  }
});
