import type { Client } from 'pg';
import type { StoreNote } from './database.ts';

const RECONNECT_FIRST_MS = 250;
const RECONNECT_MAX_MS = 10_000;

/**
 * Listens on a channel with a connection of its own and connects again when it is lost. Returns the function that stops it.
 */
export function listenForHints(input: {
  readonly channel: string;
  /** Told what is said; nothing after a reconnection, since what was said meanwhile is gone. */
  readonly heard: (text: string) => void;
  readonly note: StoreNote;
  readonly connect: () => Client;
}): () => Promise<void> {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let connectedBefore = false;
  let waitMs = RECONNECT_FIRST_MS;

  function retryLater(lost: Client, cause: unknown): void {
    if (stopped || client !== lost) return;
    client = undefined;
    lost
      .end()
      .catch((error: unknown) => input.note({ message: 'a lost hint listener did not end cleanly', cause: error }));
    input.note({ message: 'the hint listener lost PostgreSQL and will connect again', cause });
    timer = setTimeout(start, waitMs);
    timer.unref();
    waitMs = Math.min(waitMs * 2, RECONNECT_MAX_MS);
  }

  async function listen(next: Client): Promise<void> {
    await next.connect();
    await next.query(`LISTEN ${input.channel}`);
    waitMs = RECONNECT_FIRST_MS;
    if (connectedBefore) input.heard('');
    connectedBefore = true;
  }

  async function listenOrRetry(next: Client): Promise<void> {
    try {
      await listen(next);
    } catch (cause) {
      retryLater(next, cause);
    }
  }

  function start(): void {
    const next = input.connect();
    client = next;
    next.on('notification', ({ payload }) => {
      if (!stopped) input.heard(payload ?? '');
    });
    next.on('error', (cause: Error) => retryLater(next, cause));
    next.on('end', () => retryLater(next, new Error('the connection ended')));
    starting = listenOrRetry(next);
  }

  let starting: Promise<void> = Promise.resolve();
  start();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await starting;
    await client?.end();
  };
}
