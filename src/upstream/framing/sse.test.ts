import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataOf, forEachEvent, SseSplitter } from './sse.ts';

/** The events of a stream that arrives in these chunks, each as its raw text, and what was left unfinished. */
function split(chunks: readonly Buffer[]): { events: string[]; data: string[]; unfinishedBytes: number } {
  const splitter = new SseSplitter();
  const events: string[] = [];
  const data: string[] = [];
  const take = (complete: Buffer | undefined): void => {
    if (complete === undefined) return;
    forEachEvent(complete, (start, end) => {
      events.push(complete.toString('utf8', start, end));
      data.push(dataOf(complete, start, end));
    });
  };
  for (const chunk of chunks) take(splitter.push(chunk));
  const { complete, unfinishedBytes } = splitter.end();
  take(complete);
  return { events, data, unfinishedBytes };
}

function cut(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const bounds = [0, ...[...offsets].sort((left, right) => left - right), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}

const TRANSCRIPT = Buffer.from(
  '\uFEFFdata: {"a":"héllo 👩‍👩‍👧 漢字 \u2028"}\n\n: comment\r\n\r\nevent: x\rdata: one\rdata: two\r\r' +
    'data:no space\r\n\ndata\n\n\n\r\nid: 7\ndata:  two spaces\n\r\ndata: [DONE]\n\n',
);

describe('SseSplitter', () => {
  it('gives back a chunk of whole events as it is, without a copy', () => {
    const chunk = Buffer.from('data: 1\n\ndata: 2\n\n');
    expect(new SseSplitter().push(chunk)).toBe(chunk);
  });

  it('reads every kind of line end, comments, and a mark at the start', () => {
    const { data, unfinishedBytes } = split([TRANSCRIPT]);
    expect(data).toEqual([
      '{"a":"héllo 👩‍👩‍👧 漢字 \u2028"}',
      '',
      'one\ntwo',
      'no space',
      '',
      '',
      '',
      ' two spaces',
      '[DONE]',
    ]);
    expect(unfinishedBytes).toBe(0);
  });

  it('gives the same events when the stream is cut at any one place, or into single bytes', () => {
    const whole = split([TRANSCRIPT]);
    for (let offset = 0; offset <= TRANSCRIPT.length; offset += 1) {
      expect(split(cut(TRANSCRIPT, [offset])), `cut at ${offset}`).toEqual(whole);
    }
    expect(split([...TRANSCRIPT].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('gives the same events for any stream and any chunking', () => {
    const piece = fc.constantFrom(
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'data: x',
      'data:',
      'event: y',
      ': c',
      '漢',
      '👩‍👧',
      '\uFEFF',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat({ max: 120 }), { maxLength: 12 }),
        (pieces, offsets) => {
          const bytes = Buffer.from(pieces.join(''));
          const within = offsets.filter((offset) => offset <= bytes.length);
          expect(split(cut(bytes, within))).toEqual(split([bytes]));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('loses no byte but the mark', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\n', '\r', 'ab', 'data: ü')), fc.nat({ max: 40 }), (pieces, offset) => {
        const bytes = Buffer.from(pieces.join(''));
        const { events, unfinishedBytes } = split(cut(bytes, [Math.min(offset, bytes.length)]));
        const told = Buffer.byteLength(events.join(''));
        expect(told + unfinishedBytes).toBe(bytes.length);
        expect(bytes.toString('utf8', 0, told)).toBe(events.join(''));
      }),
    );
  });

  it('reports a stream that ends within an event', () => {
    expect(split([Buffer.from('data: 1\n\ndata: cut\n')])).toEqual({
      events: ['data: 1\n\n'],
      data: ['1'],
      unfinishedBytes: 10,
    });
  });

  it.each([
    ['in one chunk', 100],
    ['byte by byte', 1],
  ])('refuses an event beyond the limit, arriving %s', (_name, size) => {
    const bytes = Buffer.from(`data: ok\n\ndata: ${'x'.repeat(60)}\n\n`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const splitter = new SseSplitter({ eventBytesMax: 64 });
    expect(() => chunks.forEach((chunk) => splitter.push(chunk))).toThrow('larger than 64 bytes');
  });

  it('holds no more than the limit of a stream without any line end', () => {
    const splitter = new SseSplitter({ eventBytesMax: 1024 });
    const firehose = (): void => {
      for (let sent = 0; sent < 100; sent += 1) splitter.push(Buffer.alloc(100, 0x61));
    };
    expect(firehose).toThrow('larger than 1024 bytes');
  });
});
