import { GatewayError } from '../../kernel/errors.ts';

/**
 * Framing of event streams: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 * An event ends with an empty line; a line ends with LF, CRLF or CR.
 */

/** The longest event that is held: a tool call or a reasoning block in one piece stays well below. */
const EVENT_BYTES_MAX = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BLANK_LINE = Buffer.from('\n\n');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA_FIELD = Buffer.from('data');

/** Where in the grammar the bytes so far have led. */
type Place =
  /** Within a line that has text. */
  | 'in-line'
  /** At the beginning of a line; a line break here ends the event. */
  | 'line-start'
  /** As `line-start`, but the last byte was a CR whose LF may follow. */
  | 'after-cr'
  /** The event has ended with a CR whose LF may follow and would belong to it. */
  | 'ended-by-cr';

/** Cuts a byte stream into whole events, however its chunks fall. One per stream. */
export class SseSplitter {
  readonly #eventBytesMax: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #place: Place = 'line-start';
  #isStart = true;

  constructor(options: { readonly eventBytesMax?: number } = {}) {
    this.#eventBytesMax = options.eventBytesMax ?? EVENT_BYTES_MAX;
  }

  /**
   * Takes a chunk and gives the bytes of all events that it completes, contiguous, or `undefined`. A chunk that holds
   * whole events is given back as it is. A byte order mark at the start of the stream is left out.
   * @throws GatewayError `upstream.answer_too_large` when an event grows beyond the limit
   */
  push(chunk: Buffer): Buffer | undefined {
    const bytes = this.#isStart ? this.#skipMark(chunk) : chunk;
    if (bytes.length === 0) return undefined;
    const end = this.#endOfLastEvent(bytes);
    if (end === undefined) {
      this.#hold(bytes);
      return undefined;
    }
    const head = end === bytes.length ? bytes : bytes.subarray(0, end);
    const complete = this.#pendingBytes === 0 ? head : Buffer.concat([...this.#pending, head]);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (end < bytes.length) this.#hold(bytes.subarray(end));
    if (complete.length > this.#eventBytesMax) this.#checkEach(complete);
    return complete.length === 0 ? undefined : complete;
  }

  /** The stream is over: the last event if it was only waiting to see an LF, and how many bytes of an unfinished one. */
  end(): { readonly complete: Buffer | undefined; readonly unfinishedBytes: number } {
    const rest = this.#pendingBytes === 0 ? undefined : Buffer.concat(this.#pending);
    const isWhole = this.#place === 'ended-by-cr';
    this.#pending = [];
    this.#pendingBytes = 0;
    return isWhole
      ? { complete: rest, unfinishedBytes: 0 }
      : { complete: undefined, unfinishedBytes: rest?.length ?? 0 };
  }

  /** Where the last event that these bytes complete ends among them; moves `#place` past them. */
  #endOfLastEvent(bytes: Buffer): number | undefined {
    const { length } = bytes;
    if (length > 1 && bytes[length - 1] === LF && bytes[length - 2] === LF) {
      this.#place = 'line-start';
      return length;
    }
    if (this.#place === 'after-cr' || this.#place === 'ended-by-cr' || bytes.includes(CR)) return this.#walk(bytes);
    const blank = bytes.lastIndexOf(BLANK_LINE);
    const leading = this.#place === 'line-start' && bytes[0] === LF ? 1 : undefined;
    this.#place = bytes[length - 1] === LF ? 'line-start' : 'in-line';
    return blank === -1 ? leading : blank + BLANK_LINE.length;
  }

  #walk(bytes: Buffer): number | undefined {
    let place = this.#place;
    let end: number | undefined;
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index];
      if (place === 'ended-by-cr') {
        end = byte === LF ? index + 1 : index;
        place = 'line-start';
        if (byte === LF) continue;
      }
      if (byte === CR) place = place === 'in-line' ? 'after-cr' : 'ended-by-cr';
      else if (byte !== LF) place = 'in-line';
      else {
        if (place === 'line-start') end = index + 1;
        place = 'line-start';
      }
    }
    this.#place = place;
    return end;
  }

  #hold(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#eventBytesMax) throw this.#tooLarge();
  }

  #checkEach(complete: Buffer): void {
    forEachEvent(complete, (start, end) => {
      if (end - start > this.#eventBytesMax) throw this.#tooLarge();
    });
  }

  #tooLarge(): GatewayError {
    return new GatewayError('upstream.answer_too_large', {
      message: `An event of the provider’s stream is larger than ${this.#eventBytesMax} bytes.`,
    });
  }

  #skipMark(chunk: Buffer): Buffer {
    const bytes = this.#pendingBytes === 0 ? chunk : Buffer.concat([...this.#pending, chunk]);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (bytes.length < BOM.length && BOM.subarray(0, bytes.length).equals(bytes)) {
      this.#hold(bytes);
      return bytes.subarray(0, 0);
    }
    this.#isStart = false;
    return bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
  }
}

/** Calls `visit` with the bounds of each event in bytes that hold whole events, as `SseSplitter` gives them. */
export function forEachEvent(bytes: Buffer, visit: (start: number, end: number) => void): void {
  if (bytes.includes(CR)) {
    walkEvents(bytes, visit);
    return;
  }
  let start = 0;
  while (start < bytes.length) {
    const end = endOfEvent(bytes, start);
    visit(start, end);
    start = end;
  }
}

/** For bytes without CR. */
function endOfEvent(bytes: Buffer, start: number): number {
  if (bytes[start] === LF) return start + 1;
  const blank = bytes.indexOf(BLANK_LINE, start);
  return blank === -1 ? bytes.length : blank + BLANK_LINE.length;
}

function walkEvents(bytes: Buffer, visit: (start: number, end: number) => void): void {
  let start = 0;
  let lineStart = 0;
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte !== LF && byte !== CR) {
      index += 1;
      continue;
    }
    const isEmpty = index === lineStart;
    index += byte === CR && bytes[index + 1] === LF ? 2 : 1;
    lineStart = index;
    if (!isEmpty) continue;
    visit(start, index);
    start = index;
  }
  if (start < bytes.length) visit(start, bytes.length);
}

/** The data of one event: its `data` lines joined by LF. An event without any gives an empty string. */
export function dataOf(bytes: Buffer, start: number, end: number): string {
  const lineEnd = bytes.indexOf(LF, start);
  const isOneLine = lineEnd !== -1 && lineEnd === end - 2 && isDataLine(bytes, start);
  if (isOneLine) {
    const valueStart = start + DATA_FIELD.length + (bytes[start + DATA_FIELD.length + 1] === SPACE ? 2 : 1);
    const value = bytes.toString('utf8', valueStart, lineEnd);
    if (!value.includes('\r')) return value;
  }
  return joinDataLines(bytes.toString('utf8', start, end));
}

function isDataLine(bytes: Buffer, start: number): boolean {
  return (
    bytes[start + DATA_FIELD.length] === COLON && DATA_FIELD.compare(bytes, start, start + DATA_FIELD.length) === 0
  );
}

function joinDataLines(event: string): string {
  const values: string[] = [];
  for (const line of event.split(/\r\n|\n|\r/)) {
    if (line === 'data') values.push('');
    else if (line.startsWith('data:')) values.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  return values.join('\n');
}
