import type { Dispatcher } from 'undici';
import type { Agent } from './agents.ts';
import { contentEncodings, type Decoder, openDecoder } from './content-decoding.ts';
import { type Deadlines, TICK_MS, type Timed } from './deadlines.ts';
import { cutFault, invalidAnswer, timeoutFault, tooLargeFault, transportFault } from './faults.ts';
import type {
  AnswerHeaders,
  CallPhase,
  CallTimeouts,
  TransportFault,
  UpstreamCall,
  UpstreamHandle,
  UpstreamListener,
} from './ports.ts';

type CallDeps = {
  readonly agent: Agent;
  readonly release: (agent: Agent) => void;
  readonly deadlines: Deadlines;
};

/**
 * One call on its way: handler of the HTTP client, holder of the deadlines and handle for the caller in one object, since
 * every request pays for each object made here. Whatever ends it first wins; the listener hears of nothing afterwards.
 */
export class CallInFlight implements Dispatcher.DispatchHandler, Timed, UpstreamHandle {
  readonly #listener: UpstreamListener;
  readonly #timeouts: CallTimeouts;
  readonly #maxBytes: number;
  readonly #tellsRedirects: boolean;
  readonly #deps: CallDeps;
  readonly #slot: number;
  readonly #totalDeadlineMs: number;
  #phase: CallPhase = 'connect';
  #phaseDeadlineMs: number;
  #controller: Dispatcher.DispatchController | undefined;
  #decoder: Decoder | undefined;
  #bytes = 0;
  #callerPaused = false;
  #decoderFull = false;
  #hasHeaders = false;
  #endsAtClose = false;
  #dispatched = false;
  #ended = false;
  #released = false;

  constructor(call: UpstreamCall, listener: UpstreamListener, deps: CallDeps) {
    this.#listener = listener;
    this.#timeouts = call.timeouts;
    this.#maxBytes = call.maxResponseBytes;
    this.#tellsRedirects = call.tellsRedirects === true;
    this.#deps = deps;
    this.#slot = deps.deadlines.watch(this);
    const startMs = deps.deadlines.nowMs() + TICK_MS;
    this.#totalDeadlineMs = startMs + call.timeouts.totalMs;
    this.#phaseDeadlineMs = startMs + call.timeouts.connectMs;
  }

  /** Hands the call to the connections. Faults that arise in here are told once the caller has its handle. */
  dispatch(options: Dispatcher.DispatchOptions): void {
    this.#deps.agent.pool.dispatch(options, this);
    this.#dispatched = true;
  }

  pause(): void {
    if (this.#ended || this.#callerPaused) return;
    this.#callerPaused = true;
    if (this.#decoder === undefined) this.#controller?.pause();
    else this.#decoder.pause();
  }

  resume(): void {
    if (this.#ended || !this.#callerPaused) return;
    this.#callerPaused = false;
    this.#restartPhase();
    if (this.#decoder === undefined) this.#controller?.resume();
    else this.#decoder.resume();
  }

  abort(): void {
    if (this.#ended) return;
    this.#finish();
    this.#controller?.abort(new Error('the call was given up'));
  }

  checkTime(nowMs: number): void {
    if (nowMs >= this.#totalDeadlineMs) {
      this.#fail(timeoutFault(this.#phase, 'in total', this.#timeouts.totalMs));
    } else if (nowMs >= this.#phaseDeadlineMs && !this.#callerPaused) {
      this.#fail(timeoutFault(this.#phase, limitName(this.#phase), phaseLimitMs(this.#phase, this.#timeouts)));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Throwing here takes the request back before a byte is written and leaves the connection to others.
    if (this.#ended) throw new Error('the call was given up before it was sent');
    this.#controller = controller;
    this.#phase = 'first_byte';
    this.#restartPhase();
    if (this.#callerPaused) controller.pause();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // 1xx answers announce the real one: https://www.rfc-editor.org/rfc/rfc9110.html#section-15.2
    if (this.#ended || status < 200) return;
    this.#hasHeaders = true;
    if (status >= 300 && status < 400 && !this.#tellsRedirects) {
      this.#fail(invalidAnswer('first_byte', 'it is a redirect, which is never followed'));
      return;
    }
    const length = headers['content-length'];
    if (length !== undefined && Number(length) > this.#maxBytes) {
      this.#fail(tooLargeFault(this.#maxBytes));
      return;
    }
    this.#endsAtClose = length === undefined && headers['transfer-encoding'] === undefined;
    if (headers['content-encoding'] === undefined) this.#listener.onHeaders(status, headers);
    else this.#startDecoding(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#phase = 'body';
    this.#phaseDeadlineMs = this.#deps.deadlines.nowMs() + TICK_MS + this.#timeouts.idleMs;
    if (this.#decoder !== undefined) {
      this.#decoderFull = !this.#decoder.write(chunk);
      if (this.#decoderFull) this.#controller?.pause();
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#fail(tooLargeFault(this.#maxBytes));
    else this.#listener.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    if (this.#endsAtClose && this.#deps.agent.isResetting) {
      this.#fail(cutFault('body', new Error('the connection was reset within an answer of no stated length')));
    } else if (this.#decoder === undefined) this.#succeed();
    else this.#decoder.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#fail(transportFault(error, { phase: this.#phase, hasHeaders: this.#hasHeaders }));
  }

  #startDecoding(status: number, headers: AnswerHeaders): void {
    const { 'content-encoding': header, 'content-length': _wireLength, ...others } = headers;
    const encodings = contentEncodings(header);
    if (encodings.length > 0) {
      const decoder = openDecoder(encodings, this.#maxBytes, {
        onData: (chunk) => {
          if (!this.#ended) this.#listener.onData(chunk);
        },
        onEnd: () => this.#succeed(),
        onFault: (fault) => this.#fail(fault),
        onDrain: () => this.#onDecoderDrain(),
      });
      if ('code' in decoder) {
        this.#fail(decoder);
        return;
      }
      this.#decoder = decoder;
      // A pause from before the headers moves from the connection to the decoder, which `resume` will set going again.
      if (this.#callerPaused) {
        decoder.pause();
        this.#controller?.resume();
      }
    }
    this.#listener.onHeaders(status, others);
  }

  #onDecoderDrain(): void {
    if (this.#ended || !this.#decoderFull) return;
    this.#decoderFull = false;
    this.#restartPhase();
    this.#controller?.resume();
  }

  #restartPhase(): void {
    this.#phaseDeadlineMs = this.#deps.deadlines.nowMs() + TICK_MS + phaseLimitMs(this.#phase, this.#timeouts);
  }

  #succeed(): void {
    if (this.#ended) return;
    this.#finish();
    this.#release();
    this.#listener.onEnd();
  }

  #fail(fault: TransportFault): void {
    if (this.#ended) return;
    if (!this.#dispatched) {
      queueMicrotask(() => this.#fail(fault));
      return;
    }
    this.#finish();
    this.#controller?.abort(new Error('the call has failed'));
    this.#listener.onFault(fault);
  }

  #finish(): void {
    this.#ended = true;
    this.#deps.deadlines.unwatch(this.#slot);
    this.#decoder?.destroy();
    if (this.#controller !== undefined) this.#release();
  }

  /** A call that was given up while it waited for a connection keeps its place in the queue until the queue lets it go. */
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#deps.release(this.#deps.agent);
  }
}

function phaseLimitMs(phase: CallPhase, timeouts: CallTimeouts): number {
  if (phase === 'connect') return timeouts.connectMs;
  return phase === 'first_byte' ? timeouts.firstByteMs : timeouts.idleMs;
}

function limitName(phase: CallPhase): string {
  if (phase === 'connect') return 'to connect';
  return phase === 'first_byte' ? 'to the first byte' : 'between two bytes';
}
