/** The world's time, passed in as an argument so that tests decide it. */
export type Clock = {
  /** Milliseconds since the epoch, as the wall clock says. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start that never step back; for durations and time-outs. */
  readonly monotonic: () => number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
