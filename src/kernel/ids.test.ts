import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdMaker } from './ids.ts';

/** The last millisecond that 48 bits can tell, in the year 10889. */
const LAST_MS = 2 ** 48 - 1;

test('an id is its prefix and 26 small letters and digits, none of which reads like another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LAST_MS }), (now) => {
      expect(createIdMaker(() => now)('req')).toMatch(/^req_[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
    }),
  );
});

test('ids sort by the time they were made', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LAST_MS }), fc.integer({ min: 0, max: LAST_MS }), (first, second) => {
      fc.pre(first < second);
      let now = first;
      const newId = createIdMaker(() => now);
      const earlier = newId('ur');
      now = second;
      expect(earlier < newId('ur')).toBe(true);
    }),
  );
});

test('ids made in the same millisecond begin alike and never meet', () => {
  const newId = createIdMaker(() => 1_760_000_000_000);
  // More than the pool of random bytes holds, so that it is filled several times.
  const ids = Array.from({ length: 20_000 }, () => newId('att'));
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(ids.map((id) => id.slice(0, 'att_'.length + 10))).size).toBe(1);
});

test('two makers do not make the same ids', () => {
  const now = (): number => 1_760_000_000_000;
  const [a, b] = [createIdMaker(now), createIdMaker(now)];
  const ids = Array.from({ length: 1000 }, () => [a('ur'), b('ur')]).flat();
  expect(new Set(ids).size).toBe(2000);
});

test('every random character takes every value', () => {
  const newId = createIdMaker(() => 0);
  const seen = Array.from({ length: 16 }, () => new Set<string>());
  for (let count = 0; count < 3000; count += 1) {
    const random = newId('ur').slice(-16);
    seen.forEach((letters, place) => letters.add(random.charAt(place)));
  }
  expect(seen.map((letters) => letters.size)).toEqual(Array.from({ length: 16 }, () => 32));
});
