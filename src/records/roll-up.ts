import type { PackStore, RollupStore } from './usage-ports.ts';

/** Records in one transaction: few enough that requests do not wait long for its end, and that memory does not grow by it. */
const RECORDS = { least: 200, most: 1000 } as const;
/** Sums that one transaction should write at most. */
const SUMS_MAX = 1500;

/**
 * Brings every record that waits into the sums, batch after batch, until none is left or it is told to stop. A batch that
 * another process came before is read again. Records that agree in much share their sums: the more they do, the more of
 * them are taken at once, so that the same sums are not written again and again.
 */
export async function rollUpWaiting(store: RollupStore, signal: AbortSignal): Promise<void> {
  let limit: number = RECORDS.least;
  while (!signal.aborted) {
    const { taken, written } = await store.rollUp(limit);
    if (taken === undefined) continue;
    if (taken < limit) return;
    const fitting = Math.floor((taken * SUMS_MAX) / Math.max(1, written));
    limit = Math.min(RECORDS.most, Math.max(RECORDS.least, fitting));
  }
}

/** A month is packed a day after it has ended, when hardly a record of it is still to come. */
const LATE_MS = 86_400_000;

/** Packs the months that have ended, and again those to which something was added since, until it is told to stop. */
export async function packEnded(store: PackStore, nowMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await store.pack(nowMs - LATE_MS)));
}
