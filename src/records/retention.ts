import type { RecordArchive } from './archive.ts';
import type { RetentionStore } from './ports.ts';

const DAY_MS = 86_400_000;
/** Records in one transaction: few enough that requests do not wait long for its end. */
const BATCH_RECORDS = 500;

type Deps = {
  readonly store: RetentionStore;
  /** Missing: what is deleted is gone. */
  readonly archive: RecordArchive | undefined;
  readonly days: number;
  readonly now: () => number;
  /** Told after each batch: how many records are gone so far, and when the last of them began. */
  readonly onProgress: (progress: { readonly removed: number; readonly upTo: number }) => void;
};

/**
 * Archives and deletes the records of every organization that began more than so many days ago, oldest first, until none
 * is left or it is told to stop. A record is deleted once the archive has it on disk and the sums hold it, so that whatever
 * dies in between loses nothing; sums stay.
 */
export async function removeOldRecords(deps: Deps, signal: AbortSignal): Promise<void> {
  const { store, archive, days, now, onProgress } = deps;
  const beforeMs = now() - days * DAY_MS;
  let removed = 0;
  for (const organizationId of await store.organizationIds()) {
    while (!signal.aborted) {
      const outcomes = await store.oldest({ organizationId }, beforeMs, BATCH_RECORDS);
      const last = outcomes.at(-1);
      if (last === undefined) break;
      await archive?.write(outcomes);
      await store.remove(
        { organizationId },
        outcomes.map(({ usage }) => usage.id),
      );
      removed += outcomes.length;
      onProgress({ removed, upTo: last.usage.startedAt });
    }
  }
}
