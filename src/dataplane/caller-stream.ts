import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import { commonHeaders, type Paid, timingHeaders, trailerNames, trailersOf } from './answer.ts';
import { endAnswer, WRITE_IDLE_MS } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { ListStream } from './list-stream.ts';
import type { Ending } from './outcome.ts';
import type { MeterPort } from './ports.ts';
import { shownError } from './shown-error.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** How long the provider's connection may stay open after its terminator, so that it can be used again. */
const AFTER_TERMINATOR_MS = 1000;

export type StreamDeps = {
  readonly meter: MeterPort;
  /** Takes secrets out of what a provider says went wrong within its stream. */
  readonly hideSecrets: (fault: GatewayError) => GatewayError;
  /** Makes the records durable; the last bytes are released only then. */
  readonly settle: (ending: Ending, held?: readonly string[]) => Promise<void>;
};

export type CallerStreamInput = {
  readonly answer: UpstreamAnswer;
  readonly settle: StreamDeps['settle'];
  /** Of the answer; an event stream where nothing else is said. */
  readonly contentType?: string | undefined;
};

const EVENT_STREAM = 'text/event-stream; charset=utf-8';
/** Behind an event. */
const EVENT_END = /(?<=\n\n)(?=.)/s;
const LIST_TYPE = 'application/json; charset=utf-8';

/**
 * The caller's side of a streamed answer: its head, its bytes with the caller's own pace, and its end, which is released
 * once the records are safe. Whatever feeds it must end it by exactly one of `finish` and `fail`.
 */
export class CallerStream {
  /** Resolves when the answer is over; rejects, with nothing sent, when it failed before its first byte. */
  readonly over: Promise<void>;
  isOver = false;
  readonly #exchange: Exchange;
  readonly #answer: UpstreamAnswer;
  readonly #settleRecords: StreamDeps['settle'];
  readonly #contentType: string;
  /** Missing where what is written goes out as it is. */
  readonly #list: ListStream | undefined;
  readonly #startedMs: number;
  #lossesToldInHead = 0;
  #isHeadSent = false;
  #writeIdle: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(exchange: Exchange, { answer, settle, contentType = EVENT_STREAM }: CallerStreamInput) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.#settleRecords = settle;
    const isList = contentType === EVENT_STREAM && exchange.streamsAs === 'list';
    this.#list = isList ? new ListStream() : undefined;
    this.#contentType = isList ? LIST_TYPE : contentType;
    this.#startedMs = exchange.elapsedMs();
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isHeadSent(): boolean {
    return this.#isHeadSent;
  }

  /** Of a stream of events, whole ones. */
  write(given: Buffer | string): void {
    const { response } = this.#exchange;
    const bytes = this.#list?.push(given) ?? given;
    if (!this.#isHeadSent) this.#sendHead();
    this.#exchange.takeAnswer(bytes, this.#contentType);
    this.#exchange.responseBytes += typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
    if (response.write(bytes) || this.#writeIdle !== undefined) return;
    this.#answer.pause();
    this.#writeIdle = setTimeout(() => dropIdle(response), WRITE_IDLE_MS);
    response.once('drain', () => {
      clearTimeout(this.#writeIdle);
      this.#writeIdle = undefined;
      this.#answer.resume();
    });
  }

  /** The answer is complete: the records first, then its end. Both are asked for once nothing more can come. */
  finish(
    complete: () => { readonly ending: Ending; readonly end: Buffer | string; readonly held: readonly string[] },
  ): void {
    // First what may fail: an answer that is closed is nobody's to end any more.
    const { ending, end, held } = complete();
    this.#close();
    this.#answer.noteWhole();
    this.#lingering = setTimeout(() => this.#answer.abort(new GatewayError('upstream.timeout')), AFTER_TERMINATOR_MS);
    this.#lingering.unref();
    this.#settle(ending, held, () => {
      const { response } = this.#exchange;
      if (!this.#isHeadSent) this.#sendHead();
      this.#addTrailers(ending);
      const bytes = this.#list?.end(end) ?? end;
      this.#exchange.takeAnswer(bytes, this.#contentType);
      this.#exchange.responseBytes += Buffer.byteLength(bytes);
      endAnswer(response, bytes);
    });
  }

  /** The answer cannot be completed: what came is metered, and the caller is told with an error event. */
  fail(error: GatewayError, endingOf: (error: GatewayError) => Ending): void {
    if (this.isOver) return;
    this.#close();
    this.#answer.abort(error);
    const { response, requestId, caller } = this.#exchange;
    const ending = endingOf(error);
    this.#settle({ ...ending, httpStatus: this.#isHeadSent ? 200 : error.status, error }, [], () => {
      if (!this.#isHeadSent) return this.#reject(new SettledError(error));
      // Only a stream of events has a place for an error; any other answer is broken off.
      if (this.#contentType !== EVENT_STREAM && this.#list === undefined) return void response.destroy();
      const events = caller.face.encodeStreamError(shownError(this.#exchange, error), requestId);
      const end = this.#list?.end(events) ?? events;
      this.#exchange.content?.takeAnswer(end, this.#contentType);
      this.#sendApart(end);
    });
  }

  /** Each event by itself: Google's SDKs take an error for one only where it is all that comes at a time. */
  #sendApart(end: string): void {
    const { response } = this.#exchange;
    const events = end.split(EVENT_END);
    const last = events.pop() ?? end;
    for (const event of events) response.write(event);
    endAnswer(response, last);
  }

  /** The provider's side is over, whatever comes of the caller's. */
  upstreamEnded(): void {
    clearTimeout(this.#lingering);
  }

  #sendHead(): void {
    this.#isHeadSent = true;
    this.#exchange.firstByteMs = this.#exchange.elapsedMs();
    const { response } = this.#exchange;
    // A head that was sent early, to keep a patient caller waiting, stands already, and told of no loss.
    if (response.headersSent) return;
    this.#lossesToldInHead = this.#exchange.losses.length;
    const headers = commonHeaders(this.#exchange, this.#contentType);
    headers.push(...timingHeaders(this.#exchange), 'x-accel-buffering', 'no');
    if (this.#hasTrailers) headers.push('trailer', trailerNames(this.#exchange));
    response.writeHead(200, headers);
  }

  /** HTTP/1.0, which some reverse proxies speak to what is behind them, has neither chunks nor trailers. */
  get #hasTrailers(): boolean {
    const { response, caller } = this.#exchange;
    return response.useChunkedEncodingByDefault && caller.tells === undefined;
  }

  /** The cost, and the losses that were found only on the way. */
  #addTrailers(paid: Paid): void {
    const { response, losses } = this.#exchange;
    const later = losses.slice(this.#lossesToldInHead);
    if (this.#hasTrailers) response.addTrailers(trailersOf(this.#exchange, { losses: later, paid }));
  }

  #close(): void {
    this.isOver = true;
    clearTimeout(this.#writeIdle);
    this.#exchange.upstreamMs += this.#exchange.elapsedMs() - this.#startedMs;
    this.#exchange.onStop(undefined);
  }

  #settle(ending: Ending, held: readonly string[], release: () => void): void {
    const unsafe = (cause: unknown): never => {
      // The records are nowhere safe, so the answer must not look complete.
      this.#exchange.response.destroy();
      throw new SettledError(toGatewayError(cause));
    };
    this.#settleRecords(ending, held).then(release, unsafe).then(this.#resolve, this.#reject);
  }
}

/** Of several who share an answer only those go who take nothing of it. */
function dropIdle(response: Exchange['response']): void {
  if ('dropFull' in response) response.dropFull();
  else response.destroy();
}

/** A failure whose records are written already: only the answer is left to send. */
export class SettledError extends Error {
  readonly error: GatewayError;

  constructor(error: GatewayError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}
