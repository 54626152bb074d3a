/**
 * The load generator: so many requests over so many kept-alive connections, each sent when the one before it on its
 * connection is answered. Reads one JSON order from standard input, prints one JSON result, and ends.
 */
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';

/** What to send. */
export type LoadOrder = {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Secrets of keys that requests carry in turn, one each; none, where the headers say who calls. */
  readonly secrets?: readonly string[];
  readonly body: string;
  readonly requests: number;
  readonly concurrency: number;
  /** Requests are sent at this pace, whether or not those before them are answered; without it as fast as they are. */
  readonly perSecond?: number;
  /** Bytes of which the last ones of every answer must hold this text; else the answer counts as failed. */
  readonly mustContain: string;
  /** A 503 is an answer that counts apart, and no failure. */
  readonly mayBeShed?: boolean;
  /** What is sent at first counts for no time: connections are made, and the generator's own code is compiled. */
  readonly warmSeconds?: number;
};

/** What came of it. Times are milliseconds. */
export type LoadResult = {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  /** The first failure, in words. */
  readonly firstFailure: string | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
  /** Requests that were answered by 503 where that may be; the other figures are without them. */
  readonly shed: { readonly requests: number; readonly p99Ms: number };
};

type Timing = {
  readonly sentAt: number;
  readonly totalMs: number;
  readonly firstByteMs: number;
  readonly failure: string | undefined;
  readonly isShed: boolean;
};

/** Sends the load and measures it. */
async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const pool = new Pool(order.origin, { connections: order.concurrency, pipelining: 1 });
  const all: Timing[] = [];
  let left = order.requests;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if (order.perSecond !== undefined) await turnOf(order.requests - left - 1, { start, perSecond: order.perSecond });
      const secret = order.secrets?.[left % order.secrets.length];
      all.push(await ask(pool, secret === undefined ? order : withSecret(order, secret)));
    }
  };
  await Promise.all(Array.from({ length: order.concurrency }, () => caller()));
  const seconds = (performance.now() - start) / 1000;
  await pool.destroy();
  const timings = all.filter(({ isShed }) => !isShed);
  const shed = all.filter(({ isShed }) => isShed);
  const isWarm = ({ sentAt }: Timing): boolean => sentAt >= start + (order.warmSeconds ?? 0) * 1000;
  const totals = sorted(timings.filter(isWarm).map((timing) => timing.totalMs));
  const firstBytes = sorted(timings.filter(isWarm).map((timing) => timing.firstByteMs));
  const failures = timings.flatMap((timing) => timing.failure ?? []);
  return {
    seconds,
    requests: timings.length,
    failed: failures.length,
    firstFailure: failures[0],
    p50Ms: quantile(totals, 0.5),
    p99Ms: quantile(totals, 0.99),
    firstByteP50Ms: quantile(firstBytes, 0.5),
    shed: { requests: shed.length, p99Ms: quantile(sorted(shed.filter(isWarm).map(({ totalMs }) => totalMs)), 0.99) },
  };
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** The value below which the share `q` of sorted values lies. */
function quantile(inOrder: readonly number[], q: number): number {
  return inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * q))] ?? Number.NaN;
}

/** Waits until a request is to be sent; what is late is sent at once. */
async function turnOf(index: number, pace: { readonly start: number; readonly perSecond: number }): Promise<void> {
  const waitMs = pace.start + (index * 1000) / pace.perSecond - performance.now();
  if (waitMs > 0) await wait(waitMs);
}

function withSecret(order: LoadOrder, secret: string): LoadOrder {
  return { ...order, headers: { ...order.headers, authorization: `Bearer ${secret}` } };
}

function ask(pool: Pool, order: LoadOrder): Promise<Timing> {
  const start = performance.now();
  let firstByteMs = Number.NaN;
  let status = 0;
  let last: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    const end = (failure: string | undefined, isShed = false): void =>
      resolve({ sentAt: start, totalMs: performance.now() - start, firstByteMs, failure, isShed });
    const handler: Dispatcher.DispatchHandler = {
      // Undici refuses a handler without this method.
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
        firstByteMs = performance.now() - start;
      },
      onResponseData(_controller, chunk) {
        last = chunk;
      },
      onResponseEnd() {
        if (status === 503 && order.mayBeShed === true) {
          end(undefined, true);
          return;
        }
        const isWhole = status === 200 && last.includes(order.mustContain);
        end(isWhole ? undefined : `status ${status}: ${last.toString('utf8').slice(0, 300)}`);
      },
      onResponseError(_controller, error) {
        end(error.message);
      },
    };
    pool.dispatch({ path: order.path, method: 'POST', headers: order.headers, body: order.body }, handler);
  });
}

if (import.meta.main) {
  // The order comes from the scripts of this folder, which hold its type.
  const order = JSON.parse(await text(process.stdin)) as LoadOrder;
  console.log(JSON.stringify(await runLoad(order)));
}
