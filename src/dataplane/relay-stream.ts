import type { DecodedRequest } from '../dialects/openai-chat/decode-request.ts';
import { encodeError } from '../dialects/openai-chat/encode-error.ts';
import { StreamWatcher } from '../dialects/openai-chat/stream-watcher.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import { dataOf, forEachEvent, SseSplitter } from '../upstream/sse.ts';
import { commonHeaders, costHeader, timingHeaders } from './answer.ts';
import { endAnswer, WRITE_IDLE_MS } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { type Metered, meterCall, type OutputSize } from './meter.ts';
import { type Ending, statusOf } from './outcome.ts';
import type { MeterPort } from './ports.ts';
import type { StreamSink, UpstreamAnswer } from './upstream-answer.ts';

/** How long the provider's connection may stay open after its terminator, so that it can be used again. */
const AFTER_TERMINATOR_MS = 1000;
const TERMINATOR = 'data: [DONE]\n\n';

export type StreamDeps = {
  readonly meter: MeterPort;
  /** Takes secrets out of what a provider says went wrong within its stream. */
  readonly hideSecrets: (fault: GatewayError) => GatewayError;
  /** Makes the records durable; the last bytes are released only then. */
  readonly settle: (ending: Ending) => Promise<void>;
};

/**
 * Relays a stream as its bytes come, event by event, and holds back only the end: the terminator is released once the
 * records are safe. A stream that was cut ends in an error event and never in a terminator.
 * Resolves when the answer is over; rejects, with nothing sent, when the stream failed before its first event.
 */
export function relayStream(
  exchange: Exchange,
  answer: UpstreamAnswer,
  decoded: DecodedRequest,
  deps: StreamDeps,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const relay = new StreamRelay(exchange, answer, decoded, deps);
    relay.over.then(resolve, reject);
    exchange.stream = relay;
    exchange.onStop((error) => relay.fail(error));
    answer.attach(relay);
  });
}

class StreamRelay implements StreamSink {
  readonly over: Promise<void>;
  readonly #exchange: Exchange;
  readonly #answer: UpstreamAnswer;
  readonly #decoded: DecodedRequest;
  readonly #deps: StreamDeps;
  readonly #splitter = new SseSplitter();
  readonly #watcher: StreamWatcher;
  readonly #startedMs: number;
  #isHeadSent = false;
  #isOver = false;
  #writeIdle: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(exchange: Exchange, answer: UpstreamAnswer, decoded: DecodedRequest, deps: StreamDeps) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.#decoded = decoded;
    this.#deps = deps;
    this.#watcher = new StreamWatcher({ hidesUsage: !decoded.wantsUsage, manyChoices: decoded.manyChoices });
    this.#startedMs = exchange.elapsedMs();
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** How much of the answer has come. */
  get output(): OutputSize {
    return this.#watcher;
  }

  onData(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      const complete = this.#splitter.push(chunk);
      if (complete !== undefined) this.#take(complete);
    } catch (thrown) {
      this.fail(toGatewayError(thrown));
    }
  }

  onEnd(): void {
    if (this.#isOver) return clearTimeout(this.#lingering);
    const { complete } = this.#splitter.end();
    if (complete !== undefined) this.#take(complete);
    if (this.#isOver) return;
    if (!this.#watcher.isFinished) return this.fail(new GatewayError('upstream.cut'));
    this.#exchange.losses.push({
      field: 'stream.terminator',
      reason: 'the provider ended without one; the hub added it',
    });
    this.#finish(TERMINATOR);
  }

  onFault(error: GatewayError): void {
    if (this.#isOver) return clearTimeout(this.#lingering);
    if (this.#watcher.isFinished && error.code === 'upstream.cut') return this.onEnd();
    // A time-out within a stream keeps its name; every other break is a cut.
    this.fail(error.code === 'upstream.unreachable' ? new GatewayError('upstream.cut', { cause: error }) : error);
  }

  #take(complete: Buffer): void {
    if (this.#watcher.isPlain(complete.toString('latin1'))) this.#forward(complete);
    else this.#sift(complete);
  }

  /** Passes on what may pass of a run of events that holds something to look at. */
  #sift(run: Buffer): void {
    let from = 0;
    let upTo = 0;
    forEachEvent(run, (start, end) => {
      if (this.#isOver) return;
      const verdict = this.#watcher.look(dataOf(run, start, end));
      switch (verdict.kind) {
        case 'forward':
          upTo = end;
          return;
        case 'hide':
          if (upTo > from) this.#forward(run.subarray(from, upTo));
          from = end;
          upTo = end;
          return;
        case 'terminator':
          if (upTo > from) this.#forward(run.subarray(from, upTo));
          from = end;
          upTo = end;
          this.#finish(run.subarray(start, end));
          return;
        case 'fault':
        case 'garbage':
          if (upTo > from) this.#forward(run.subarray(from, upTo));
          from = end;
          upTo = end;
          this.fail(
            verdict.kind === 'fault'
              ? this.#deps.hideSecrets(verdict.error)
              : new GatewayError('upstream.invalid_answer'),
          );
          return;
      }
    });
    if (!this.#isOver && upTo > from) this.#forward(run.subarray(from, upTo));
  }

  #forward(bytes: Buffer): void {
    const { response } = this.#exchange;
    if (!this.#isHeadSent) this.#sendHead();
    this.#exchange.responseBytes += bytes.length;
    if (response.write(bytes) || this.#writeIdle !== undefined) return;
    this.#answer.pause();
    this.#writeIdle = setTimeout(() => response.destroy(), WRITE_IDLE_MS);
    response.once('drain', () => {
      clearTimeout(this.#writeIdle);
      this.#writeIdle = undefined;
      this.#answer.resume();
    });
  }

  #sendHead(): void {
    this.#isHeadSent = true;
    this.#exchange.firstByteMs = this.#exchange.elapsedMs();
    const { response } = this.#exchange;
    const headers = commonHeaders(this.#exchange, 'text/event-stream; charset=utf-8');
    headers.push(...timingHeaders(this.#exchange), 'x-accel-buffering', 'no');
    // HTTP/1.0, which some reverse proxies speak to what is behind them, has neither chunks nor trailers.
    if (response.useChunkedEncodingByDefault) headers.push('trailer', 'x-hub-cost');
    response.writeHead(200, headers);
  }

  /** The answer is complete: the records first, then its end. */
  #finish(terminator: Buffer | string): void {
    this.#close();
    const { response } = this.#exchange;
    const metered = this.#meter();
    this.#lingering = setTimeout(() => this.#answer.abort(new GatewayError('upstream.timeout')), AFTER_TERMINATOR_MS);
    this.#lingering.unref();
    this.#settle({ ...metered, status: 'success', httpStatus: 200, error: undefined }, () => {
      if (!this.#isHeadSent) this.#sendHead();
      response.addTrailers([['x-hub-cost', costHeader(metered.costNano)]]);
      this.#exchange.responseBytes += terminator.length;
      endAnswer(response, terminator);
    });
  }

  /** The answer cannot be completed: what came is metered, and the caller is told with an error event. */
  fail(error: GatewayError): void {
    if (this.#isOver) return;
    this.#close();
    this.#answer.abort(error);
    const { response, requestId } = this.#exchange;
    const metered = this.#meter();
    const status = statusOf(error.code, true);
    this.#settle({ ...metered, status, httpStatus: this.#isHeadSent ? 200 : error.status, error }, () => {
      if (!this.#isHeadSent) return this.#reject(new SettledError(error));
      endAnswer(response, `data: ${JSON.stringify(encodeError(error, requestId))}\n\n`);
    });
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#writeIdle);
    this.#exchange.upstreamMs += this.#exchange.elapsedMs() - this.#startedMs;
    this.#exchange.onStop(undefined);
  }

  #meter(): Metered & Pick<Ending, 'servedModel' | 'finishReason'> {
    const { usage, servedModel, finishReason } = this.#watcher;
    const metered = meterCall(
      this.#exchange,
      usage,
      { decoded: this.#decoded, output: this.#watcher },
      this.#deps.meter,
    );
    return { ...metered, servedModel, finishReason };
  }

  #settle(ending: Ending, release: () => void): void {
    const unsafe = (cause: unknown): never => {
      // The records are nowhere safe, so the answer must not look complete.
      this.#exchange.response.destroy();
      throw new SettledError(toGatewayError(cause));
    };
    this.#deps.settle(ending).then(release, unsafe).then(this.#resolve, this.#reject);
  }
}

/** A failure whose records are written already: only the answer is left to send. */
export class SettledError extends Error {
  readonly error: GatewayError;

  constructor(error: GatewayError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}
