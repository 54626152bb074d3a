import type { PackStore, RollupStore } from './usage-ports.ts';

/** Records that a batch takes at least and at most, and about how many sums it should write. */
type BatchSize = { readonly least: number; readonly most: number; readonly sums: number };

/** Few enough that requests do not wait long for the end of its transaction. */
const BRIEF: BatchSize = { least: 200, most: 10_000, sums: 1500 };
/** Few enough that memory does not grow by it. Each sum is written again by every batch that adds to it, so that a long
 * queue takes a third of the time. */
const LARGE: BatchSize = { least: 200, most: 10_000, sums: 100_000 };

/**
 * Brings every record that waits into the sums, batch after batch, until none is left or it is told to stop. A batch that
 * another process came before is read again. Records that agree in much share their sums: the more they do, the more of
 * them are taken at once, so that the same sums are not written again and again. What was learned of that is kept for the
 * next time.
 */
export function createRollUp(store: RollupStore): (signal: AbortSignal) => Promise<void> {
  const size = store.holdsUpWrites ? BRIEF : LARGE;
  let limit = size.least;
  return async (signal) => {
    while (!signal.aborted) {
      const asked = limit;
      const { taken, written } = await store.rollUp(asked);
      if (taken === undefined) continue;
      if (taken < asked) return;
      const fitting = Math.floor((taken * size.sums) / Math.max(1, written));
      limit = Math.min(size.most, Math.max(size.least, fitting));
    }
  };
}

/** A month is packed a day after it has ended, when hardly a record of it is still to come. */
const LATE_MS = 86_400_000;

/** Packs the months that have ended, and again those to which something was added since, until it is told to stop. */
export async function packEnded(store: PackStore, nowMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await store.pack(nowMs - LATE_MS)));
}
