import { describe, expect, it } from 'vitest';
import { bucketsOf, dateAt, daysOf, pageOf, rangeOf, wordOf, zoneOf } from './query.ts';

const NOW = Date.parse('2026-03-10T12:30:00.500Z');
const at = (text: string): number => Date.parse(text);
const seconds = (text: string): number => at(text) / 1000;

describe('the time that is asked for', () => {
  it.each([
    ['', '2026-03-03T12:30:00Z', '2026-03-10T12:30:01Z'],
    ['timeRange=1', '2026-03-09T12:30:00Z', '2026-03-10T12:30:01Z'],
    // The second of the end is whole.
    [
      `startTime=${seconds('2026-01-01T00:00:00Z')}&endTime=${seconds('2026-01-31T23:59:59Z')}`,
      '2026-01-01T00:00:00Z',
      '2026-02-01T00:00:00Z',
    ],
    [`startTime=${seconds('2026-03-10T00:00:00Z')}`, '2026-03-10T00:00:00Z', '2026-03-10T12:30:01Z'],
  ])('%s', (query, from, to) => {
    expect(rangeOf(new URLSearchParams(query), NOW, 7)).toEqual({ fromMs: at(from), toMs: at(to) });
  });

  it.each([
    ['startTime=1.5', 'startTime'],
    ['endTime=1e9', 'endTime'],
    ['startTime=-1', 'startTime'],
    ['startTime=2&endTime=1', 'endTime'],
    [`startTime=0&endTime=${seconds('2026-01-01T00:00:00Z')}`, 'startTime'],
    ['timeRange=0', 'timeRange'],
  ])('is refused as %s', (query, param) => {
    expect(() => rangeOf(new URLSearchParams(query), NOW)).toThrow(expect.objectContaining({ param }));
  });
});

describe('pieces of time', () => {
  const range = (from: string, to: string) => ({ fromMs: at(from), toMs: at(to) + 1000 });

  it.each([
    // JavaScript's getTimezoneOffset in Taipei, in Kolkata and in New York in winter.
    ['-480', '2026-03-01T16:00:00.000Z', '2026-03-02'],
    ['-330', '2026-03-01T18:30:00.000Z', '2026-03-02'],
    ['300', '2026-03-01T05:00:00.000Z', '2026-03-01'],
    ['', '2026-03-01T00:00:00.000Z', '2026-03-01'],
  ])('begin with the days of who is %s minutes behind UTC', (offset, start, date) => {
    const zone = zoneOf(new URLSearchParams({ timezoneOffset: offset }));
    const { starts } = daysOf(range('2026-03-01T20:15:00Z', '2026-03-05T00:00:00Z'), zone);
    expect(starts.map((ms) => new Date(ms).toISOString())[0]).toBe(start);
    expect(dateAt(zone, starts[0] ?? 0)).toBe(date);
  });

  it('are hours up to one day, and else days', () => {
    const zone = zoneOf(new URLSearchParams());
    const day = bucketsOf(range('2026-03-01T10:30:00Z', '2026-03-02T10:30:00Z'), zone);
    expect([day.granularity, day.starts.length]).toEqual(['hour', 25]);
    const more = bucketsOf(range('2026-03-01T10:30:00Z', '2026-03-02T10:30:01Z'), zone);
    expect([more.granularity, more.starts.length]).toEqual(['day', 2]);
    expect(() => daysOf(range('2017-01-01T00:00:00Z', '2026-01-01T00:00:00Z'), zone)).toThrow('1500 days');
  });
});

it('pages and words are bounded', () => {
  expect(pageOf(new URLSearchParams(), 50)).toEqual({ page: 1, pageSize: 50 });
  expect(pageOf(new URLSearchParams('page=3&pageSize=100'), 50)).toEqual({ page: 3, pageSize: 100 });
  expect(() => pageOf(new URLSearchParams('pageSize=101'), 50)).toThrow('pageSize');
  expect(wordOf(new URLSearchParams('sortOrder='), 'sortOrder', ['asc'])).toBeUndefined();
  expect(() => wordOf(new URLSearchParams('sortOrder=up'), 'sortOrder', ['asc'])).toThrow('sortOrder');
});
