import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

const MINUTE_MS = 60_000;

describe('the further tries of a route', () => {
  it('are ten a minute where hardly anybody asks', () => {
    const budget = new RetryBudget();
    budget.noteRequest(0);
    expect(Array.from({ length: 12 }, () => budget.take(1)).filter(Boolean)).toHaveLength(10);
    expect(budget.take(MINUTE_MS + 1)).toBe(true);
  });

  it('are a tenth of the requests of the last minute, at any time', () => {
    const steps = fc.array(
      fc.record({
        ms: fc.integer({ min: 0, max: 4000 }),
        requests: fc.integer({ min: 0, max: 400 }),
        tries: fc.nat(60),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (each) => {
        const budget = new RetryBudget();
        const requests: number[] = [];
        const tries: number[] = [];
        let nowMs = 0;
        for (const step of each) {
          nowMs += step.ms;
          for (let count = 0; count < step.requests; count += 1) {
            budget.noteRequest(nowMs);
            requests.push(nowMs);
          }
          for (let count = 0; count < step.tries; count += 1) if (budget.take(nowMs)) tries.push(nowMs);
          const since = nowMs - MINUTE_MS;
          const lately = (times: readonly number[]): number => times.filter((atMs) => atMs > since).length;
          // Tries of before the last five seconds of a minute ago may be forgotten, and never requests of the minute counted twice.
          if (lately(tries.filter((atMs) => atMs > since + 5000)) > Math.max(10, lately(requests) * 0.1)) return false;
        }
        return true;
      }),
    );
  });
});
