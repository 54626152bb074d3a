import { SqliteThreadError } from './errors.ts';

/** Waiting for a turn beyond this many means that the store has stalled. */
const WAITING_MAX = 10_000;

/** Turns at something that only one may use at a time, in the order in which they were asked for. */
export type Turns = {
  /** Waits for a turn and gives the function that ends it. @throws SqliteThreadError when too many wait. */
  readonly take: () => Promise<() => void>;
};

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;

  function endTurn(): void {
    const next = waiting.shift();
    if (next === undefined) taken = false;
    else next();
  }

  function once(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      endTurn();
    };
  }

  return {
    take() {
      if (!taken) {
        taken = true;
        return Promise.resolve(once());
      }
      if (waiting.length >= WAITING_MAX) {
        return Promise.reject(new SqliteThreadError('STORE_QUEUE_FULL', 'too many writes wait for the store'));
      }
      return new Promise((resolve) => {
        waiting.push(() => resolve(once()));
      });
    },
  };
}
