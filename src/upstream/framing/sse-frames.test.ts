import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../protocol/frame.ts';
import { SseFramer } from './sse-frames.ts';

function read(chunks: readonly Buffer[]): { frames: readonly Frame[]; unfinishedBytes: number } {
  const framer = new SseFramer();
  const frames = chunks.flatMap((chunk) => framer.push(chunk));
  const end = framer.end();
  return { frames: [...frames, ...end.frames], unfinishedBytes: end.unfinishedBytes };
}

const one = (text: string): readonly Frame[] => read([Buffer.from(text)]).frames;

describe('an event as a frame', () => {
  it.each<[string, string, Frame]>([
    ['data alone', 'data: {"a":1}\n\n', { event: undefined, data: '{"a":1}' }],
    ['a name and data', 'event: ping\ndata: {"a":1}\n\n', { event: 'ping', data: '{"a":1}' }],
    ['no space after the colons', 'event:ping\ndata:{"a":1}\n\n', { event: 'ping', data: '{"a":1}' }],
    ['the name after the data', 'data: 1\nevent: late\n\n', { event: 'late', data: '1' }],
    ['the last of two names', 'event: a\ndata: 1\nevent: b\n\n', { event: 'b', data: '1' }],
    ['data of several lines', 'event: a\ndata: 1\ndata: 2\n\n', { event: 'a', data: '1\n2' }],
    ['lines that end with CRLF', 'event: a\r\ndata: 1\r\n\r\n', { event: 'a', data: '1' }],
    ['CR within what looks like one line', 'event: a\ndata: 1\revent: b\n\n', { event: 'b', data: '1' }],
    ['an id, a retry and a comment beside', ': hi\nid: 7\nretry: 10\ndata: 1\n\n', { event: undefined, data: '1' }],
    ['an empty name, which is none', 'event:\ndata: 1\n\n', { event: undefined, data: '1' }],
    ['empty data', 'event: a\ndata:\n\n', { event: 'a', data: '' }],
  ])('%s', (_, text, frame) => {
    expect(one(text)).toEqual([frame]);
  });

  it.each([': keep-alive\n\n', '\n\n', 'event: ping\n\n', 'id: 7\n\n'])('is none without data: %j', (text) => {
    expect(one(text)).toEqual([]);
  });

  it('is never one that was cut', () => {
    expect(read([Buffer.from('data: 1\n\nevent: x\ndata: 2\n')])).toEqual({
      frames: [{ event: undefined, data: '1' }],
      unfinishedBytes: 17,
    });
  });

  it('beyond the limit is refused', () => {
    expect(() => new SseFramer({ frameBytesMax: 16 }).push(Buffer.from(`data: ${'x'.repeat(20)}\n\n`))).toThrow(
      'larger than 16 bytes',
    );
  });
});

describe('frames', () => {
  const stream = Buffer.from(
    '\uFEFFevent: a\ndata: {"t":"héllo 漢字"}\n\n: c\n\ndata: 1\r\n\r\nevent: b\rdata: 2\rdata: 3\r\rdata: [DONE]\n\n',
  );

  it('are the same wherever the stream is cut, and byte by byte', () => {
    const whole = read([stream]);
    expect(whole.frames.map(({ data }) => data)).toEqual(['{"t":"héllo 漢字"}', '1', '2\n3', '[DONE]']);
    for (let offset = 0; offset <= stream.length; offset += 1) {
      expect(read([stream.subarray(0, offset), stream.subarray(offset)]), `cut at ${offset}`).toEqual(whole);
    }
    expect(read([...stream].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('hold what was written, whatever its text', () => {
    const event = fc.record({ name: fc.constantFrom('', 'delta', 'x y', '漢'), value: fc.json() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), (events, lineEnd) => {
        const text = events
          .map(({ name, value }) => {
            const named = name === '' ? '' : `event: ${name}${lineEnd}`;
            return `${named}data: ${value}${lineEnd}${lineEnd}`;
          })
          .join('');
        const expected = events.map(({ name, value }) => ({ event: name === '' ? undefined : name, data: value }));
        expect(one(text)).toEqual(expected);
      }),
    );
  });
});
