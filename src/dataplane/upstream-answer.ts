import { GatewayError } from '../kernel/errors.ts';
import type {
  AnswerHeaders,
  TransportFault,
  UpstreamCall,
  UpstreamHandle,
  UpstreamListener,
} from '../upstream/ports.ts';

export type Send = (call: UpstreamCall, listener: UpstreamListener) => UpstreamHandle;

/** Who takes a stream's bytes as they come. Exactly one of `onEnd` and `onFault` follows the last of them. */
export type StreamSink = {
  readonly onData: (chunk: Buffer) => void;
  readonly onEnd: () => void;
  readonly onFault: (error: GatewayError) => void;
};

/** Content types of streams of messages, in every framing. */
const STREAMS = ['text/event-stream', 'application/x-ndjson', 'application/vnd.amazon.eventstream'];

/** Whether an answer of this content type is a stream of messages. */
export function isMessageStream(contentType: string): boolean {
  return STREAMS.some((type) => contentType.startsWith(type));
}

/** For answers that are collected whole, whatever they are. */
export function isNeverStream(): boolean {
  return false;
}

const ERROR_BODY_BYTES_MAX = 64 * 1024;

/**
 * One answer of a provider: a stream when one was asked for and came, else collected whole. What arrives before a sink
 * is attached waits.
 */
export class UpstreamAnswer implements UpstreamListener {
  status = 0;
  headers: AnswerHeaders = {};
  headersAtMs: number | undefined;
  firstByteAtMs: number | undefined;
  isStream = false;
  readonly ready: Promise<void>;
  readonly #streams: (contentType: string) => boolean;
  readonly #nowMs: () => number;
  readonly #onStreamOver: (error: GatewayError | undefined) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #sink: StreamSink | undefined;
  #ended: { readonly error: GatewayError | undefined } | undefined;
  #handle: UpstreamHandle | undefined;
  #isAborted = false;
  #resolve: () => void = () => undefined;
  #reject: (error: GatewayError) => void = () => undefined;

  constructor(options: {
    /** Whether a success of this content type is taken as it comes; others are collected whole. */
    readonly streams: (contentType: string) => boolean;
    readonly nowMs: () => number;
    /** Told when a stream that had begun is over, or known to be whole; maybe more than once. */
    readonly onStreamOver?: (error: GatewayError | undefined) => void;
  }) {
    this.#streams = options.streams;
    this.#nowMs = options.nowMs;
    this.#onStreamOver = options.onStreamOver ?? (() => undefined);
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may reject while the call is still being signed, before anybody waits for it.
    this.ready.catch(() => undefined);
  }

  /**
   * Sends the call, unless it was aborted before. `ready` then resolves with the first byte of a stream or when a whole
   * answer has come, or rejects: while nothing has come of an answer, another provider may still be asked.
   */
  send(send: Send, call: UpstreamCall): void {
    if (!this.#isAborted) this.#handle = send(call, this);
  }

  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get isRedirect(): boolean {
    return this.status >= 300 && this.status < 400 && this.headers['location'] !== undefined;
  }

  /** The whole answer; of an error only its beginning. */
  body(): Buffer {
    // Asked for more than once: its parts are joined the first time.
    const whole =
      this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  /** Hands a stream's bytes to `sink`, beginning with what has come already. */
  attach(sink: StreamSink): void {
    this.#sink = sink;
    const early = this.#chunks;
    this.#chunks = [];
    for (const chunk of early) sink.onData(chunk);
    if (this.#ended !== undefined) this.#tellEnd(this.#ended.error);
  }

  pause(): void {
    this.#handle?.pause();
  }

  resume(): void {
    this.#handle?.resume();
  }

  /** Closes the provider's connection at once; `ready` rejects with `error` if it has not settled. */
  abort(error: GatewayError): void {
    this.#isAborted = true;
    this.#handle?.abort();
    if (this.isStream) this.#onStreamOver(error);
    this.#reject(error);
  }

  /** A stream has said its last word: what its connection does now says nothing of it. */
  noteWhole(): void {
    if (this.isStream) this.#onStreamOver(undefined);
  }

  onHeaders(status: number, headers: AnswerHeaders): void {
    this.status = status;
    this.headers = headers;
    this.headersAtMs = this.#nowMs();
    if (!this.isSuccess) return;
    this.isStream = this.#streams(String(headers['content-type']));
  }

  onData(chunk: Buffer): void {
    this.firstByteAtMs ??= this.#nowMs();
    if (this.#sink !== undefined) return this.#sink.onData(chunk);
    this.#bytes += chunk.length;
    if (this.isStream) this.#resolve();
    if (this.isSuccess || this.#bytes <= ERROR_BODY_BYTES_MAX) this.#chunks.push(chunk);
  }

  onEnd(): void {
    this.#tellEnd(undefined);
  }

  onFault(fault: TransportFault): void {
    this.#tellEnd(new GatewayError(fault.code, { message: fault.message, cause: fault.cause }));
  }

  #tellEnd(error: GatewayError | undefined): void {
    this.#ended = { error };
    if (!this.isStream) return error === undefined ? this.#resolve() : this.#reject(error);
    this.#onStreamOver(error);
    if (this.firstByteAtMs === undefined) return this.#reject(error ?? new GatewayError('upstream.cut'));
    if (this.#sink === undefined) return;
    if (error === undefined) this.#sink.onEnd();
    else this.#sink.onFault(error);
  }
}
