import { expect, it } from 'vitest';
import { monthName, monthsUpTo } from './months.ts';

it.each([
  ['UTC', '2026-02', '2026-01', '2025-12'],
  ['Asia/Kolkata', '2026-03', '2026-02', '2026-01'],
  ['Pacific/Honolulu', '2026-02', '2026-01', '2025-12'],
])('months begin with the one that it is in %s', (zone, ...first) => {
  const months = monthsUpTo(Date.parse('2026-02-28T20:00:00Z'), zone);
  expect(months.slice(0, 3)).toEqual(first);
  expect(new Set(months).size).toBe(24);
});

it('a month is named in the language that is spoken', () => {
  expect(monthName('2026-02', 'en')).toBe('February 2026');
  expect(monthName('2026-02', 'zh-TW')).toBe('2026年2月');
});
