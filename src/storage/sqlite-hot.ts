import type { Done, Operation } from '../ledger/ports.ts';
import type { StoreDatabase } from './database.ts';
import { packRow } from './record-columns.ts';
import type { RecordValue } from './record-rows.ts';
import type { SqliteSession, SqliteThread } from './sqlite-thread.ts';
import type { Turns } from './turns.ts';

/** Packed rows that wait for a transaction. */
type WaitingRecords = {
  readonly packed: readonly RecordValue[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
};

/**
 * What is written for every call. Records that come while a transaction on the ledger waits or is under way go along with
 * it or the next: most of what a transaction costs is its sync and the messages to the thread, and each of the two would
 * wait for the other's. Where such a transaction fails, each is tried by itself.
 */
export function createHotWrites(
  writer: SqliteThread,
  turns: Turns,
): Pick<StoreDatabase, 'transactLedger' | 'commitRecords'> {
  let waiting: WaitingRecords[] = [];
  /** Transactions on the ledger that have not ended; what comes meanwhile goes along with them, or with what follows. */
  let underWay = 0;

  function takeWaiting(): readonly WaitingRecords[] {
    const taken = waiting;
    waiting = [];
    return taken;
  }

  /** Where no transaction on the ledger is there to take them along, they go in one of their own. */
  async function commitWaiting(): Promise<void> {
    if (underWay > 0 || waiting.length === 0) return;
    let endTurn: (() => void) | undefined;
    try {
      endTurn = await turns.take();
      await commitEach(await writer.session(), takeWaiting());
    } catch (thrown) {
      for (const { failed } of takeWaiting()) failed(thrown);
    } finally {
      endTurn?.();
    }
  }

  async function inTurn(operations: readonly Operation[]): Promise<Done> {
    const session = await writer.session();
    const joined = takeWaiting();
    try {
      const packed = joined.flatMap((records) => records.packed);
      const result = await session.ledger(operations, packed);
      for (const { done } of joined) done();
      return result;
    } catch (thrown) {
      if (joined.length === 0) throw thrown;
      await commitEach(session, joined);
      return await session.ledger(operations, []);
    }
  }

  return {
    async transactLedger(operations) {
      underWay += 1;
      let endTurn: (() => void) | undefined;
      try {
        endTurn = await turns.take();
        return await inTurn(operations);
      } finally {
        underWay -= 1;
        endTurn?.();
        // The operations that have waited for this transaction are asked for in this turn of the event loop.
        setImmediate(() => void commitWaiting());
      }
    },
    commitRecords(rows) {
      const packed: RecordValue[] = [];
      for (const row of rows) {
        packRow(row.usage, packed);
        packRow(row.request, packed);
      }
      return new Promise((done, failed) => {
        waiting.push({ packed, done, failed });
        void commitWaiting();
      });
    },
  };
}

/** Each in a transaction of its own; one that fails is told of it, and holds up no other. */
async function commitEach(session: SqliteSession, records: readonly WaitingRecords[]): Promise<void> {
  for (const { packed, done, failed } of records) {
    try {
      await session.commit(packed);
      done();
    } catch (thrown) {
      failed(thrown);
    }
  }
}
