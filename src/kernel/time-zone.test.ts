import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TEST_ZONES } from './testing/zones.ts';
import { type CalendarUnit, cut, timeZone } from './time-zone.ts';

const HOUR_MS = 3_600_000;
const utc = (text: string): number => new Date(text).getTime();

function hoursOf(name: string, from: string, to: string, unit: CalendarUnit): readonly number[] {
  const edges = cut(timeZone(name), { fromMs: utc(from), toMs: utc(to) }, unit, 1000) ?? [];
  return edges.slice(1).map((end, index) => (end - (edges[index] ?? 0)) / HOUR_MS);
}

it.each([
  ['a day that springs forward', 'America/New_York', '2026-03-07T05:00Z', '2026-03-10T04:00Z', 'day', [24, 23, 24]],
  ['a day that falls back', 'America/New_York', '2026-10-31T04:00Z', '2026-11-03T05:00Z', 'day', [24, 25, 24]],
  [
    'an island that shifts by half an hour',
    'Australia/Lord_Howe',
    '2026-04-03T13:00Z',
    '2026-04-05T13:30Z',
    'day',
    [24, 24.5],
  ],
  ['an hour that is as much longer', 'Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T16:30Z', 'hour', [1.5, 1]],
  ['an hour that comes twice', 'America/New_York', '2026-11-01T05:00Z', '2026-11-01T07:00Z', 'hour', [1, 1]],
  ['days of a half-hour zone', 'Asia/Kolkata', '2026-01-01T00:00Z', '2026-01-02T18:30Z', 'day', [18.5, 24]],
  ['a midnight that no clock showed', 'America/Sao_Paulo', '2018-11-03T03:00Z', '2018-11-05T02:00Z', 'day', [24, 23]],
  ['a midnight that came twice', 'America/Sao_Paulo', '2018-02-17T02:00Z', '2018-02-19T03:00Z', 'day', [25, 24]],
  ['weeks, which begin on Monday', 'Asia/Taipei', '2026-01-01T16:00Z', '2026-01-12T00:00Z', 'week', [72, 168, 8]],
  ['months', 'UTC', '2026-01-15T00:00Z', '2026-03-02T00:00Z', 'month', [17 * 24, 28 * 24, 24]],
] as const)('%s has its true length', (_what, zone, from, to, unit, hours) => {
  expect(hoursOf(zone, from, to, unit)).toEqual(hours);
});

it('what cuts into too many pieces is not cut', () => {
  const span = { fromMs: 0, toMs: 10 * HOUR_MS };
  expect(cut(timeZone('UTC'), span, 'hour', 10)).toHaveLength(11);
  expect(cut(timeZone('UTC'), span, 'hour', 9)).toBeUndefined();
});

it('a zone that nobody knows is refused', () => {
  expect(() => timeZone('Mars/Olympus')).toThrow(RangeError);
});

const SPAN_MS = 70 * 24 * HOUR_MS;
const RUNS = 400;

it('days and months begin where the zone’s own calendar turns over, from 2020 to 2040, in thirty zones', () => {
  const calendars = new Map(
    TEST_ZONES.map((name) => [
      name,
      new Intl.DateTimeFormat('en-CA', { timeZone: name, year: 'numeric', month: '2-digit', day: '2-digit' }),
    ]),
  );
  const begins = fc.integer({ min: utc('2020-01-01T00:00Z'), max: utc('2040-12-31T00:00Z') - SPAN_MS });
  fc.assert(
    fc.property(fc.constantFrom(...TEST_ZONES), begins, fc.constantFrom('day', 'month'), (name, fromMs, unit) => {
      const calendar = calendars.get(name);
      const nameAt = (at: number): string => (calendar?.format(at) ?? '').slice(0, unit === 'day' ? 10 : 7);
      const edges = cut(timeZone(name), { fromMs, toMs: fromMs + SPAN_MS }, unit, 100) ?? [];
      for (const edge of edges.slice(1, -1)) expect([edge, nameAt(edge)]).not.toEqual([edge, nameAt(edge - 1)]);
      // Between two edges it is one day or month, so that none was passed over.
      for (const [index, edge] of edges.slice(0, -1).entries()) {
        expect(nameAt((edges[index + 1] ?? 0) - 1)).toBe(nameAt(edge));
      }
    }),
    { numRuns: RUNS },
  );
});
