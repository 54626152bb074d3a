import type { Frame, Framer } from '../../protocol/frame.ts';
import { FRAME_BYTES_MAX, type FramerOptions } from './framer-options.ts';
import { dataOf, forEachEvent, SseSplitter } from './sse.ts';

/** The events of an event stream as frames; what has no data (comments, keep-alives) gives none. One per stream. */
export class SseFramer implements Framer {
  readonly #splitter: SseSplitter;

  constructor(options: FramerOptions = {}) {
    this.#splitter = new SseSplitter({ eventBytesMax: options.frameBytesMax ?? FRAME_BYTES_MAX });
  }

  push(chunk: Buffer): readonly Frame[] {
    return framesOf(this.#splitter.push(chunk));
  }

  end(): { readonly frames: readonly Frame[]; readonly unfinishedBytes: number } {
    const { complete, unfinishedBytes } = this.#splitter.end();
    return { frames: framesOf(complete), unfinishedBytes };
  }
}

function framesOf(bytes: Buffer | undefined): readonly Frame[] {
  if (bytes === undefined) return [];
  const frames: Frame[] = [];
  forEachEvent(bytes, (start, end) => {
    const frame = frameOf(bytes, start, end);
    if (frame !== undefined) frames.push(frame);
  });
  return frames;
}

/** Nearly every event is one `data` line, or one `event` line and one `data` line after it. */
function frameOf(bytes: Buffer, start: number, end: number): Frame | undefined {
  const text = bytes.toString('utf8', start, end);
  if (text.includes('\r')) return anyFrame(text, bytes, start, end);
  const lastLine = text.length - 2;
  const firstEnd = text.indexOf('\n');
  if (firstEnd === lastLine && text.startsWith('data:')) {
    return { event: undefined, data: text.slice(valueStart(text, 5), lastLine) };
  }
  if (text.startsWith('event:') && text.startsWith('data:', firstEnd + 1)) {
    if (text.indexOf('\n', firstEnd + 1) === lastLine) {
      const event = text.slice(valueStart(text, 6), firstEnd);
      return { event: event === '' ? undefined : event, data: text.slice(valueStart(text, firstEnd + 6), lastLine) };
    }
  }
  return anyFrame(text, bytes, start, end);
}

function anyFrame(text: string, bytes: Buffer, start: number, end: number): Frame | undefined {
  let event = '';
  let hasData = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === 'event') event = '';
    else if (line.startsWith('event:')) event = line.slice(valueStart(line, 6));
    else if (line === 'data' || line.startsWith('data:')) hasData = true;
  }
  if (!hasData) return undefined;
  return { event: event === '' ? undefined : event, data: dataOf(bytes, start, end) };
}

/** One space after the colon belongs to the syntax. */
function valueStart(text: string, afterColon: number): number {
  return text[afterColon] === ' ' ? afterColon + 1 : afterColon;
}
