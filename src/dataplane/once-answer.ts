import { EventEmitter } from 'node:events';
import type { CallAnswer, CallEnd } from '../identity/calls-once.ts';
import { type CallerResponse, headersFor } from './aigne/shared-answers.ts';
import { limitLastBytes, WRITE_IDLE_MS } from './end-answer.ts';

export type OnceAnswerPorts = {
  readonly bytesMax: number;
  /** Whether there is room for more bytes. */
  readonly takeRoom: (bytes: number) => boolean;
  /** Keeps what went out, before the caller has the last of it. Never rejects. */
  readonly settle: (end: CallEnd) => Promise<void>;
};

/** What is each answer's own: how it was sent, and how long it took. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'trailer',
  'connection',
  'x-hub-overhead-ms',
  'server-timing',
]);

/**
 * The answer to a call that is made once. It is written to like a caller's own response, which it passes everything on to,
 * and keeps it for whoever sends the call again. The call goes on when its caller leaves, for as long as the answer can be
 * kept: the caller comes back for it. Its end goes out once it is kept, so that no repeat can come too early.
 */
export class OnceAnswer extends EventEmitter implements CallerResponse {
  readonly useChunkedEncodingByDefault = true;
  readonly socket = null;
  readonly #ports: OnceAnswerPorts;
  #caller: CallerResponse | undefined;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #trailers: readonly [string, string][] = [];
  /** Missing once there is more than is kept. */
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;
  #isFull = false;
  #state: 'open' | 'ended' | 'destroyed' = 'open';
  #settled: Promise<void> | undefined;

  constructor(caller: CallerResponse, ports: OnceAnswerPorts) {
    super();
    this.#ports = ports;
    if (caller.destroyed) return;
    this.#caller = caller;
    caller.once('close', () => this.#left());
  }

  get headersSent(): boolean {
    return this.#head !== undefined;
  }

  get writableFinished(): boolean {
    return this.#state === 'ended';
  }

  get destroyed(): boolean {
    return this.#state === 'destroyed';
  }

  writeHead(status: number, headers: string[]): this {
    this.#head = { status, headers };
    if (this.#caller !== undefined) this.#caller.writeHead(status, headersFor(this.#caller, headers));
    return this;
  }

  /** Whether the caller can take more; if not, `drain` follows. */
  write(bytes: Buffer | string): boolean {
    if (this.#state !== 'open') return true;
    this.#keep(bytes);
    const caller = this.#caller;
    if (caller === undefined) {
      if (this.#pieces === undefined) this.destroy();
      return true;
    }
    if (!caller.write(bytes) && !this.#isFull) {
      this.#isFull = true;
      caller.once('drain', () => this.#drained());
    }
    return !this.#isFull;
  }

  addTrailers(trailers: readonly [string, string][]): void {
    this.#trailers = [...this.#trailers, ...trailers];
    this.#caller?.addTrailers(trailers);
  }

  end(bytes?: Buffer | string): this {
    if (this.#state !== 'open') return this;
    if (bytes !== undefined) this.#keep(bytes);
    this.#state = 'ended';
    this.#settled = this.#ports.settle(this.#written()).then(() => this.#release(bytes));
    return this;
  }

  /** Breaks the answer off. */
  destroy(): this {
    if (this.#state !== 'open') return this;
    this.#state = 'destroyed';
    this.#caller?.destroy();
    this.emit('close');
    return this;
  }

  /** Parts with a caller who has taken nothing for long; the call goes on. */
  dropFull(): void {
    if (this.#caller?.dropFull === undefined) this.#caller?.destroy();
    else this.#caller.dropFull();
  }

  /** The request is over: waits until what became of it is kept. */
  conclude(): Promise<void> {
    this.#settled ??= this.#ports.settle(this.#pieces === undefined ? 'too_long' : 'broken_off');
    return this.#settled;
  }

  #release(last: Buffer | string | undefined): void {
    const caller = this.#caller;
    if (caller !== undefined) {
      caller.end(last);
      limitLastBytes(caller.socket, WRITE_IDLE_MS);
    }
    this.emit('close');
  }

  #left(): void {
    this.#caller = undefined;
    if (this.#state !== 'open') return;
    if (this.#pieces === undefined) this.destroy();
    else this.#drained();
  }

  #drained(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.emit('drain');
  }

  #keep(piece: Buffer | string): void {
    if (this.#pieces === undefined) return;
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#ports.bytesMax || !this.#ports.takeRoom(bytes.length)) this.#pieces = undefined;
    else this.#pieces.push(bytes);
  }

  #written(): CallEnd {
    if (this.#pieces === undefined) return 'too_long';
    if (this.#head === undefined) return 'broken_off';
    const { status, headers } = this.#head;
    return { status, headers: lasting(headers, this.#trailers), body: Buffer.concat(this.#pieces) };
  }
}

/** The headers that say something of the call. What followed the body is among them: whoever repeats gets it at once. */
function lasting(headers: readonly string[], trailers: readonly [string, string][]): CallAnswer['headers'] {
  const kept = new Map<string, string>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (!OWN_HEADERS.has(name)) kept.set(name, headers[index + 1] ?? '');
  }
  for (const [name, value] of trailers) {
    const before = kept.get(name);
    kept.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return [...kept].flat();
}
