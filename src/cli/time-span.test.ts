import { expect, test } from 'vitest';
import { UsageFailure } from './failure.ts';
import { readMoment } from './time-span.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

test.each([
  ['30d', 1, '2026-03-02T12:00:00.000Z'],
  ['24h', -1, '2026-01-30T12:00:00.000Z'],
  ['2028-02-29', 1, '2028-02-29T00:00:00.000Z'],
  ['2026-03-29T02:30:00+01:00', 1, '2026-03-29T01:30:00.000Z'],
  ['2026-12-31T23:59:59.999-12:00', 1, '2027-01-01T11:59:59.999Z'],
] as const)('%s is a moment', (text, direction, moment) => {
  expect(readMoment(text, NOW, direction)).toBe(moment);
});

test.each(['2026-02-29', '2026-02-31', '2026-04-31T00:00:00Z', '2026-13-01', '2026-01-31T10:00', 'tomorrow'])(
  '%s is none',
  (text) => {
    expect(() => readMoment(text, NOW, 1)).toThrow(UsageFailure);
  },
);
