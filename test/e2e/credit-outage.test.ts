import { expect, it } from 'vitest';
import { seeOutages } from '../support/credit-outage.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { postgresAvailable } from '../support/postgres.ts';

/** Paid calls while the way to PostgreSQL is bad for a moment; `test/slow` has every fault for half a minute. */

const FAULTS: readonly Fault[] = ['commits', 'down', 'lost'];
const FAULT_MS = 2000;
/** A second, and room for a slow machine. */
const REFUSED_WITHIN_MS = 1500;
const RECOVERED_WITHIN_MS = 5000;

it.skipIf(!postgresAvailable().available)(
  'are refused within a second or charged once, and served again soon after',
  { timeout: 90_000 },
  async () => {
    const { outages, statuses, served, charged, differences, commitsDropped } = await seeOutages(FAULTS, FAULT_MS);
    for (const { fault, inFlight, meanwhile, recoveredAfterMs } of outages) {
      expect(inFlight, fault).toEqual(inFlight.map(() => 200));
      const waits = meanwhile.map(({ startedAt, endedAt }) => endedAt - startedAt);
      expect(Math.max(...waits), fault).toBeLessThan(REFUSED_WITHIN_MS);
      expect(recoveredAfterMs, fault).toBeLessThan(RECOVERED_WITHIN_MS);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(differences).toEqual([]);
    expect(charged).toBe(served);
    expect(commitsDropped).toBeGreaterThan(2);
  },
);
