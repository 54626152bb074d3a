import type { Clock } from '../kernel/clock.ts';
import { Slots } from '../kernel/slots.ts';

/** How late a deadline may be noticed, besides one tick of rounding. */
export const TICK_MS = 100;
/** The tick stops after this many rounds with nothing to watch. */
const IDLE_TICKS_MAX = 100;

/** Something that can run out of time. */
export type Timed = {
  /** Called on every tick with the current time; must be cheap. */
  readonly checkTime: (nowMs: number) => void;
};

export type Deadlines = {
  /** Gives the slot to end the watch by. */
  readonly watch: (timed: Timed) => number;
  readonly unwatch: (slot: number) => void;
  /** The time of the last tick, monotonic milliseconds: exact to one tick and free of a system call. */
  readonly nowMs: () => number;
  /** Resolves once nothing is watched any more. */
  readonly whenIdle: () => Promise<void>;
  readonly stop: () => void;
};

/**
 * One shared tick for every time-out of every call in flight: a call costs an insertion and a removal instead of timers
 * for each of its phases. It never keeps the process alive.
 */
export function createDeadlines(clock: Clock): Deadlines {
  const watched = new Slots<Timed>();
  let timer: NodeJS.Timeout | undefined;
  let nowMs = clock.monotonic();
  let idleTicks = 0;
  let tellIdle: (() => void)[] = [];

  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const tick = (): void => {
    nowMs = clock.monotonic();
    idleTicks = watched.size === 0 ? idleTicks + 1 : 0;
    if (idleTicks > IDLE_TICKS_MAX) stop();
    watched.forEach((timed) => timed.checkTime(nowMs));
  };
  return {
    watch: (timed) => {
      if (timer === undefined) {
        nowMs = clock.monotonic();
        idleTicks = 0;
        timer = setInterval(tick, TICK_MS).unref();
      }
      return watched.add(timed);
    },
    unwatch: (slot) => {
      watched.remove(slot);
      if (watched.size > 0 || tellIdle.length === 0) return;
      for (const tell of tellIdle) tell();
      tellIdle = [];
    },
    nowMs: () => nowMs,
    whenIdle: () =>
      new Promise((resolve) => {
        if (watched.size === 0) resolve();
        else tellIdle.push(resolve);
      }),
    stop,
  };
}
