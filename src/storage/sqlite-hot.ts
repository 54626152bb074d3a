import type { Decide, StoreDatabase } from './database.ts';
import type { ManyRows } from './many-rows.ts';
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
type Steps<T> = { readonly reads: readonly ManyRows[]; readonly decide: Decide<T> };

/**
 * What is written for every call. Records that come while a transaction of another kind has not written yet go along with
 * it: most of what a transaction costs is its sync and the messages to the thread, and each of the two would wait for the
 * other's. Where such a transaction fails, each is tried by itself.
 */
export function createHotWrites(
  writer: SqliteThread,
  turns: Turns,
): Pick<StoreDatabase, 'readThenWrite' | 'commitRecords'> {
  let waiting: WaitingRecords[] = [];
  /** Transactions that will take along what waits. */
  const ahead = new Set<object>();

  function takeWaiting(): readonly WaitingRecords[] {
    const taken = waiting;
    waiting = [];
    return taken;
  }

  /** Where no transaction will take them along, they go in one of their own. */
  async function commitWaiting(): Promise<void> {
    if (ahead.size > 0 || waiting.length === 0) return;
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

  async function inTurn<T>(steps: Steps<T>): Promise<T> {
    const session = await writer.session();
    let joined: readonly WaitingRecords[] = [];
    try {
      const result = await transact(session, steps, () => {
        ahead.delete(steps);
        joined = takeWaiting();
        return joined;
      });
      for (const { done } of joined) done();
      return result;
    } catch (thrown) {
      if (joined.length === 0) throw thrown;
      await commitEach(session, joined);
      return await transact(session, steps, () => []);
    }
  }

  return {
    async readThenWrite(reads, decide) {
      const steps = { reads, decide };
      ahead.add(steps);
      let endTurn: (() => void) | undefined;
      try {
        endTurn = await turns.take();
        return await inTurn(steps);
      } finally {
        ahead.delete(steps);
        endTurn?.();
        void commitWaiting();
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

async function transact<T>(
  session: SqliteSession,
  { reads, decide }: Steps<T>,
  recordsOf: () => readonly WaitingRecords[],
): Promise<T> {
  try {
    const found = await session.script(reads, 'BEGIN IMMEDIATE');
    const { writes, result } = decide(found);
    const statements = writes.filter(({ rows }) => rows.length > 0);
    await session.finish(
      statements,
      recordsOf().flatMap(({ packed }) => packed),
    );
    return result;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
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
