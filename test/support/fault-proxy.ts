import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * What befalls the way to a database.
 *
 * - `down`: every connection is reset, new ones at once
 * - `resets`: every connection is reset again and again, and new ones are taken
 * - `silent`: nothing comes through any more, and goes on when it is over, as over a line that was out
 * - `lost`: nothing comes through any more, and never will on connections from before or meanwhile, as behind a firewall
 *   that has forgotten them
 * - `slow`: everything takes longer
 * - `commits`: every second COMMIT is done, and its connection reset before the answer
 */
export type Fault = 'none' | 'down' | 'resets' | 'silent' | 'lost' | 'slow' | 'commits';

export type FaultProxy = {
  /** The database's address with the proxy in its place. */
  readonly url: string;
  readonly set: (fault: Fault) => void;
  /** Answers to COMMIT that were kept back so far. */
  readonly commitsDropped: () => number;
  readonly close: () => Promise<void>;
};

const RESET_EVERY_MS = 40;
const SLOW_MS = 100;
/**
 * `Q`, the length, the text; it may be sent along with what it commits. The answer: `C`, the length, the command.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
const COMMIT = /Q\0\0\0[\s\S]commit\0/i;
const COMMITTED = /C\0\0\0[\s\S]COMMIT\0/;

type Pair = {
  readonly client: Socket;
  readonly server: Socket;
  isLost: boolean;
  dropsCommit: boolean;
  /** What is kept back, in order; each sends it on. */
  readonly kept: (() => void)[];
};

/** Stands between a hub and the database at `url`, until it is closed. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const target = new URL(url);
  const pairs = new Set<Pair>();
  let fault: Fault = 'none';
  let commits = 0;
  let dropped = 0;

  const reset = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  };
  const forward = (pair: Pair, to: Socket, chunk: Buffer): void => {
    if (pair.isLost) return;
    const send = (): void => void (to.writable && to.write(chunk));
    if (fault === 'silent') pair.kept.push(send);
    else if (fault === 'slow') setTimeout(send, SLOW_MS);
    else send();
  };
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const pair: Pair = { client, server, isLost: fault === 'lost', dropsCommit: false, kept: [] };
    pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // Of a connection that is lost, nobody hears that the other end has closed it.
        if (!pair.isLost) reset(pair);
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (fault === 'commits' && COMMIT.test(chunk.toString('latin1'))) {
        commits += 1;
        pair.dropsCommit = commits % 2 === 0;
      }
      forward(pair, server, chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (!pair.dropsCommit || !COMMITTED.test(chunk.toString('latin1'))) return forward(pair, client, chunk);
      dropped += 1;
      reset(pair);
    });
    if (fault === 'down') reset(pair);
  });
  const resetAll = (): void => {
    for (const pair of pairs) reset(pair);
  };
  const timer = setInterval(() => {
    if (fault === 'resets') resetAll();
  }, RESET_EVERY_MS);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const through = new URL(url);
  through.port = String(address.port);
  return {
    url: through.href,
    set: (next) => {
      fault = next;
      if (next === 'down') resetAll();
      if (next === 'lost') for (const pair of pairs) pair.isLost = true;
      for (const pair of pairs) for (const send of pair.kept.splice(0)) send();
    },
    commitsDropped: () => dropped,
    close: async () => {
      clearInterval(timer);
      resetAll();
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}
