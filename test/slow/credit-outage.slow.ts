import { expect, it } from 'vitest';
import { seeOutages } from '../support/credit-outage.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Paid calls while the way to PostgreSQL is bad for half a minute, in every way that there is. */

const FAULT_MS = 30_000;
/** A second, and room for a slow machine. */
const REFUSED_WITHIN_MS = 1500;
const RECOVERED_WITHIN_MS = 5000;

it.skipIf(!postgresAvailable().available).each<readonly Fault[]>([
  ['commits', 'down', 'resets'],
  ['lost', 'silent', 'slow'],
])(
  '%s, %s, %s: no call is answered for nothing, charged twice, or refused as if it were not paid for',
  async (...faults) => {
    const { outages, statuses, served, charged, differences } = await seeOutages(faults, FAULT_MS);
    for (const { fault, inFlight, meanwhile, recoveredAfterMs } of outages) {
      expect(inFlight, fault).toEqual(inFlight.map(() => 200));
      expect(meanwhile.length, fault).toBeGreaterThan(FAULT_MS / REFUSED_WITHIN_MS);
      const waits = meanwhile.map(({ startedAt, endedAt }) => endedAt - startedAt);
      expect(Math.max(...waits), fault).toBeLessThan(REFUSED_WITHIN_MS);
      expect(recoveredAfterMs, fault).toBeLessThan(RECOVERED_WITHIN_MS);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(differences).toEqual([]);
    expect(charged).toBe(served);
  },
);
