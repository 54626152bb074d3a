import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import type { RecordStore } from './ports.ts';
import type { SpillFile } from './spill-file.ts';

/** How long the store may be silent before records go to the spill file instead. */
const STORE_SILENT_MS = 2000;
const BATCH_MAX = 256;
/**
 * Under load, a commit waits this long for others to share its sync: most of what a commit costs is per commit and not
 * per record. A request that comes alone never waits.
 */
const GATHER_MS = 1;
/** Outcomes waiting in memory; past this the hub refuses new requests rather than grow. */
const QUEUE_MAX = 20_000;
const REPLAY_PAUSE_MS = 1000;

type Waiting = { readonly outcome: RequestOutcome; readonly done: () => void; readonly failed: (error: Error) => void };

export type CommitterDeps = {
  readonly store: Pick<RecordStore, 'commit'>;
  /** Resolves when the store answers. */
  readonly pingStore: () => Promise<void>;
  readonly spill: SpillFile;
  /** Takes the records that a store which answers will not have, for a person to look at. */
  readonly refused: Pick<SpillFile, 'append'>;
  readonly clock: Clock;
  /** Told when the store stops or starts answering; for the log and the metrics. */
  readonly onStoreState: (state: 'answering' | 'silent', cause: unknown) => void;
  /** Told of every record that was refused. */
  readonly onRefused: (recordId: string, cause: unknown) => void;
};

/**
 * Makes finished requests durable. `commit` resolves once the records are synced, in the store or, when the store is
 * silent, in the spill file, from which they are replayed exactly once. Whatever waits while one commit is under way
 * goes together in the next, so that many requests share one sync.
 */
export class RecordCommitter {
  readonly #deps: CommitterDeps;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  /** Records in the last commit: more than one means load. */
  #lastBatch = 0;
  /** Set while the store does not answer: records go straight to the spill file. */
  #storeSilent = false;
  #spillBroken = false;
  #replayTimer: NodeJS.Timeout | undefined;
  #replaying: Promise<boolean> | undefined;
  #closed = false;
  /** Each ends the waiting for a commit that is under way. */
  readonly #giveUps = new Set<() => void>();

  constructor(deps: CommitterDeps) {
    this.#deps = deps;
  }

  /** False when records can be made durable nowhere: no new request may begin. */
  get isAccepting(): boolean {
    return !this.#spillBroken && this.#queue.length < QUEUE_MAX;
  }

  get isStoreAnswering(): boolean {
    return !this.#storeSilent;
  }

  /** @throws GatewayError `hub.store_unavailable` when neither the store nor the spill file took the record */
  commit(outcome: RequestOutcome): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ outcome, done, failed });
      this.#writing ??= this.#drain();
    });
  }

  /** Somebody else has waited for the store in vain: from now on, until it answers, nobody here does. */
  distrustStore(): void {
    if (this.#storeSilent || this.#closed) return;
    this.#fallSilent(new SilentStore('no answer to others in time'));
    for (const giveUp of this.#giveUps) giveUp();
    this.#replayLater();
  }

  /** Replays what a former process left in the spill file, then goes on as usual. */
  async start(): Promise<void> {
    if (await this.#replay()) return;
    this.#storeSilent = true;
    this.#replayLater();
  }

  /** Waits until everything is durable. Call once no request is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#replayTimer);
    await this.#writing;
    await this.#replay();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#lastBatch > 1 && this.#queue.length < BATCH_MAX) await gather();
      const batch = this.#queue.length <= BATCH_MAX ? this.#queue : this.#queue.slice(0, BATCH_MAX);
      this.#queue = this.#queue.length <= BATCH_MAX ? [] : this.#queue.slice(BATCH_MAX);
      this.#lastBatch = batch.length;
      await this.#write(batch);
    }
    this.#writing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const outcomes = batch.map((waiting) => waiting.outcome);
    try {
      if (!this.#storeSilent) await this.#commitOrSpill(outcomes);
      else {
        await this.#spill(outcomes);
        // The store may have come back meanwhile, and the replay may have gone past these.
        this.#replayLater();
      }
      for (const waiting of batch) waiting.done();
    } catch (cause) {
      const error = new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
      for (const waiting of batch) waiting.failed(error);
    }
  }

  async #commitOrSpill(outcomes: readonly RequestOutcome[]): Promise<void> {
    try {
      await this.#commitWhatFits(outcomes);
    } catch (cause) {
      this.#fallSilent(cause);
      await this.#spill(outcomes);
      this.#replayLater();
    }
  }

  #fallSilent(cause: unknown): void {
    if (this.#storeSilent) return;
    this.#storeSilent = true;
    this.#deps.onStoreState('silent', cause);
  }

  /**
   * Commits the records together, and each alone where the store answers that it will not have them: one that it refuses
   * must not hold up the others. What is refused is synced to a file of its own and told.
   */
  async #commitWhatFits(outcomes: readonly RequestOutcome[]): Promise<void> {
    try {
      await this.#commitInTime(outcomes);
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      if (outcomes.length > 1) {
        for (const outcome of outcomes) await this.#commitWhatFits([outcome]);
        return;
      }
      await this.#deps.refused.append(outcomes);
      for (const { usage } of outcomes) this.#deps.onRefused(usage.id, cause);
    }
  }

  /**
   * The store may still finish a commit that was given up on: replaying a record that is there writes nothing. There is no
   * `Promise.race` here: its loser, which never settles, would keep every batch alive until the next full collection.
   */
  #commitInTime(outcomes: readonly RequestOutcome[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void =>
        reject(new SilentStore(`no answer within ${STORE_SILENT_MS} ms, or to others in time`));
      const timer = setTimeout(giveUp, STORE_SILENT_MS);
      this.#giveUps.add(giveUp);
      this.#deps.store
        .commit(outcomes)
        .finally(() => {
          clearTimeout(timer);
          this.#giveUps.delete(giveUp);
        })
        .then(resolve, reject);
    });
  }

  async #spill(outcomes: readonly RequestOutcome[]): Promise<void> {
    try {
      await this.#deps.spill.append(outcomes);
      this.#spillBroken = false;
    } catch (cause) {
      this.#spillBroken = true;
      this.#replayLater();
      throw cause;
    }
  }

  #replayLater(): void {
    if (this.#closed || this.#replayTimer !== undefined) return;
    this.#replayTimer = setTimeout(() => {
      this.#replayTimer = undefined;
      void this.#replay().then((replayed) => {
        if (!replayed) this.#replayLater();
      });
    }, REPLAY_PAUSE_MS);
    this.#replayTimer.unref();
  }

  /**
   * True when the spill file is empty and the store answers again. There is one replay at a time: of two, the one that
   * ends first would take the file away from the other, and what was spilled meanwhile with it.
   */
  #replay(): Promise<boolean> {
    this.#replaying ??= this.#replayOnce().finally(() => {
      this.#replaying = undefined;
    });
    return this.#replaying;
  }

  async #replayOnce(): Promise<boolean> {
    try {
      // With nothing to replay, nothing else would ask the store.
      if (this.#storeSilent) await this.#deps.pingStore();
      await this.#deps.spill.replay((outcomes) => this.#commitWhatFits(outcomes));
    } catch (cause) {
      this.#deps.onStoreState('silent', cause);
      if (this.#spillBroken) await this.#trySpillAgain();
      return false;
    }
    if (this.#storeSilent) this.#deps.onStoreState('answering', undefined);
    this.#storeSilent = false;
    this.#spillBroken = false;
    return true;
  }

  /** A disk that takes writes again is enough to accept requests, even while the store is silent. */
  async #trySpillAgain(): Promise<void> {
    const took = this.#deps.spill.append([]).then(
      () => true,
      () => false,
    );
    // One that is still broken is told by the next record that it does not take.
    this.#spillBroken = !(await took);
  }
}

/** The store did not answer in time. */
class SilentStore extends Error {
  override readonly name = 'SilentStore';
}

/** Whether the store answered and said no, as against being out of reach. */
function isRefusal(cause: unknown): boolean {
  if (cause instanceof SilentStore) return false;
  return !(cause instanceof GatewayError && cause.code === 'hub.store_unavailable');
}

function gather(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, GATHER_MS));
}
