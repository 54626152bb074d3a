import { describe, expect, it } from 'vitest';
import { runExactlyN } from '../chaos/exactly-n.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** A round of what `node test/chaos/exactly-n.ts` does twenty times and more. */

const ROUNDS = 1;
const CALLS = 6;

describe('credit for exactly so many calls', () => {
  it.each(['sqlite', 'postgres'] as const)(
    'serves exactly those of ten times as many at once, on several processes: %s',
    { timeout: 120_000 },
    async (store) => {
      if (store === 'postgres' && !postgresAvailable().available) return;
      const options = { store, rounds: ROUNDS, calls: CALLS, say: () => undefined };
      const violations = await runExactlyN(options);
      expect(violations, violations.join('; ')).toEqual([]);
    },
  );
});
