import type { PassThroughFace, ReadRequest, StreamWatcher } from '../dialects/contract.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { Loss } from '../protocol/records.ts';
import { dataOf, forEachEvent, SseSplitter } from '../upstream/framing/sse.ts';
import { CallerStream, type StreamDeps } from './caller-stream.ts';
import type { Exchange } from './exchange.ts';
import { type GuardedCompletion, guardedCompletion } from './guard-completion.ts';
import { HeldRoom } from './judge-answer.ts';
import { meterCall, type OutputSize } from './meter.ts';
import { type Ending, statusOf } from './outcome.ts';
import { renamer } from './shown-model.ts';
import type { StreamSink, UpstreamAnswer } from './upstream-answer.ts';

/** Told of an answer that was complete but for its last word. */
export const MISSING_TERMINATOR: Loss = {
  field: 'stream.terminator',
  reason: 'the provider ended without one; the hub added it',
};

export type RelayDeps = StreamDeps & {
  /** Takes room for so many bytes until the request is over, or says why there is none. */
  readonly takeRoom: (bytes: number) => GatewayError | undefined;
};

export type PassedStream = {
  readonly answer: UpstreamAnswer;
  readonly request: ReadRequest;
  readonly face: PassThroughFace;
};

/**
 * Relays a stream as its bytes come, event by event, and holds back only the end: the terminator is released once the
 * records are safe. A stream that was cut ends in an error event and never in a terminator.
 * Resolves when the answer is over; rejects, with nothing sent, when the stream failed before its first event.
 */
export function relayStream(exchange: Exchange, passed: PassedStream, deps: RelayDeps): Promise<void> {
  const relay = new StreamRelay(exchange, passed, deps);
  exchange.stream = relay;
  exchange.onStop((error) => relay.fail(error));
  passed.answer.attach(relay);
  return relay.over;
}

class StreamRelay implements StreamSink {
  readonly #exchange: Exchange;
  readonly #passed: PassedStream;
  readonly #deps: StreamDeps;
  readonly #caller: CallerStream;
  readonly #splitter = new SseSplitter();
  readonly #watcher: StreamWatcher;
  readonly #rename: ReturnType<typeof renamer>;
  /** Missing where nothing reads the answer. */
  readonly #guarded: GuardedCompletion | undefined;
  readonly #heldRoom: HeldRoom;
  /** Aborted when nobody waits for the services of guardrails any more; there once all has come. */
  #judging: AbortController | undefined;
  /** An event that may be the last, and is released with the records as a terminator is. */
  #maybeLast: Buffer | undefined;

  constructor(exchange: Exchange, passed: PassedStream, deps: RelayDeps) {
    this.#exchange = exchange;
    this.#passed = passed;
    this.#deps = deps;
    this.#caller = new CallerStream(exchange, { answer: passed.answer, settle: deps.settle });
    this.#watcher = passed.face.openWatcher(passed.request);
    this.#rename = renamer(exchange);
    this.#guarded = guardedCompletion(exchange);
    this.#heldRoom = new HeldRoom(deps.takeRoom);
  }

  /** Whether nothing more is wanted of the provider: the answer is over, or all of it is held. */
  get #hasAll(): boolean {
    return this.#caller.isOver || this.#judging !== undefined;
  }

  get over(): Promise<void> {
    return this.#caller.over;
  }

  /** How much of the answer has come. */
  get output(): OutputSize {
    return this.#watcher;
  }

  onData(chunk: Buffer): void {
    if (this.#hasAll) return;
    try {
      const complete = this.#splitter.push(chunk);
      if (complete !== undefined) this.#take(complete);
    } catch (thrown) {
      this.fail(toGatewayError(thrown));
    }
  }

  onEnd(): void {
    if (this.#hasAll) return this.#caller.upstreamEnded();
    try {
      this.#end();
    } catch (thrown) {
      this.fail(toGatewayError(thrown));
    }
  }

  #end(): void {
    const { complete } = this.#splitter.end();
    if (complete !== undefined) this.#take(complete);
    if (this.#hasAll) return;
    if (!this.#watcher.isFinished) return this.fail(new GatewayError('upstream.cut'));
    const { terminator } = this.#passed.face;
    if (terminator !== '') this.#exchange.addLosses([MISSING_TERMINATOR]);
    const last = this.#maybeLast;
    this.#maybeLast = undefined;
    this.#finish(last ?? terminator);
  }

  onFault(error: GatewayError): void {
    if (this.#hasAll) return this.#caller.upstreamEnded();
    if (this.#watcher.isFinished && error.code === 'upstream.cut') return this.onEnd();
    this.fail(asStreamFault(error));
  }

  fail(error: GatewayError): void {
    this.#judging?.abort(error);
    this.#caller.fail(error, () => this.#ending(statusOf(error.code, true)));
  }

  #take(complete: Buffer): void {
    if (this.#guarded === undefined && this.#watcher.isPlain(complete.toString('latin1'))) this.#write(complete);
    else this.#sift(complete);
  }

  /** Passes on what may pass of a run of events that holds something to look at. */
  #sift(run: Buffer): void {
    let from = 0;
    let upTo = 0;
    const pass = (): void => {
      if (upTo > from) this.#write(run.subarray(from, upTo));
    };
    forEachEvent(run, (start, end) => {
      if (this.#hasAll) return;
      const data = dataOf(run, start, end);
      const verdict = this.#watcher.look(data);
      if (verdict.kind === 'forward' && this.#guarded !== undefined && data !== '') {
        pass();
        from = end;
        upTo = end;
        if (this.#guarded.isHolding) this.#heldRoom.take(end - start);
        this.#write(Buffer.from(this.#guarded.event(data)));
        return;
      }
      if (verdict.kind === 'forward') {
        upTo = end;
        return;
      }
      pass();
      from = end;
      upTo = end;
      if (verdict.kind === 'terminator') this.#finish(run.subarray(start, end));
      else if (verdict.kind === 'maybe-last') this.#hold(run.subarray(start, end));
      else if (verdict.kind === 'fault') this.fail(this.#deps.hideSecrets(verdict.error));
      else if (verdict.kind === 'garbage') this.fail(new GatewayError('upstream.invalid_answer'));
    });
    if (!this.#hasAll) pass();
  }

  #hold(event: Buffer): void {
    this.#releaseHeld();
    this.#maybeLast = event;
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#releaseHeld();
    this.#caller.write(this.#renamed(bytes));
  }

  /** More came, so that what was held was not the last. What a failure follows is never released: it tells of an end. */
  #releaseHeld(): void {
    const held = this.#maybeLast;
    this.#maybeLast = undefined;
    if (held !== undefined) this.#caller.write(this.#renamed(held));
  }

  #renamed(bytes: Buffer): Buffer {
    return this.#rename?.(bytes, this.#watcher.servedModel) ?? bytes;
  }

  #finish(last: Buffer | string): void {
    const guarded = this.#guarded;
    if (guarded?.isHolding !== true) return this.#complete(last);
    this.#judging = new AbortController();
    guarded
      .released(this.#judging.signal)
      .then((text) => {
        if (this.#caller.isOver) return;
        this.#write(Buffer.from(text));
        this.#complete(last);
      })
      .catch((thrown: unknown) => this.fail(toGatewayError(thrown)));
  }

  #complete(last: Buffer | string): void {
    const end = typeof last === 'string' ? last : this.#renamed(last);
    this.#caller.finish(() => ({ ending: this.#ending('success'), end, held: this.#watcher.held }));
  }

  #ending(status: Ending['status']): Ending {
    const { usage, servedModel, finishReason, made } = this.#watcher;
    const { body } = this.#passed.request;
    const fallback = { body, output: this.#watcher, made, isBrokenOff: status !== 'success' };
    const metered = meterCall(this.#exchange, usage, fallback, this.#deps.meter);
    return { ...metered, servedModel, finishReason, status, httpStatus: 200, error: undefined };
  }
}

/** A time-out within a stream keeps its name; every other break is a cut. */
export function asStreamFault(error: GatewayError): GatewayError {
  return error.code === 'upstream.unreachable' ? new GatewayError('upstream.cut', { cause: error }) : error;
}
