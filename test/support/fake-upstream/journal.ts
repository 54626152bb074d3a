import type { IncomingHttpHeaders } from 'node:http';

/** One request that the stand-in received. Times are milliseconds since the epoch. */
export type ReceivedRequest = {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they stood on the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The wire format that the address belongs to. */
  readonly dialect: string;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** The end user that the body names, by which a test finds its own requests again. */
  readonly user: string | undefined;
  readonly receivedAt: number;
  /** Id of the answer that was begun, once there is one. */
  readonly answerId: string | undefined;
  /** When the last byte of the answer was handed to the operating system. */
  readonly finishedAt: number | undefined;
  /** When the caller hung up, or the stand-in cut the connection, before the answer was finished. */
  readonly abortedAt: number | undefined;
};

/** What was received, in order. Only the newest `entriesMax` are kept. */
export type Journal = {
  readonly entries: () => readonly ReceivedRequest[];
  /**
   * Those that ask for an answer. Unlike `entries`, it may be counted: the hub looks at the list of models on its own,
   * at a time that no test sets.
   */
  readonly calls: () => readonly ReceivedRequest[];
  /** Resolves with the first entry that satisfies the test, now or later. Rejects after `timeoutMs`. */
  readonly waitFor: (test: (entry: ReceivedRequest) => boolean, timeoutMs?: number) => Promise<ReceivedRequest>;
  readonly clear: () => void;
};

export type JournalWriter = Journal & {
  readonly add: (entry: Omit<ReceivedRequest, 'number' | 'answerId' | 'finishedAt' | 'abortedAt'>) => number;
  readonly change: (
    number: number,
    change: Partial<Pick<ReceivedRequest, 'answerId' | 'finishedAt' | 'abortedAt'>>,
  ) => void;
};

const WAIT_TIMEOUT_MS = 5_000;

/** An empty journal that keeps the newest `entriesMax` requests. */
export function createJournal(entriesMax: number): JournalWriter {
  const entries = new Map<number, ReceivedRequest>();
  const waiting = new Set<(entry: ReceivedRequest) => void>();
  let lastNumber = 0;
  const set = (entry: ReceivedRequest): void => {
    entries.set(entry.number, entry);
    for (const look of waiting) look(entry);
  };
  return {
    entries: () => [...entries.values()],
    calls: () => [...entries.values()].filter(({ method }) => method === 'POST'),
    clear: () => entries.clear(),
    add: (entry) => {
      lastNumber += 1;
      set({ ...entry, number: lastNumber, answerId: undefined, finishedAt: undefined, abortedAt: undefined });
      const [oldest] = entries.keys();
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
      return lastNumber;
    },
    change: (number, change) => {
      const entry = entries.get(number);
      if (entry !== undefined) set({ ...entry, ...change });
    },
    waitFor: (test, timeoutMs = WAIT_TIMEOUT_MS) => {
      const known = [...entries.values()].find(test);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const look = (entry: ReceivedRequest): void => {
          if (!test(entry)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(entry);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no such request reached the fake upstream within ${timeoutMs} ms`));
        }, timeoutMs);
        waiting.add(look);
      });
    },
  };
}
