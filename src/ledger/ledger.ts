import { GatewayError } from '../kernel/errors.ts';
import type { LedgerCharge } from '../protocol/ledger.ts';
import type { Operation, OutcomeOf } from './operations.ts';
import type { LedgerStore } from './ports.ts';

/** Operations in one transaction. */
const BATCH_MAX = 256;
/** Operations that wait in memory; past this new ones are refused rather than let memory grow. */
const QUEUE_MAX = 20_000;

type Waiting = {
  readonly operation: Operation;
  readonly done: (outcome: OutcomeOf<Operation>) => void;
  readonly failed: (error: unknown) => void;
};

export type LedgerDeps = {
  readonly store: LedgerStore;
  /** What an operation is refused with when too many wait. */
  readonly overloaded: () => Error;
  /** Told of charges that were written, each once; of one whose writing nobody heard of, not at all. */
  readonly onCharged?: ((charges: readonly LedgerCharge[]) => void) | undefined;
};

/**
 * Does operations on credit, each once, synced before it is told. Those that wait while a transaction is under way go
 * together in the next, so that many calls share one sync. When the store does not answer, nobody knows whether a batch
 * was written; each operation can be sent again, and finds what the first one did. One that cannot be done fails alone.
 */
export class Ledger {
  readonly #deps: LedgerDeps;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
  }

  /** @throws GatewayError `hub.store_unavailable` */
  do<Each extends Operation>(operation: Each): Promise<OutcomeOf<Each>> {
    if (this.#queue.length >= QUEUE_MAX) return Promise.reject(this.#deps.overloaded());
    return new Promise((resolve, reject) => {
      // What comes of an operation is of its kind: `apply` sees to that.
      const done = resolve as (outcome: OutcomeOf<Operation>) => void;
      this.#queue.push({ operation, done, failed: reject });
      this.#writing ??= this.#drain();
    });
  }

  /** Waits for everything that was asked for. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    // Whoever asks in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#doTogether(this.#queue.splice(0, BATCH_MAX));
    }
    this.#writing = undefined;
  }

  async #doTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#transact(batch.map(({ operation }) => operation));
      for (const [index, { done, failed }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) failed(new Error('an operation on the ledger has no outcome'));
        else done(outcome);
      }
    } catch (thrown) {
      if (batch.length === 1 || isUnavailable(thrown)) for (const { failed } of batch) failed(thrown);
      else await this.#doByHalves(batch);
    }
  }

  /** Nothing of the batch was written, since one of it cannot be. The halves keep the order. */
  async #doByHalves(batch: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await this.#doTogether(batch.slice(0, middle));
    await this.#doTogether(batch.slice(middle));
  }

  async #transact(operations: readonly Operation[]): Promise<readonly OutcomeOf<Operation>[]> {
    const { store, onCharged } = this.#deps;
    const { outcomes, charges } = await store.transact(operations);
    if (charges.length > 0) onCharged?.(charges);
    return outcomes;
  }
}

/** Whether the store is out of reach, for one operation as for all. */
function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof GatewayError && thrown.code === 'hub.store_unavailable';
}
