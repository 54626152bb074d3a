import { RecentCounts } from './recent-counts.ts';

/** This many failures in a row open a breaker. */
const FAILURES_IN_A_ROW = 5;
/** So does this share of failures among what was answered lately, once there are enough to tell. */
const FAILED_SHARE = 0.5;
const ANSWERS_TO_TELL = 10;
const SECOND_MS = 1000;
const SECONDS_LOOKED_BACK = 10;
/** How long it stays open before somebody may try, doubled by every try that fails. */
const OPEN_FIRST_MS = 1000;
const OPEN_LONGEST_MS = 8000;
/** A try that is not over by then keeps no other one waiting. */
const PROBE_MS_MAX = 30_000;

/** `half-open`: its time is up, and one call may try. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Whether a deployment is worth a call. It opens after several failures in a row or when half of what came lately failed,
 * lets one call at a time try whether that is over, and closes with the first that is answered. Times are monotonic
 * milliseconds.
 */
export class Breaker {
  #failuresInRow = 0;
  readonly #answered = new RecentCounts(SECOND_MS, SECONDS_LOOKED_BACK);
  readonly #failed = new RecentCounts(SECOND_MS, SECONDS_LOOKED_BACK);
  #openedAtMs: number | undefined;
  #openUntilMs = 0;
  #openForMs = OPEN_FIRST_MS;
  #probeSinceMs: number | undefined;

  stateAt(nowMs: number): BreakerState {
    if (this.#openedAtMs === undefined) return 'closed';
    if (nowMs < this.#openUntilMs) return 'open';
    const isTried = this.#probeSinceMs !== undefined && nowMs - this.#probeSinceMs < PROBE_MS_MAX;
    return isTried ? 'open' : 'half-open';
  }

  /** Until when it is open; `undefined` where it is closed. */
  get openUntilMs(): number | undefined {
    return this.#openedAtMs === undefined ? undefined : this.#openUntilMs;
  }

  /** The one call that may try is under way. */
  beginProbe(nowMs: number): void {
    this.#probeSinceMs = nowMs;
  }

  /** The call that tried has ended in a way that tells nothing. */
  endProbe(): void {
    this.#probeSinceMs = undefined;
  }

  /** @returns whether that has closed it */
  noteAnswer(begunAtMs: number, nowMs: number): boolean {
    if (this.#openedAtMs !== undefined) {
      // What was under way when it opened is no sign that it is over.
      if (begunAtMs < this.#openedAtMs) return false;
      this.close();
      return true;
    }
    this.#failuresInRow = 0;
    this.#answered.add(nowMs);
    return false;
  }

  /** @returns whether that has opened it */
  noteFailure(begunAtMs: number, nowMs: number): boolean {
    if (this.#openedAtMs !== undefined) {
      if (begunAtMs < this.#openedAtMs) return false;
      this.#openForMs = Math.min(this.#openForMs * 2, OPEN_LONGEST_MS);
      this.#openUntilMs = nowMs + this.#openForMs;
      this.#openedAtMs = nowMs;
      this.#probeSinceMs = undefined;
      return false;
    }
    this.#failuresInRow += 1;
    this.#failed.add(nowMs);
    if (!this.#isTooMuchAt(nowMs)) return false;
    this.open(nowMs, nowMs + OPEN_FIRST_MS);
    return true;
  }

  /** Opens it until then: by its own failures, or because another process saw them. */
  open(nowMs: number, untilMs: number): void {
    this.#openedAtMs = nowMs;
    this.#openUntilMs = untilMs;
    this.#openForMs = OPEN_FIRST_MS;
    this.#probeSinceMs = undefined;
  }

  close(): void {
    this.#openedAtMs = undefined;
    this.#probeSinceMs = undefined;
    this.#failuresInRow = 0;
    this.#answered.clear();
    this.#failed.clear();
  }

  #isTooMuchAt(nowMs: number): boolean {
    if (this.#failuresInRow >= FAILURES_IN_A_ROW) return true;
    const failed = this.#failed.totalAt(nowMs);
    const all = failed + this.#answered.totalAt(nowMs);
    return all >= ANSWERS_TO_TELL && failed >= all * FAILED_SHARE;
  }
}
