import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame, Framer } from '../../protocol/frame.ts';
import { createAwsEventStreamFramer } from './aws-event-stream.ts';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  (text) => Buffer.from(text),
);

function message(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const typed = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [`:${name}`, { type: 'string' as const, value }]),
  );
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(body) }));
}

function event(type: string, body: string): Buffer {
  return message({ 'event-type': type, 'content-type': 'application/json', 'message-type': 'event' }, body);
}

function read(chunks: readonly Buffer[], framer: Framer = createAwsEventStreamFramer()) {
  const frames: Frame[] = chunks.flatMap((chunk) => [...framer.push(chunk)]);
  const { unfinishedBytes } = framer.end();
  return { frames, unfinishedBytes };
}

const STREAM = Buffer.concat([
  event('messageStart', '{"role":"assistant"}'),
  event('contentBlockDelta', '{"delta":{"text":"héllo 👩‍👩‍👧 漢字"}}'),
  event('empty', ''),
  message({ 'exception-type': 'throttlingException', 'message-type': 'exception' }, '{"message":"slow"}'),
  message({ 'error-code': 'InternalError', 'error-message': 'broken', 'message-type': 'error' }, ''),
]);
const FRAMES: readonly Frame[] = [
  { event: 'messageStart', data: '{"role":"assistant"}' },
  { event: 'contentBlockDelta', data: '{"delta":{"text":"héllo 👩‍👩‍👧 漢字"}}' },
  { event: 'empty', data: '' },
  { event: 'exception:throttlingException', data: '{"message":"slow"}' },
  { event: 'exception:InternalError', data: '{"message":"broken"}' },
];

describe('messages of an AWS event stream', () => {
  it('are events, exceptions and errors, each told apart from the others', () => {
    expect(read([STREAM])).toEqual({ frames: FRAMES, unfinishedBytes: 0 });
  });

  it('are the same wherever the stream is cut, and byte by byte', () => {
    for (let offset = 0; offset <= STREAM.length; offset += 1) {
      const chunks = [STREAM.subarray(0, offset), STREAM.subarray(offset)];
      expect(read(chunks), `cut at ${offset}`).toEqual({ frames: FRAMES, unfinishedBytes: 0 });
    }
    expect(read([...STREAM].map((byte) => Buffer.from([byte]))).frames).toEqual(FRAMES);
  });

  it('are the same for any stream and any chunking', () => {
    const piece = fc.tuple(fc.constantFrom('messageStart', 'x'), fc.string({ maxLength: 40, unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat({ max: 900 })), (pieces, offsets) => {
        const bytes = Buffer.concat(pieces.map(([type, body]) => event(type, body)));
        const bounds = [0, ...offsets.filter((at) => at <= bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
        const frames = pieces.map(([type, data]) => ({ event: type, data }));
        expect(read(chunks)).toEqual({ frames, unfinishedBytes: 0 });
      }),
    );
  });

  it('are told to be unfinished where the stream ends within one, and never given', () => {
    for (let length = 1; length < STREAM.length; length += 1) {
      const { frames, unfinishedBytes } = read([STREAM.subarray(0, length)]);
      expect(FRAMES.slice(0, frames.length)).toEqual(frames);
      const given = frames.length === 0 ? 0 : read([STREAM.subarray(0, length - unfinishedBytes)]).unfinishedBytes;
      expect(given, `cut at ${length}`).toBe(0);
      expect(unfinishedBytes <= length).toBe(true);
    }
  });
});

describe('a damaged stream', () => {
  it('is refused wherever a bit has changed', () => {
    const one = event('contentBlockDelta', '{"delta":{"text":"ahoy"}}');
    // Behind the length: a changed one asks for more bytes, or for too many.
    for (let at = 4; at < one.length; at += 1) {
      const broken = Buffer.from(one);
      broken[at] = (broken[at] ?? 0) ^ 1;
      expect(() => read([broken]), `byte ${at}`).toThrow(expect.objectContaining({ code: 'upstream.invalid_answer' }));
    }
  });

  it.each([0, 15])('is refused for a message that says to have %i bytes', (length) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(length);
    expect(() => read([bytes])).toThrow(expect.objectContaining({ code: 'upstream.invalid_answer' }));
  });

  it('is refused for text in place of messages', () => {
    expect(() => read([Buffer.from('\0\0\0\x20 not a message at all, but a text')])).toThrow(
      expect.objectContaining({ code: 'upstream.invalid_answer' }),
    );
  });
});

describe('a message beyond the limit', () => {
  it('is refused by its length alone, before it is here', () => {
    const framer = createAwsEventStreamFramer({ frameBytesMax: 100 });
    const long = event('x', 'y'.repeat(200));
    expect(() => framer.push(long.subarray(0, 4))).toThrow('larger than 100 bytes');
  });

  it('passes where the limit is its own length', () => {
    const long = event('x', 'y'.repeat(2 * 1024 * 1024));
    expect(() => read([long])).toThrow(expect.objectContaining({ code: 'upstream.answer_too_large' }));
    const framer = createAwsEventStreamFramer({ frameBytesMax: long.length });
    const chunks = Array.from({ length: Math.ceil(long.length / 1000) }, (_, index) =>
      long.subarray(index * 1000, index * 1000 + 1000),
    );
    expect(read(chunks, framer).frames).toEqual([{ event: 'x', data: 'y'.repeat(2 * 1024 * 1024) }]);
  });
});
