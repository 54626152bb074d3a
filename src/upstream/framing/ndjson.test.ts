import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Framer } from '../../protocol/frame.ts';
import { NdjsonFramer } from './ndjson.ts';

function read(chunks: readonly Buffer[], framer: Framer = new NdjsonFramer()) {
  const data = chunks.flatMap((chunk) => framer.push(chunk).map((frame) => frame.data));
  const { frames, unfinishedBytes } = framer.end();
  return { data: [...data, ...frames.map((frame) => frame.data)], unfinishedBytes };
}

const STREAM = Buffer.from('{"a":"héllo 👩‍👩‍👧 漢字 \u2028"}\n\r\n{"b":1}\r\n  \n\n{"c":[1,2]}\n{"last":true}');
const LINES = ['{"a":"héllo 👩‍👩‍👧 漢字 \u2028"}', '{"b":1}', '{"c":[1,2]}', '{"last":true}'];

describe('lines of JSON', () => {
  it('end with LF or CRLF; blank ones mean nothing; a whole last one needs no end', () => {
    expect(read([STREAM])).toEqual({ data: LINES, unfinishedBytes: 0 });
  });

  it('are the same wherever the stream is cut, and byte by byte', () => {
    for (let offset = 0; offset <= STREAM.length; offset += 1) {
      const chunks = [STREAM.subarray(0, offset), STREAM.subarray(offset)];
      expect(read(chunks), `cut at ${offset}`).toEqual({ data: LINES, unfinishedBytes: 0 });
    }
    expect(read([...STREAM].map((byte) => Buffer.from([byte]))).data).toEqual(LINES);
  });

  it('are the same for any stream and any chunking', () => {
    const piece = fc.constantFrom('\n', '\r\n', '\r', ' ', '{}', '{"a":1}', '漢', '"', '{');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat({ max: 90 })), (pieces, offsets) => {
        const bytes = Buffer.from(pieces.join(''));
        const bounds = [0, ...offsets.filter((at) => at <= bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
        expect(read(chunks)).toEqual(read([bytes]));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['{"a":1}\n{"cut":', 7],
    ['{"a":1}\n{"cut":"漢', 11],
    ['{"a":1}\n12', 2],
    ['{"a":1}\n"text"', 6],
  ])('an end within a line is told and never taken for a line: %j', (text, unfinishedBytes) => {
    expect(read([Buffer.from(text)])).toEqual({ data: ['{"a":1}'], unfinishedBytes });
  });

  it('white space after the last line is nothing unfinished', () => {
    expect(read([Buffer.from('{"a":1}\n \r')])).toEqual({ data: ['{"a":1}'], unfinishedBytes: 0 });
  });
});

describe('a line beyond the limit', () => {
  it.each([100, 7, 1])('is refused, arriving in chunks of %i bytes', (size) => {
    const bytes = Buffer.from(`{"ok":1}\n{"long":"${'x'.repeat(60)}"}\n`);
    const framer = new NdjsonFramer({ frameBytesMax: 64 });
    const feed = (): void => {
      for (let at = 0; at < bytes.length; at += size) framer.push(bytes.subarray(at, at + size));
    };
    expect(feed).toThrow('larger than 64 bytes');
  });

  it('passes where the limit is raised', () => {
    const line = `{"image":"${'x'.repeat(2 * 1024 * 1024)}"}`;
    expect(() => read([Buffer.from(`${line}\n`)])).toThrow('larger than');
    expect(read([Buffer.from(`${line}\n`)], new NdjsonFramer({ frameBytesMax: line.length })).data).toEqual([line]);
  });
});
