import type { GatewayError } from '../kernel/errors.ts';
import { CallerStream, type StreamDeps } from './caller-stream.ts';
import type { Exchange } from './exchange.ts';
import { type Ending, statusOf } from './outcome.ts';
import { asStreamFault } from './relay-stream.ts';
import type { StreamSink, UpstreamAnswer } from './upstream-answer.ts';

export type PassedBytes = {
  readonly answer: UpstreamAnswer;
  readonly contentType: string;
  /** What the records say once the answer is over. */
  readonly endingOf: (status: Ending['status']) => Ending;
};

/**
 * Relays sound or another answer of plain bytes as it comes. The last piece is held until the records are safe; an answer
 * that was cut ends with a broken connection, since such bytes have no place for an error.
 * Resolves when the answer is over; rejects, with nothing sent, when it failed before its first byte.
 */
export function relayBinary(exchange: Exchange, passed: PassedBytes, deps: Pick<StreamDeps, 'settle'>): Promise<void> {
  const relay = new BinaryRelay(exchange, passed, deps);
  exchange.onStop((error) => relay.fail(error));
  passed.answer.attach(relay);
  return relay.over;
}

const NOTHING = Buffer.alloc(0);

class BinaryRelay implements StreamSink {
  readonly #passed: PassedBytes;
  readonly #caller: CallerStream;
  #last: Buffer = NOTHING;

  constructor(exchange: Exchange, passed: PassedBytes, deps: Pick<StreamDeps, 'settle'>) {
    this.#passed = passed;
    this.#caller = new CallerStream(exchange, {
      answer: passed.answer,
      settle: deps.settle,
      contentType: passed.contentType,
    });
  }

  get over(): Promise<void> {
    return this.#caller.over;
  }

  onData(chunk: Buffer): void {
    if (this.#caller.isOver) return;
    if (this.#last.length > 0) this.#caller.write(this.#last);
    this.#last = chunk;
  }

  onEnd(): void {
    if (this.#caller.isOver) return this.#caller.upstreamEnded();
    this.#caller.finish(() => ({ ending: this.#passed.endingOf('success'), end: this.#last, held: [] }));
    this.#caller.upstreamEnded();
  }

  onFault(error: GatewayError): void {
    if (this.#caller.isOver) return this.#caller.upstreamEnded();
    this.fail(asStreamFault(error));
  }

  fail(error: GatewayError): void {
    this.#caller.fail(error, () => this.#passed.endingOf(statusOf(error.code, true)));
  }
}
