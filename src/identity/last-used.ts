import type { Repeat } from '../kernel/repeat.ts';
import type { KeyUse } from './ports.ts';

const FLUSH_EVERY_MS = 5_000;
/** Keys whose use is remembered between two flushes; it takes a store that is down for long to fill it. */
const PENDING_KEYS_MAX = 100_000;

/** Remembers when keys were last used and tells the store every few seconds, so that no request waits for it. */
export type LastUsed = {
  /** Notes a use. Costs one entry in a map. */
  readonly note: (keyId: string, usedAtMs: number) => void;
  /** Tells the store now. Never throws: what the store did not take is told again next time. */
  readonly flush: () => Promise<void>;
  /** Stops the timer and tells the store a last time. */
  readonly close: () => Promise<void>;
};

export function createLastUsed(input: {
  readonly touch: (uses: readonly KeyUse[]) => Promise<void>;
  readonly repeat: Repeat;
  readonly onError: (error: unknown) => void;
}): LastUsed {
  let pending = new Map<string, number>();
  let flushing = Promise.resolve();

  const note = (keyId: string, usedAtMs: number): void => {
    const known = pending.get(keyId);
    if (known === undefined && pending.size >= PENDING_KEYS_MAX) return;
    if (known === undefined || usedAtMs > known) pending.set(keyId, usedAtMs);
  };

  const flushOnce = async (): Promise<void> => {
    if (pending.size === 0) return;
    const taken = pending;
    pending = new Map();
    try {
      await input.touch([...taken].map(([id, usedAt]) => ({ id, usedAt })));
    } catch (error) {
      for (const [id, usedAt] of taken) note(id, usedAt);
      input.onError(error);
    }
  };

  // One after the other, so that an older time is never written over a newer one.
  const flush = (): Promise<void> => {
    flushing = flushing.then(flushOnce);
    return flushing;
  };

  const stop = input.repeat(() => void flush(), FLUSH_EVERY_MS);
  return {
    note,
    flush,
    close: () => {
      stop();
      return flush();
    },
  };
}
