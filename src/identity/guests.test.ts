import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGuests, VISITORS_OF_ADDRESS } from './guests.ts';
import { createThrottle } from './throttle.ts';
import { createKeyHasher } from './virtual-key.ts';

const DAY_MS = 86_400_000;
const NOON = 20_000 * DAY_MS + DAY_MS / 2;
const MINUTE_MS = 60_000;

/** Instances of one hub, each with its clock, over one store of counts. */
function openInstances(...clocks: { now: number }[]) {
  const counts = new Map<string, { windowStart: number; count: number }>();
  const store = {
    count: async (id: string, windowStart: number) => {
      const known = counts.get(id);
      const count = known?.windowStart === windowStart ? known.count + 1 : 1;
      counts.set(id, { windowStart, count });
      return count;
    },
    forget: async () => undefined,
    removeBefore: async () => undefined,
  };
  const hashKey = createKeyHasher(Buffer.alloc(32, 7));
  return clocks.map((clock) => {
    const now = () => clock.now;
    return createGuests({ throttle: createThrottle({ store, hashKey, now }), hashKey, randomBytes, now });
  });
}

const cookieOf = (header: string | undefined) => header?.split(';', 1)[0];
const TERMS = { visitorRequestsPerDay: 3, requestsPerDay: 1000 };

describe('a visitor', () => {
  const [guests] = openInstances({ now: NOON });
  if (guests === undefined) throw new Error('no instance');

  it('is known by a cookie that no script reads and no other site sends', () => {
    const header = guests.welcome(undefined, false);
    expect(header).toMatch(
      /^hub_visitor=[0-9A-Za-z]{22}\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=172800$/,
    );
    expect(guests.welcome(undefined, true)).toMatch(/^__Host-hub_visitor=.*; Secure$/);
    const cookie = `other=1; ${cookieOf(header)}`;
    expect(guests.welcome(cookie, false)).toBeUndefined();
    expect(header).toContain(guests.recognize(cookie, false));
  });

  it.each([
    ['nothing', undefined],
    ['another cookie', 'session=1'],
    ['one that was changed', `${cookieOf(guests.welcome(undefined, false))?.slice(0, -1)}x`],
    ['two of them', `${cookieOf(guests.welcome(undefined, false))}; ${cookieOf(guests.welcome(undefined, false))}`],
  ])('is nobody with %s', (_what, cookie) => {
    expect(() => guests.recognize(cookie, false)).toThrow(expect.objectContaining({ code: 'guest.unknown_visitor' }));
    expect(guests.welcome(cookie, false)).toBeDefined();
  });
});

describe('what visitors may ask', () => {
  const refused = (limit: string) => expect.objectContaining({ code: 'guest.limit_reached', details: { limit } });

  it('begins anew with the day of UTC, and says when that is', async () => {
    const clock = { now: NOON };
    const [guests] = openInstances(clock);
    const visit = { visitor: 'a', address: '192.0.2.1' };
    for (let asked = 0; asked < 3; asked += 1) await guests?.take(TERMS, visit);
    await expect(guests?.take(TERMS, visit)).rejects.toMatchObject({
      details: { limit: 'visitor' },
      retryAfterSeconds: DAY_MS / 2 / 1000,
    });
    clock.now = NOON + DAY_MS / 2;
    await guests?.take(TERMS, visit);
  });

  it('is bounded for an address, whoever comes from it', async () => {
    const clock = { now: NOON };
    const [guests] = openInstances(clock);
    const ask = (visitor: number) => {
      clock.now += MINUTE_MS;
      return guests?.take(TERMS, { visitor: String(visitor), address: '192.0.2.1' });
    };
    for (let asked = 0; asked < 3 * VISITORS_OF_ADDRESS; asked += 1) await ask(asked);
    await expect(ask(99)).rejects.toEqual(refused('address'));
  });

  it('takes nothing of what is everybody’s where a narrower limit is reached', async () => {
    const [guests] = openInstances({ now: NOON });
    const terms = { visitorRequestsPerDay: 1, requestsPerDay: 2 };
    await guests?.take(terms, { visitor: 'a', address: '192.0.2.1' });
    for (let asked = 0; asked < 5; asked += 1) {
      await expect(guests?.take(terms, { visitor: 'a', address: '192.0.2.1' })).rejects.toEqual(refused('visitor'));
    }
    await guests?.take(terms, { visitor: 'b', address: '192.0.2.2' });
    await expect(guests?.take(terms, { visitor: 'c', address: '192.0.2.3' })).rejects.toEqual(refused('all'));
  });

  it('is bounded although the clocks of two instances do not agree which day it is', async () => {
    const midnight = NOON + DAY_MS / 2;
    const [early, late] = openInstances({ now: midnight - MINUTE_MS }, { now: midnight + MINUTE_MS });
    let served = 0;
    for (let asked = 0; asked < 10; asked += 1) {
      for (const guests of [early, late]) {
        const visit = { visitor: 'a', address: `192.0.2.${asked}` };
        served += await (guests?.take(TERMS, visit).then(
          () => 1,
          () => 0,
        ) ?? 0);
      }
    }
    // Three of the day that ends, three of the one that begins.
    expect(served).toBe(6);
  });
});
