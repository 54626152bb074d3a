import { describe, expect, it } from 'vitest';
import { LOGO_BYTES_MAX, readLogo } from './logo.ts';

/** The heads of pictures, as the formats' own documents draw them. */
function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(33);
  head.write('\x89PNG\r\n\x1a\n', 'latin1');
  head.writeUInt32BE(13, 8);
  head.write('IHDR', 12);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

function jpeg(width: number, height: number, marker = 0xc0): Buffer {
  const segment = (kind: number, body: readonly number[]) => [0xff, kind, 0, body.length + 2, ...body];
  const frame = [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0];
  return Buffer.from([0xff, 0xd8, ...segment(0xe0, [0, 1, 2]), ...segment(0xc4, [9]), ...segment(marker, frame)]);
}

function webp(kind: string, fill: (head: Buffer) => void): Buffer {
  const head = Buffer.alloc(30);
  head.write('RIFF', 0);
  head.write(`WEBP${kind}`, 8);
  fill(head);
  return head;
}

const lossy = (width: number, height: number) =>
  webp('VP8 ', (head) => {
    head.writeUInt16LE(width, 26);
    head.writeUInt16LE(height, 28);
  });
const lossless = (width: number, height: number) =>
  webp('VP8L', (head) => head.writeUInt32LE((((height - 1) << 14) | (width - 1)) >>> 0, 21));
const extended = (width: number, height: number) =>
  webp('VP8X', (head) => {
    head.writeUIntLE(width - 1, 24, 3);
    head.writeUIntLE(height - 1, 27, 3);
  });

const FORMATS = [
  ['PNG', 'image/png', png],
  ['JPEG', 'image/jpeg', jpeg],
  ['progressive JPEG', 'image/jpeg', (width: number, height: number) => jpeg(width, height, 0xc2)],
  ['WebP with loss', 'image/webp', lossy],
  ['WebP without loss', 'image/webp', lossless],
  ['extended WebP', 'image/webp', extended],
] as const;

describe.each(FORMATS)('a %s', (_name, type, make) => {
  it('is taken by what its head says, up to 2048 pixels each way', () => {
    for (const bytes of [make(1, 1), make(2048, 16), make(16, 2048)]) expect(readLogo(bytes)).toEqual({ type, bytes });
  });

  it('is refused when it is larger, whatever its file is', () => {
    for (const bytes of [make(2049, 16), make(16, 2049)]) {
      expect(() => readLogo(bytes)).toThrow('2048 × 2048 pixels');
    }
  });

  it('is refused when it was cut off in its head', () => {
    const bytes = make(16, 16);
    for (let length = 0; length < bytes.length; length += 1) {
      // The last bytes of a JPEG's frame say nothing of its size.
      if (type === 'image/jpeg' && length >= bytes.length - 4) continue;
      expect(() => readLogo(bytes.subarray(0, length)), `${length}`).toThrow('no PNG, JPEG or WebP');
    }
  });
});

it.each([
  ['a drawing that could hold a script', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
  ['a page', Buffer.from('<!doctype html><script>alert(1)</script>')],
  ['a GIF', Buffer.from('GIF89a'.padEnd(64, '\0'))],
  ['a sound in the same container as WebP', Buffer.from('RIFF\0\0\0\0WAVEfmt '.padEnd(64, '\0'))],
  ['a JPEG that leads nowhere', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0])],
])('%s is no logo', (_what, bytes) => {
  expect(() => readLogo(bytes)).toThrow('no PNG, JPEG or WebP');
});

it('a file of more than 256 KiB is refused before it is looked at', () => {
  const bytes = Buffer.concat([png(16, 16), Buffer.alloc(LOGO_BYTES_MAX)]);
  expect(readLogo(bytes.subarray(0, LOGO_BYTES_MAX)).type).toBe('image/png');
  expect(() => readLogo(bytes)).toThrow('256 KiB');
});
