import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { AccountId, LedgerCharge } from '../protocol/ledger.ts';
import { apply, mirroredId, reversalIds, withdrawalId } from './apply.ts';
import { Book } from './book.ts';
import type { Operation, OutcomeOf } from './operations.ts';
import type { LedgerAccount, LedgerReads, LedgerStore } from './ports.ts';

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
  readonly newId: NewId;
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
    const { store, newId, onCharged } = this.#deps;
    const { outcomes, charges } = await store.transact(readsOf(operations), (rows) => {
      const book = new Book(rows);
      const done = operations.map((operation) => apply(book, operation, () => newId('le')));
      const changes = book.changes();
      return { changes, result: { outcomes: done, charges: changes.newCharges } };
    });
    if (charges.length > 0) onCharged?.(charges);
    return outcomes;
  }
}

/** Whether the store is out of reach, for one operation as for all. */
function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof GatewayError && thrown.code === 'hub.store_unavailable';
}

/** What has to be read for operations. */
export function readsOf(operations: readonly Operation[]): LedgerReads {
  const newAccounts = new Map<AccountId, LedgerAccount>();
  const accountIds = new Set<AccountId>();
  const grantIds = new Set<string>();
  const holdIds = new Set<string>();
  const chargeIds = new Set<string>();
  const entryIds = new Set<string>();
  for (const operation of operations) {
    if ('path' in operation) for (const id of operation.path) accountIds.add(id);
    else accountIds.add(operation.accountId);
    switch (operation.kind) {
      case 'give':
        newAccounts.set(operation.accountId, { id: operation.accountId, organizationId: operation.organizationId });
        grantIds.add(operation.id);
        break;
      case 'expire':
        grantIds.add(operation.grantId);
        break;
      case 'refund':
        chargeIds.add(operation.chargeId);
        break;
      case 'withdraw':
        entryIds.add(withdrawalId(operation.id, 0));
        break;
      case 'reverse':
        grantIds.add(operation.grantId);
        for (const id of reversalIds(operation)) entryIds.add(id);
        break;
      case 'mirror':
        for (const { grantId } of operation.moves) grantIds.add(grantId);
        entryIds.add(mirroredId(operation.accountId, operation.number));
        break;
      case 'raise':
      case 'renew':
      case 'dispatch':
      case 'await':
        holdIds.add(operation.id);
        break;
      case 'place':
      case 'end':
      case 'sweep':
        holdIds.add(operation.id);
        chargeIds.add(operation.id);
        break;
    }
  }
  return {
    // In the order of the locks, too: whoever makes several waits for whoever makes the same.
    newAccounts: [...newAccounts.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    accountIds: [...accountIds].toSorted(),
    grantIds: [...grantIds],
    holdIds: [...holdIds],
    chargeIds: [...chargeIds],
    entryIds: [...entryIds],
  };
}
