import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Behaviour } from './behaviour.ts';

/** An answer that is ready to be sent: well, or as badly as the behaviour says. */
export type Delivery = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: one frame for each event of a stream, one for all of an answer that is not streamed. */
  readonly frames: readonly (string | Buffer)[];
  readonly behaviour: Behaviour;
};

/** How a delivery ended: `cut` where the stand-in or the caller ended it early. */
export type DeliveryEnd = 'finished' | 'cut';

const FIREHOSE_PIECE = Buffer.alloc(65_536, 'x');

/** Sends an answer. `gone` aborts when the connection closes, so that nothing waits for a caller who left. */
export async function deliver(response: ServerResponse, delivery: Delivery, gone: AbortSignal): Promise<DeliveryEnd> {
  const { behaviour } = delivery;
  if (behaviour.headersAfterMs !== undefined) await pause(behaviour.headersAfterMs, gone);
  if (behaviour.hang?.at === 'headers') return waitUntilGone(gone);
  if (gone.aborted) return 'cut';
  const pieces = piecesOf(delivery);
  response.writeHead(delivery.status, headersOf(delivery, pieces));
  if (behaviour.hang?.at === 'first-byte') {
    response.flushHeaders();
    return waitUntilGone(gone);
  }
  // The last piece leaves together with the end of the body: an answer whose last byte arrived has also ended.
  const last = behaviour.cut === undefined && behaviour.hang === undefined ? pieces.at(-1)?.pop() : undefined;
  const isSent = await sendPieces(response, { pieces, behaviour, gone });
  if (!isSent) return 'cut';
  if (behaviour.cut !== undefined) return cutOff(response, behaviour.cut.how);
  if (last !== undefined && behaviour.eventDelayMs !== undefined) await pause(behaviour.eventDelayMs, gone);
  if (gone.aborted) return 'cut';
  response.end(last);
  await Promise.race([once(response, 'finish'), once(response, 'close')]);
  return response.writableFinished ? 'finished' : 'cut';
}

/** Sends one event without an end: so many bytes and no line end, as fast as the caller takes them. */
export async function sendFirehose(response: ServerResponse, bytes: number, gone: AbortSignal): Promise<DeliveryEnd> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: ');
  for (let left = bytes; left > 0 && !gone.aborted; left -= FIREHOSE_PIECE.length) {
    await write(response, FIREHOSE_PIECE.subarray(0, Math.min(left, FIREHOSE_PIECE.length)), gone);
  }
  if (!gone.aborted) response.destroy();
  return 'cut';
}

/** Waits, but not longer than the caller stays. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  await wait(ms, undefined, { signal: gone }).catch((reason: unknown) => {
    if (!gone.aborted) throw reason;
  });
}

async function waitUntilGone(gone: AbortSignal): Promise<DeliveryEnd> {
  if (!gone.aborted) await once(gone, 'abort');
  return 'cut';
}

/** The bodies of the writes, events kept apart: each array is one event, so that a cut can count events. */
function piecesOf({ frames, behaviour }: Delivery): Buffer[][] {
  const plain = frames.map((frame) => (typeof frame === 'string' ? Buffer.from(frame) : frame));
  const events = behaviour.encoding === 'gzip' ? [gzipSync(Buffer.concat(plain))] : plain;
  const kept = behaviour.cut === undefined ? events : keepBefore(events, behaviour.cut);
  return kept.map((event) => splitEvery(event, behaviour.writeBytesMax ?? Math.max(1, event.length)));
}

function keepBefore(
  events: readonly Buffer[],
  cut: { readonly unit: 'bytes' | 'events'; readonly after: number },
): Buffer[] {
  if (cut.unit === 'events') return events.slice(0, cut.after);
  const kept: Buffer[] = [];
  let left = cut.after;
  for (const event of events) {
    if (left <= 0) break;
    kept.push(event.subarray(0, left));
    left -= event.length;
  }
  return kept;
}

function splitEvery(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) parts.push(bytes.subarray(start, start + size));
  return parts;
}

function headersOf({ headers, behaviour }: Delivery, pieces: readonly Buffer[][]): Record<string, string> {
  const isStream = headers['content-type'] !== 'application/json';
  const length = pieces.flat().reduce((sum, piece) => sum + piece.length, 0);
  // A cut answer promises nothing about its length unless it is to end properly, only too early.
  const hasLength = !isStream && (behaviour.cut === undefined || behaviour.cut.how === 'end');
  return {
    ...headers,
    ...(hasLength ? { 'content-length': String(length) } : {}),
    ...(behaviour.encoding === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    ...behaviour.headers,
  };
}

async function sendPieces(
  response: ServerResponse,
  input: { readonly pieces: readonly Buffer[][]; readonly behaviour: Behaviour; readonly gone: AbortSignal },
): Promise<boolean> {
  const { pieces, behaviour, gone } = input;
  for (const [index, event] of pieces.entries()) {
    if (behaviour.hang?.at === 'event' && index >= behaviour.hang.after) break;
    for (const piece of event) {
      if (behaviour.eventDelayMs !== undefined) await pause(behaviour.eventDelayMs, gone);
      if (gone.aborted) return false;
      await write(response, piece, gone);
    }
  }
  if (behaviour.hang?.at !== 'event') return !gone.aborted;
  await waitUntilGone(gone);
  return false;
}

/** Writes and waits until the bytes left this process, so that a cut comes after them and pieces stay pieces. */
function write(response: ServerResponse, bytes: Buffer, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    gone.addEventListener('abort', done);
    response.write(bytes, done);
  });
}

function cutOff(response: ServerResponse, how: 'reset' | 'fin' | 'end'): DeliveryEnd {
  if (how === 'end') {
    response.end();
  } else if (how === 'fin') {
    response.flushHeaders();
    response.socket?.end();
  } else {
    response.flushHeaders();
    response.socket?.resetAndDestroy();
  }
  return 'cut';
}
