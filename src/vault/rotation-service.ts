import type { VaultStore } from './ports.ts';
import { findUndecryptable, type RotationDeps, resumeRotation, rotate } from './rotate.ts';

/** How the vault stands, for the control plane. */
export type VaultStatus = {
  readonly versions: Awaited<ReturnType<VaultStore['versions']>>;
  /** The version that new secrets are sealed under. */
  readonly currentVersion: number;
  /** Secrets that no key at hand opens. */
  readonly undecryptable: number;
  readonly rotation: {
    readonly state: 'idle' | 'running' | 'failed';
    /** Secrets sealed anew in this process's last run, and those still under an older version. */
    readonly rewrapped: number;
    readonly remaining: number;
    readonly error: string | undefined;
  };
};

/** Runs rotations in the background, one at a time, and tells how far they are. */
export type RotationService = {
  readonly status: () => Promise<VaultStatus>;
  /** Begins a rotation or goes on with one, and returns at once. */
  readonly rotate: () => Promise<VaultStatus>;
  /** Finishes what an earlier rotation left over, for a scheduled job. @throws what the run threw */
  readonly resume: () => Promise<void>;
  /** Ends the run between two rows and waits for it. */
  readonly close: () => Promise<void>;
};

export function createRotationService(
  input: Omit<RotationDeps, 'onProgress' | 'signal'> & { readonly onError: (error: unknown) => void },
): RotationService {
  const { vault, store } = input;
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  let rewrapped = 0;
  let failure: string | undefined;

  const deps: RotationDeps = {
    ...input,
    signal: stop.signal,
    onProgress: (progress) => {
      rewrapped = progress.rewrapped;
    },
  };

  const run = (work: (deps: RotationDeps) => Promise<unknown>): Promise<void> => {
    running ??= settle(work(deps)).finally(() => {
      running = undefined;
    });
    return running;
  };

  const settle = async (work: Promise<unknown>): Promise<void> => {
    failure = undefined;
    try {
      await work;
    } catch (error) {
      if (!stop.signal.aborted) failure = error instanceof Error ? error.message : 'the rotation failed';
      throw error;
    }
  };

  const status = async (): Promise<VaultStatus> => ({
    versions: await store.versions(),
    currentVersion: vault.activeVersion(),
    undecryptable: (await findUndecryptable(input)).length,
    rotation: {
      state: running !== undefined ? 'running' : failure === undefined ? 'idle' : 'failed',
      rewrapped,
      remaining: await countBelow(store, vault.activeVersion()),
      error: failure,
    },
  });

  return {
    status,
    rotate: async () => {
      run(rotate).catch(input.onError);
      return status();
    },
    resume: () => run(resumeRotation),
    close: async () => {
      stop.abort();
      // How it ended was told to whoever began it.
      await Promise.allSettled([running]);
    },
  };
}

const COUNT_BATCH_ROWS = 1000;

async function countBelow(store: VaultStore, belowVersion: number): Promise<number> {
  let count = 0;
  let afterId = '';
  for (;;) {
    const rows = await store.sealedBelow({ belowVersion, afterId, limit: COUNT_BATCH_ROWS });
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < COUNT_BATCH_ROWS) return count;
    afterId = last.rowId;
  }
}
