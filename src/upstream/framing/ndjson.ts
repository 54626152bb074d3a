import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { Frame, Framer } from '../../protocol/frame.ts';
import { FRAME_BYTES_MAX, type FramerOptions } from './framer-options.ts';

/**
 * Framing of newline-delimited JSON: one JSON text a line, which ends with LF or CRLF; blank lines mean nothing.
 * https://github.com/ndjson/ndjson-spec
 */

const LF = 0x0a;
const CR = 0x0d;

/** One per stream. */
export class NdjsonFramer implements Framer {
  readonly #lineBytesMax: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(options: FramerOptions = {}) {
    this.#lineBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX;
  }

  push(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = this.#takeLine(chunk.subarray(start, end));
      if (line !== '') frames.push({ event: undefined, data: line });
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return frames;
  }

  /** A last line without its LF is taken for whole if it is a JSON object; anything less may have been cut. */
  end(): { readonly frames: readonly Frame[]; readonly unfinishedBytes: number } {
    const unfinishedBytes = this.#pendingBytes;
    const line = this.#takeLine(Buffer.alloc(0));
    if (line === '') return { frames: [], unfinishedBytes: 0 };
    if (!isJsonObject(parseJsonOrUndefined(line))) return { frames: [], unfinishedBytes };
    return { frames: [{ event: undefined, data: line }], unfinishedBytes: 0 };
  }

  /** The line that these bytes complete, without its CR; a blank one is empty. */
  #takeLine(tail: Buffer): string {
    this.#check(this.#pendingBytes + tail.length);
    const bytes = this.#pendingBytes === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    this.#pending = [];
    this.#pendingBytes = 0;
    const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
    const line = bytes.toString('utf8', 0, end);
    return line.trim() === '' ? '' : line;
  }

  #hold(bytes: Buffer): void {
    this.#check(this.#pendingBytes + bytes.length);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #check(bytes: number): void {
    if (bytes <= this.#lineBytesMax) return;
    throw new GatewayError('upstream.answer_too_large', {
      message: `A line of the provider’s stream is larger than ${this.#lineBytesMax} bytes.`,
    });
  }
}
