import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec';
import { GatewayError } from '../../kernel/errors.ts';
import type { Frame, Framer } from '../../protocol/frame.ts';
import { FRAME_BYTES_MAX, type FramerOptions } from './framer-options.ts';

/**
 * Framing of AWS event streams: binary messages of a prelude (the message's length, the headers' length, a checksum),
 * headers, a payload and a checksum over all of it.
 * https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html
 *
 * A frame's event is the message's `:event-type`. What ends a stream by a failure is marked as such, because its names are
 * the service's to choose: `exception:throttlingException`.
 */

const PRELUDE_BYTES = 12;
const LENGTH_BYTES = 4;
/** Prelude and the checksum at the end: a message without headers and without a payload. */
const MESSAGE_BYTES_MIN = PRELUDE_BYTES + 4;
const EXCEPTION = 'exception:';

/** The framer of one AWS event stream. */
export function createAwsEventStreamFramer(options: FramerOptions = {}): Framer {
  return new AwsEventStreamFramer(options);
}

class AwsEventStreamFramer implements Framer {
  readonly #messageBytesMax: number;
  readonly #codec = new EventStreamCodec(toText, fromText);
  /** Chunks of a message that has not come to its end. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The length of that message, once its first bytes are here. */
  #messageBytes: number | undefined;

  constructor({ frameBytesMax }: FramerOptions) {
    this.#messageBytesMax = frameBytesMax ?? FRAME_BYTES_MAX;
  }

  push(chunk: Buffer): readonly Frame[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#isWaiting()) return [];
    const bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending, this.#pendingBytes);
    const frames: Frame[] = [];
    let start = 0;
    while (bytes.length - start >= LENGTH_BYTES) {
      const length = this.#lengthAt(bytes, start);
      this.#messageBytes = length;
      if (bytes.length - start < length) break;
      frames.push(this.#decode(bytes.subarray(start, start + length)));
      this.#messageBytes = undefined;
      start += length;
    }
    this.#pending = start === bytes.length ? [] : [bytes.subarray(start)];
    this.#pendingBytes = bytes.length - start;
    return frames;
  }

  end(): { readonly frames: readonly Frame[]; readonly unfinishedBytes: number } {
    return { frames: [], unfinishedBytes: this.#pendingBytes };
  }

  /** Whether nothing can be cut off yet, so that a long message is put together once and not with every chunk. */
  #isWaiting(): boolean {
    return this.#pendingBytes < (this.#messageBytes ?? LENGTH_BYTES);
  }

  #lengthAt(bytes: Buffer, start: number): number {
    const length = bytes.readUInt32BE(start);
    if (length < MESSAGE_BYTES_MIN) throw unreadable(new Error(`a message of ${length} bytes`));
    if (length <= this.#messageBytesMax) return length;
    throw new GatewayError('upstream.answer_too_large', {
      message: `A message of the provider’s stream is larger than ${this.#messageBytesMax} bytes.`,
    });
  }

  #decode(message: Buffer): Frame {
    try {
      const { headers, body } = this.#codec.decode(message);
      return frameOf(headers, toText(body));
    } catch (cause) {
      throw unreadable(cause);
    }
  }
}

/** Messages are events, exceptions that the service models, or errors of the stream itself, which have no payload. */
function frameOf(headers: MessageHeaders, payload: string): Frame {
  const type = textOf(headers, ':message-type');
  if (type === 'exception') return { event: `${EXCEPTION}${textOf(headers, ':exception-type') ?? ''}`, data: payload };
  if (type !== 'error') return { event: textOf(headers, ':event-type'), data: payload };
  const message = textOf(headers, ':error-message') ?? payload;
  return { event: `${EXCEPTION}${textOf(headers, ':error-code') ?? ''}`, data: JSON.stringify({ message }) };
}

function textOf(headers: MessageHeaders, name: string): string | undefined {
  const header = headers[name];
  return header?.type === 'string' ? header.value : undefined;
}

function unreadable(cause: unknown): GatewayError {
  return new GatewayError('upstream.invalid_answer', {
    message: 'The provider’s stream is damaged.',
    cause,
  });
}

function toText(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text);
}
