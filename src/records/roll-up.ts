import type { RollupStore } from './usage-ports.ts';

/** Records in one transaction: few enough that requests do not wait long for its end, and that memory does not grow by it. */
const BATCH_RECORDS = 200;

/**
 * Brings every record that waits into the sums, batch after batch, until none is left or it is told to stop. A batch that
 * another process came before is read again.
 */
export async function rollUpWaiting(store: RollupStore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { taken } = await store.rollUp(BATCH_RECORDS);
    if (taken !== undefined && taken < BATCH_RECORDS) return;
  }
}
