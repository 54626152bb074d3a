import type { Repeat } from '../kernel/repeat.ts';
import type { JobStore } from './ports.ts';

const LOOK_EVERY_MS = 5000;
/** A job that is to run at each look, and ended a moment after one, must not be found a moment before it is due. */
const FOUND_EARLY_MS = 1000;
const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;

export type Job = {
  readonly name: string;
  readonly everyMs: number;
  /** Does the work. `signal` is aborted when the lease is lost, since another instance may be at it, and at the close. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type SchedulerDeps = {
  readonly store: JobStore;
  readonly holder: string;
  readonly repeat: Repeat;
  readonly onError: (job: string, error: unknown) => void;
};

/**
 * Runs each job once in all instances: whoever takes the lease in the store does the work, and only the holder of the
 * newest fencing number may write down the result. All times are the store's own.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #jobs: readonly Job[];
  readonly #running = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #stop: (() => void) | undefined;

  constructor(jobs: readonly Job[], deps: SchedulerDeps) {
    this.#jobs = jobs;
    this.#deps = deps;
  }

  async start(): Promise<void> {
    for (const job of this.#jobs) await this.#deps.store.register(job.name);
    this.#stop = this.#deps.repeat(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  /** Starts every job that is due and not held. */
  look(): void {
    for (const job of this.#jobs) {
      if (this.#running.has(job.name)) continue;
      const run = this.#runIfDue(job)
        .catch((error: unknown) => this.#deps.onError(job.name, error))
        .finally(() => this.#running.delete(job.name));
      this.#running.set(job.name, run);
    }
  }

  /** Tells the jobs under way to come to an end and waits for them. */
  async close(): Promise<void> {
    this.#stop?.();
    this.#closing.abort();
    await Promise.all(this.#running.values());
  }

  async #runIfDue(job: Job): Promise<void> {
    const { store, holder, repeat } = this.#deps;
    const claim = await store.claim({ name: job.name, holder, leaseMs: LEASE_MS });
    if (claim === undefined) return;
    const lease = { name: job.name, fence: claim.fence };
    const lost = new AbortController();
    const stopRenewing = repeat(() => {
      store.renew({ ...lease, leaseMs: LEASE_MS }).then(
        (held) => {
          if (!held) lost.abort();
        },
        () => lost.abort(),
      );
    }, RENEW_EVERY_MS);
    let error: unknown;
    try {
      await job.run(AbortSignal.any([lost.signal, this.#closing.signal]));
    } catch (thrown) {
      error = thrown;
      this.#deps.onError(job.name, thrown);
    } finally {
      stopRenewing();
    }
    await store.complete({
      ...lease,
      nextInMs: Math.max(0, job.everyMs - FOUND_EARLY_MS),
      error: error === undefined ? undefined : describe(error),
    });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'failed without an error';
}
