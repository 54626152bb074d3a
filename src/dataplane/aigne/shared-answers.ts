import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type LastBytes, limitLastBytes, WRITE_IDLE_MS } from '../end-answer.ts';

/**
 * A client that lost its connection sends the same request again. While the first still runs, the second gets the same
 * answer: one call to the provider, one record. The call belongs to nobody's connection, then: it goes on for a while
 * after its last caller left, because the repeat comes a moment later.
 */

/** How long a call goes on, and a finished answer that nobody took whole is kept, for the caller to come back. */
export const RETURN_MS = 15_000;
/** An answer that is longer is no longer kept, so nobody can join it any more. Pictures and videos fit. */
export const KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** All kept answers together; beyond it, further calls run as any other does. */
export const ALL_KEPT_BYTES_MAX = 256 * 1024 * 1024;
/** Calls that can be joined at one time; further ones run as any other does. */
export const SHARED_MAX = 1000;

/** What an answer is written to: the part of node:http's `ServerResponse` that answers are made with. */
export type CallerResponse = {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly socket: LastBytes | null;
  /** False over HTTP/1.0, which has neither chunks nor trailers. */
  readonly useChunkedEncodingByDefault: boolean;
  readonly writeHead: (status: number, headers: string[]) => unknown;
  readonly write: (bytes: Buffer | string) => boolean;
  readonly end: (bytes?: Buffer | string) => unknown;
  readonly destroy: () => unknown;
  /** Parts with those who take nothing; missing where there is but one, who is simply gone then. */
  readonly dropFull?: () => void;
  readonly addTrailers: (trailers: readonly [string, string][]) => unknown;
  readonly once: (event: 'close' | 'drain', listener: () => void) => unknown;
};

export type SharedPorts = {
  /** Calls back once after so many milliseconds, unless what it returns is called before. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
};

/**
 * What makes two requests the same: the key, the client, the address, what may be lost, what the caller says stands for one
 * call, and every byte of the body.
 */
export function requestIdentity(request: {
  readonly keyId: string;
  readonly clientId: string | undefined;
  readonly path: string;
  readonly accept: string | undefined;
  readonly refusesLosses: boolean;
  readonly idempotencyKey: string | undefined;
  readonly body: Buffer;
}): string {
  const { keyId, clientId = '', path, accept = '', refusesLosses, idempotencyKey = '', body } = request;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([keyId, clientId, path, accept, refusesLosses, idempotencyKey])).update(body);
  return hash.digest('base64');
}

/** The calls that can be joined now. */
export class SharedAnswers {
  readonly #ports: SharedPorts;
  readonly #running = new Map<string, SharedAnswer>();

  constructor(ports: SharedPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#running.size;
  }

  /**
   * Joins a call of the same identity, or gives a new answer to write to, which the caller listens to. `undefined` where
   * too many are shared: the caller's own response is written to as ever.
   */
  join(identity: string, caller: CallerResponse): { readonly begun: SharedAnswer } | 'joined' | undefined {
    const running = this.#running.get(identity);
    if (running?.add(caller) === true) return 'joined';
    if (this.#running.size >= SHARED_MAX || this.#keptBytes() >= ALL_KEPT_BYTES_MAX) return undefined;
    const begun = new SharedAnswer(this.#ports, () => {
      if (this.#running.get(identity) === begun) this.#running.delete(identity);
    });
    this.#running.set(identity, begun);
    begun.add(caller);
    return { begun };
  }

  #keptBytes(): number {
    let bytes = 0;
    for (const answer of this.#running.values()) bytes += answer.keptBytes;
    return bytes;
  }
}

type Step =
  | { readonly kind: 'head'; readonly status: number; readonly headers: readonly string[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer | string }
  | { readonly kind: 'trailers'; readonly trailers: readonly [string, string][] };

/**
 * One answer and all who wait for it. It is written to like a caller's own response, and emits `close` as that does: when
 * it is over, or when everybody left and nobody came back.
 */
export class SharedAnswer extends EventEmitter implements CallerResponse {
  readonly useChunkedEncodingByDefault = true;
  readonly socket = null;
  readonly #ports: SharedPorts;
  readonly #onForgotten: () => void;
  readonly #callers = new Set<CallerResponse>();
  readonly #full = new Set<CallerResponse>();
  #steps: Step[] | undefined = [];
  #keptBytes = 0;
  #headersSent = false;
  #state: 'open' | 'ended' | 'destroyed' = 'open';
  #isClosed = false;
  #wasTaken = false;
  #cancelReturn: (() => void) | undefined;

  constructor(ports: SharedPorts, onForgotten: () => void) {
    super();
    this.#ports = ports;
    this.#onForgotten = onForgotten;
  }

  /** What is kept for callers who may join or come back. */
  get keptBytes(): number {
    return this.#steps === undefined ? 0 : this.#keptBytes;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  get writableFinished(): boolean {
    return this.#state === 'ended';
  }

  get destroyed(): boolean {
    return this.#state === 'destroyed';
  }

  /** Lets a caller have all that was written and all that comes. `false` where that is no longer to be had. */
  add(caller: CallerResponse): boolean {
    if (this.#steps === undefined || this.#state === 'destroyed') return false;
    this.#cancelReturn?.();
    this.#cancelReturn = undefined;
    this.#callers.add(caller);
    caller.once('close', () => this.#remove(caller));
    for (const step of this.#steps) this.#give(caller, step);
    if (this.#state === 'ended') this.#finishFor(caller);
    return true;
  }

  writeHead(status: number, headers: string[]): this {
    this.#headersSent = true;
    this.#take({ kind: 'head', status, headers });
    return this;
  }

  /** Whether everybody can take more; if not, `drain` follows. */
  write(bytes: Buffer | string): boolean {
    this.#take({ kind: 'bytes', bytes });
    return this.#full.size === 0;
  }

  addTrailers(trailers: readonly [string, string][]): void {
    this.#take({ kind: 'trailers', trailers });
  }

  end(bytes?: Buffer | string): this {
    if (this.#state !== 'open') return this;
    if (bytes !== undefined) this.#take({ kind: 'bytes', bytes });
    this.#state = 'ended';
    for (const caller of this.#callers) this.#finishFor(caller);
    this.#close();
    // Whoever came too late for its own connection may still come back for it.
    if (this.#callers.size === 0 && !this.#wasTaken) this.#awaitReturn();
    else this.#forget();
    return this;
  }

  /** Breaks the answer off for everybody. */
  destroy(): this {
    if (this.#state !== 'open') return this;
    this.#state = 'destroyed';
    for (const caller of this.#callers) caller.destroy();
    this.#forget();
    this.#close();
    return this;
  }

  /** Parts with everybody who has taken nothing for long, so that the others go on. */
  dropFull(): void {
    for (const caller of this.#full) caller.destroy();
  }

  #take(step: Step): void {
    if (this.#state !== 'open') return;
    this.#keep(step);
    for (const caller of this.#callers) this.#give(caller, step);
  }

  #keep(step: Step): void {
    if (this.#steps === undefined) return;
    if (step.kind === 'bytes') this.#keptBytes += step.bytes.length;
    if (this.#keptBytes <= KEPT_BYTES_MAX) {
      this.#steps.push(step);
      return;
    }
    this.#steps = undefined;
    this.#onForgotten();
  }

  #give(caller: CallerResponse, step: Step): void {
    switch (step.kind) {
      case 'head':
        caller.writeHead(step.status, headersFor(caller, step.headers));
        return;
      case 'trailers':
        caller.addTrailers(step.trailers);
        return;
      case 'bytes':
        if (caller.write(step.bytes) || this.#full.has(caller)) return;
        this.#full.add(caller);
        caller.once('drain', () => this.#drained(caller));
    }
  }

  #finishFor(caller: CallerResponse): void {
    this.#wasTaken = true;
    caller.end();
    limitLastBytes(caller.socket, WRITE_IDLE_MS);
    if (this.#isClosed) this.#forget();
  }

  #drained(caller: CallerResponse): void {
    if (this.#full.delete(caller) && this.#full.size === 0) this.emit('drain');
  }

  #remove(caller: CallerResponse): void {
    this.#callers.delete(caller);
    this.#drained(caller);
    if (this.#callers.size === 0 && this.#state === 'open') this.#awaitReturn();
  }

  #awaitReturn(): void {
    if (this.#steps === undefined) return this.#abandon();
    this.#cancelReturn?.();
    this.#cancelReturn = this.#ports.after(RETURN_MS, () => this.#abandon());
  }

  /** Nobody came back. */
  #abandon(): void {
    if (this.#state === 'open') this.#state = 'destroyed';
    this.#forget();
    this.#close();
  }

  #forget(): void {
    this.#steps = undefined;
    this.#onForgotten();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close');
  }
}

/** Node refuses to announce trailers where there are no chunks. */
export function headersFor(
  { useChunkedEncodingByDefault: isChunked }: CallerResponse,
  headers: readonly string[],
): string[] {
  const trailer = headers.findIndex((text, index) => index % 2 === 0 && text === 'trailer');
  return isChunked || trailer === -1 ? [...headers] : headers.toSpliced(trailer, 2);
}
