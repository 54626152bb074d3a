import { describe, expect, test } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import type { JobStore } from './ports.ts';
import { type Job, Scheduler } from './scheduler.ts';

const MINUTE_MS = 60_000;
const RENEW_EVERY_MS = 20_000;
const LOOK_EVERY_MS = 5000;
const FOUND_EARLY_MS = 1000;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A timer that runs when the test says so. */
function manualRepeat() {
  const timers = new Set<{ readonly run: () => void; readonly everyMs: number }>();
  return {
    repeat: (run: () => void, everyMs: number) => {
      const timer = { run, everyMs };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    fire: (everyMs: number) => {
      for (const timer of timers) if (timer.everyMs === everyMs) timer.run();
    },
    count: () => timers.size,
  };
}

/** A job that runs until the test lets it end. */
function heldJob(name = 'job') {
  const runs: AbortSignal[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const job: Job = {
    name,
    everyMs: MINUTE_MS,
    run: (signal) => {
      runs.push(signal);
      return new Promise((resolve, reject) => ends.push({ resolve, reject }));
    },
  };
  return {
    job,
    runs,
    end: (index: number) => ends[index]?.resolve(),
    fail: (index: number) => ends[index]?.reject(new Error('no')),
  };
}

async function openSchedulers(jobs: readonly Job[], stores: readonly JobStore[]) {
  const timers = manualRepeat();
  const errors: unknown[] = [];
  const schedulers = stores.map(
    (store, index) =>
      new Scheduler(jobs, {
        store,
        holder: `inst_${index}`,
        repeat: timers.repeat,
        onError: (_job, error) => errors.push(error),
      }),
  );
  for (const scheduler of schedulers) await scheduler.start();
  return { schedulers, timers, errors };
}

describe('with a store whose clock the test sets', () => {
  async function sqliteJobs() {
    let nowMs = 1_700_000_000_000;
    const [engine] = TEST_ENGINES;
    if (engine === undefined) throw new Error('there is an engine');
    const store = await freshStore(engine, { clock: { ...systemClock, now: () => nowMs } });
    return {
      jobs: store.jobs,
      advance: (byMs: number) => {
        nowMs += byMs;
      },
    };
  }
  /** Gives the store’s thread its time until something is so. */
  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await settled();
  };

  test('two holders run a job once at every due time', async () => {
    const { jobs, advance } = await sqliteJobs();
    const { job, runs, end } = heldJob();
    const { schedulers } = await openSchedulers([job], [jobs, jobs]);
    const lookAll = (): void => schedulers.forEach((scheduler) => scheduler.look());
    const dueAt = async (): Promise<number> => (await jobs.list())[0]?.nextDueAt ?? 0;
    for (let turn = 0; turn < 5; turn += 1) {
      await until(() => {
        lookAll();
        return runs.length > turn;
      });
      lookAll();
      const before = await dueAt();
      end(turn);
      await until(async () => (await dueAt()) > before);
      lookAll();
      await dueAt();
      expect(runs).toHaveLength(turn + 1);
      // After the last one nothing falls due, so that the close below waits for nothing.
      if (turn < 4) advance(MINUTE_MS);
    }
    expect(runs.every(({ aborted }) => !aborted)).toBe(true);
    await Promise.all(schedulers.map((scheduler) => scheduler.close()));
  });

  test('a job that is to run at each look does, though it ends a moment after the look that began it', async () => {
    const { jobs, advance } = await sqliteJobs();
    const { job, runs, end } = heldJob();
    const { schedulers } = await openSchedulers([{ ...job, everyMs: LOOK_EVERY_MS }], [jobs]);
    const dueAt = async (): Promise<number> => (await jobs.list())[0]?.nextDueAt ?? 0;
    await until(() => runs.length === 1);
    const before = await dueAt();
    advance(FOUND_EARLY_MS / 2);
    end(0);
    await until(async () => (await dueAt()) > before);
    advance(LOOK_EVERY_MS - FOUND_EARLY_MS / 2);
    await settled();
    schedulers[0]?.look();
    await until(() => runs.length === 2);
    end(1);
    await schedulers[0]?.close();
  });

  test('a holder that slept past its lease is told, and may not write down its result', async () => {
    const { jobs, advance } = await sqliteJobs();
    const { job, runs, end } = heldJob();
    const { schedulers, timers } = await openSchedulers([job], [jobs, jobs]);
    await until(() => runs.length === 1);
    advance(MINUTE_MS + 1);
    schedulers.forEach((scheduler) => scheduler.look());
    await until(() => runs.length === 2);
    timers.fire(RENEW_EVERY_MS);
    await until(() => runs[0]?.aborted === true);
    expect(runs[1]?.aborted).toBe(false);
    end(0);
    await jobs.list();
    // The slept-away run ended first; the job is still the other's.
    expect(await jobs.claim({ name: 'job', holder: 'inst_2', leaseMs: 1 })).toBeUndefined();
    end(1);
    await Promise.all(schedulers.map((scheduler) => scheduler.close()));
    const [row] = await jobs.list();
    expect(row?.lastError).toBeUndefined();
    expect(row?.nextDueAt).toBe(1_700_000_000_000 + 2 * MINUTE_MS + 1 - FOUND_EARLY_MS);
  });

  test('a job that fails is told, written down, and due again', async () => {
    const { jobs, advance } = await sqliteJobs();
    const { job, runs, fail, end } = heldJob();
    const { schedulers, errors } = await openSchedulers([job], [jobs]);
    await until(() => runs.length === 1);
    fail(0);
    await until(async () => (await jobs.list())[0]?.lastError === 'no');
    expect(errors).toEqual([expect.objectContaining({ message: 'no' })]);
    advance(MINUTE_MS);
    await settled();
    schedulers[0]?.look();
    await until(() => runs.length === 2);
    end(1);
    await schedulers[0]?.close();
    expect((await jobs.list())[0]?.lastError).toBeUndefined();
  });
});

describe('with a store that fails', () => {
  const store: JobStore = {
    register: async () => undefined,
    claim: async () => ({ fence: 1 }),
    renew: async () => true,
    complete: async () => true,
    releaseOf: async () => undefined,
    list: async () => [],
  };

  test('a lease that cannot be renewed is taken for lost', async () => {
    const { job, runs, end } = heldJob();
    const renew = () => Promise.reject(new Error('gone'));
    const { schedulers, timers } = await openSchedulers([job], [{ ...store, renew }]);
    await settled();
    timers.fire(RENEW_EVERY_MS);
    await settled();
    expect(runs[0]?.aborted).toBe(true);
    end(0);
    await schedulers[0]?.close();
    // Neither the looking nor the renewing goes on.
    expect(timers.count()).toBe(0);
  });

  test('a job under way is told of the close, which waits for its end', async () => {
    const { job, runs, end } = heldJob();
    const { schedulers } = await openSchedulers([job], [store]);
    await settled();
    let isClosed = false;
    const closed = schedulers[0]?.close().then(() => {
      isClosed = true;
    });
    await settled();
    expect([runs[0]?.aborted, isClosed]).toEqual([true, false]);
    end(0);
    await closed;
    expect(isClosed).toBe(true);
  });

  test('a claim that fails is told and tried again at the next look', async () => {
    const { job, runs, end } = heldJob();
    let claims = 0;
    const claim = async (): Promise<{ fence: number } | undefined> => {
      claims += 1;
      if (claims === 1) throw new Error('gone');
      return { fence: claims };
    };
    const { schedulers, errors } = await openSchedulers([job], [{ ...store, claim }]);
    await settled();
    expect([errors.length, runs.length]).toEqual([1, 0]);
    schedulers[0]?.look();
    await settled();
    // A job that is under way here is not claimed again.
    schedulers[0]?.look();
    await settled();
    expect([claims, runs.length]).toEqual([2, 1]);
    end(0);
    await schedulers[0]?.close();
  });
});
