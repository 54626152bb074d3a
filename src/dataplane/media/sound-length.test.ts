import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { likelySeconds, secondsAtMost } from './sound-length.ts';

type Format = { readonly kind?: number; readonly channels?: number; readonly rate?: number; readonly bits?: number };

function chunk(name: string, content: Buffer, claimed = content.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(claimed, 4);
  return Buffer.concat([head, content]);
}

function format({ kind = 1, channels = 1, rate = 8000, bits = 16 }: Format = {}): Buffer {
  const content = Buffer.alloc(16);
  content.writeUInt16LE(kind, 0);
  content.writeUInt16LE(channels, 2);
  content.writeUInt32LE(rate, 4);
  content.writeUInt16LE(bits, 14);
  return chunk('fmt ', content);
}

const wave = (...chunks: readonly Buffer[]): Buffer => Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), ...chunks]);
const SECOND = Buffer.alloc(16_000);

describe('the length of a sound', () => {
  test.each<[string, Buffer, number]>([
    ['of samples that are not compressed is theirs', wave(format(), chunk('data', SECOND)), 1],
    ['of two channels is half', wave(format({ channels: 2 }), chunk('data', SECOND)), 0.5],
    ['goes by what is there, not by what is said', wave(format(), chunk('data', SECOND, 2)), 1],
    ['steps over what is written about it', wave(format(), chunk('LIST', Buffer.alloc(20)), chunk('data', SECOND)), 1],
  ])('%s', (_, file, seconds) => {
    expect(likelySeconds(file)).toBeCloseTo(seconds, 2);
    expect(secondsAtMost(file)).toBe(Math.ceil(seconds) + 1);
  });

  test.each<[string, Buffer]>([
    ['compressed samples', wave(format({ kind: 85 }), chunk('data', SECOND))],
    ['samples without bits', wave(format({ bits: 0 }), chunk('data', SECOND))],
    ['two formats', wave(format({ rate: 48_000 }), format(), chunk('data', SECOND))],
    ['a second length', wave(format({ rate: 48_000 }), chunk('fact', Buffer.alloc(4)), chunk('data', SECOND))],
    ['samples before their format', wave(chunk('data', SECOND), format())],
    ['a torn format', wave(chunk('fmt ', Buffer.alloc(3)))],
    ['another form', Buffer.concat([Buffer.from('OggS'), SECOND])],
  ])('of %s is reckoned by the bytes', (_, file) => {
    expect(secondsAtMost(file)).toBe(Math.ceil(file.length / 750) + 1);
    expect(likelySeconds(file)).toBe(file.length / 4000);
  });

  test('is a number above zero whatever the file', () => {
    const head = fc.constantFrom('', 'RIFF\0\0\0\0WAVE', 'RIFF\0\0\0\0WAVEfmt ');
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const seconds = secondsAtMost(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
        return Number.isFinite(seconds) && seconds >= 1;
      }),
    );
  });
});
