import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import type { Frame, Framing } from '../../src/protocol/frame.ts';

/**
 * Cuts the text of a stream into frames the slow way: the reference that the real framers are held against.
 * An AWS event stream is binary, so its fixtures hold one JSON line `{ event, data }` for each message instead.
 */
export function framesOf(text: string, framing: Framing): readonly Frame[] {
  switch (framing) {
    case 'sse':
      return sseFrames(text);
    case 'ndjson':
      return completeLines(text).map((data) => ({ event: undefined, data }));
    case 'aws-event-stream':
      return completeLines(text).map((line) => awsFrame(line));
  }
}

function completeLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
function sseFrames(text: string): readonly Frame[] {
  const blocks = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n|\r/g, '\n')
    .split('\n\n');
  // What follows the last empty line never came to its end.
  return blocks.slice(0, -1).flatMap((block) => {
    const fields = block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    });
    const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
    const event = fields.findLast(([name]) => name === 'event')?.[1];
    return data.length === 0 ? [] : [{ event, data: data.join('\n') }];
  });
}

function awsFrame(line: string): Frame {
  const frame = parseJson(line);
  const { event, data } = isJsonObject(frame) ? frame : {};
  if (data === undefined) throw new Error(`not a frame: ${line}`);
  return {
    event: typeof event === 'string' ? event : undefined,
    data: typeof data === 'string' ? data : JSON.stringify(data),
  };
}
