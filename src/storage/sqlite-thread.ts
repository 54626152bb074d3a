import { Worker } from 'node:worker_threads';
import { compiledModules } from '../kernel/compiled-modules.ts';
import { Slots } from '../kernel/slots.ts';
import type { Done, Operation } from '../ledger/ports.ts';
import { SqliteThreadError } from './errors.ts';
import type { FoundRows, ManyRows } from './many-rows.ts';
import type {
  SqliteReply,
  SqliteRequest,
  SqliteRole,
  SqliteRow,
  SqliteValue,
  SqliteWorkerData,
} from './sqlite-messages.ts';

/** Heaps of a worker, which holds a page of rows at most; the page cache lies outside them. */
const OLD_HEAP_MAX_MIB = 128;
const YOUNG_HEAP_MAX_MIB = 16;

export type SqliteResult = {
  readonly rows: readonly SqliteRow[];
  readonly changes: number;
  readonly found?: readonly FoundRows[];
  readonly done?: Done;
};

/**
 * One life of a worker. A transaction stays on the session it began on: when the worker dies, all that is left of the
 * transaction is refused instead of running, outside any transaction, on the worker's successor.
 */
export type SqliteSession = {
  readonly query: (sql: string, parameters: readonly SqliteValue[]) => Promise<SqliteResult>;
  /** Like `query`, with every integer as a bigint. */
  readonly queryExactly: (sql: string, parameters: readonly SqliteValue[]) => Promise<SqliteResult>;
  /** Runs statements one after the other, with one message there and one back; gives what each has found. */
  readonly script: (statements: readonly ManyRows[]) => Promise<readonly FoundRows[]>;
  /** Commits packed record rows; see record-columns.ts. */
  readonly commit: (packed: readonly SqliteValue[]) => Promise<void>;
  /** Does operations on credit and commits packed record rows, in one transaction. */
  readonly ledger: (operations: readonly Operation[], packed: readonly SqliteValue[]) => Promise<Done>;
  readonly rollback: () => Promise<void>;
};

export type SqliteThread = {
  /** The living worker, started if there is none. @throws SqliteThreadError when the file cannot be opened. */
  readonly session: () => Promise<SqliteSession>;
  /** Ends the worker after what it was asked before. Later calls are refused. */
  readonly close: () => Promise<void>;
};

/** One worker thread with one connection to a SQLite file, started when it is first needed and again if it dies. */
export function createSqliteThread(input: { readonly path: string; readonly role: SqliteRole }): SqliteThread {
  let current: Promise<LiveWorker> | undefined;
  let closed = false;

  function live(): Promise<LiveWorker> {
    if (closed) return Promise.reject(new SqliteThreadError('STORE_CLOSED', 'the store is closed'));
    if (current !== undefined) return current;
    const started = startWorker(input, () => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  }

  return {
    session: async () => (await live()).session,
    async close() {
      closed = true;
      const worker = current;
      if (worker === undefined) return;
      // A worker that never opened has nothing to close; whoever asked for it was told why.
      const opened = await worker.catch(() => undefined);
      await opened?.close();
    },
  };
}

type LiveWorker = { readonly session: SqliteSession; readonly close: () => Promise<void> };
type Waiting = { readonly resolve: (result: SqliteResult) => void; readonly reject: (error: Error) => void };

async function startWorker(
  input: { readonly path: string; readonly role: SqliteRole },
  ended: () => void,
): Promise<LiveWorker> {
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: SqliteWorkerData = { path: input.path, role: input.role, signal: signal.buffer };
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData,
    env: compiledModules(),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: OLD_HEAP_MAX_MIB, maxYoungGenerationSizeMb: YOUNG_HEAP_MAX_MIB },
  });
  const waiting = new Slots<Waiting>();
  let gone: SqliteThreadError | undefined;

  function end(reason: string): void {
    if (gone !== undefined) return;
    const ending = new SqliteThreadError('STORE_THREAD_ENDED', reason);
    gone = ending;
    ended();
    waiting.forEach((each) => each.reject(ending));
  }
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      end(`the SQLite worker ended with code ${code}`);
      resolve();
    });
  });
  worker.on('error', (error: Error) => end(`the SQLite worker failed: ${error.message}`));
  worker.on('message', (reply: SqliteReply) => {
    const asked = waiting.remove(reply.id);
    if (reply.ok) asked?.resolve(reply);
    else asked?.reject(new SqliteThreadError(reply.code, reply.message));
  });

  function ask(build: (id: number) => SqliteRequest): Promise<SqliteResult> {
    if (gone !== undefined) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      worker.postMessage(build(waiting.add({ resolve, reject })));
      Atomics.add(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
  }

  try {
    await new Promise<SqliteResult>((resolve, reject) => {
      // The first slot is the one that the worker answers on its own when it has opened.
      waiting.add({ resolve, reject });
    });
  } catch (thrown) {
    ended();
    throw thrown;
  }
  return {
    session: {
      query: (sql, parameters) => ask((id) => ({ kind: 'query', id, sql, parameters, exact: false })),
      queryExactly: (sql, parameters) => ask((id) => ({ kind: 'query', id, sql, parameters, exact: true })),
      script: async (statements) => (await ask((id) => ({ kind: 'script', id, statements }))).found ?? [],
      commit: async (packed) => {
        await ask((id) => ({ kind: 'commit', id, packed }));
      },
      ledger: async (operations, packed) => {
        const { done } = await ask((id) => ({ kind: 'ledger', id, operations, packed }));
        if (done === undefined) throw new Error('the SQLite worker does not say what came of operations');
        return done;
      },
      rollback: async () => {
        await ask((id) => ({ kind: 'rollback', id }));
      },
    },
    async close() {
      await ask((id) => ({ kind: 'close', id }));
      await exited;
    },
  };
}
