import { RecentCounts } from './recent-counts.ts';

/** Of the requests of a minute, the share that may be tried once more. */
const SHARE = 0.1;
/** Tries that a minute has however few requests come: one in a while would have none otherwise. */
const LEAST = 10;
const BUCKET_MS = 5000;
const BUCKETS = 12;

/**
 * How many more tries a route has: a tenth of the requests of the last minute. A provider that fails is not asked twice as
 * often for it.
 */
export class RetryBudget {
  readonly #requests = new RecentCounts(BUCKET_MS, BUCKETS);
  readonly #retries = new RecentCounts(BUCKET_MS, BUCKETS);

  noteRequest(nowMs: number): void {
    this.#requests.add(nowMs);
  }

  /** Whether no request has come for a minute. */
  isIdleAt(nowMs: number): boolean {
    return this.#requests.totalAt(nowMs) === 0;
  }

  leftAt(nowMs: number): number {
    const most = Math.max(LEAST, Math.floor(this.#requests.totalAt(nowMs) * SHARE));
    return most - this.#retries.totalAt(nowMs);
  }

  /** Takes one more try; `false` where none is left. */
  take(nowMs: number): boolean {
    if (this.leftAt(nowMs) <= 0) return false;
    this.#retries.add(nowMs);
    return true;
  }
}
