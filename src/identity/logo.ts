import { unfit } from '../kernel/invalid.ts';
import type { Logo, LogoType } from '../protocol/people.ts';

export const LOGO_BYTES_MAX = 256 * 1024;
const PIXELS_MAX = 2048;

type Size = { readonly width: number; readonly height: number };

/** What each format begins with, and where its head says how large it is. A head that cannot be read gives `undefined`. */
const FORMATS: readonly { readonly type: LogoType; readonly sizeOf: (bytes: Buffer) => Size | undefined }[] = [
  { type: 'image/png', sizeOf: sizeOfPng },
  { type: 'image/jpeg', sizeOf: sizeOfJpeg },
  { type: 'image/webp', sizeOf: sizeOfWebp },
];

/** What the bytes themselves say of a picture, whatever it was called. @throws request.invalid */
export function readLogo(bytes: Buffer): Logo {
  if (bytes.length > LOGO_BYTES_MAX) throw unfit('data', `A logo has at most ${LOGO_BYTES_MAX / 1024} KiB.`);
  for (const { type, sizeOf } of FORMATS) {
    const size = sizeOf(bytes);
    if (size === undefined) continue;
    if (size.width < 1 || size.height < 1 || size.width > PIXELS_MAX || size.height > PIXELS_MAX) {
      throw unfit('data', `A logo has at most ${PIXELS_MAX} × ${PIXELS_MAX} pixels.`);
    }
    return { type, bytes };
  }
  throw unfit('data', 'This is no PNG, JPEG or WebP.');
}

/** https://www.w3.org/TR/png-3/#11IHDR */
function sizeOfPng(bytes: Buffer): Size | undefined {
  const isPng = bytes.length >= 33 && bytes.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n';
  if (!isPng || bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** The frame header stands behind segments that each say how long they are. https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xff_d8) return undefined;
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes.readUInt8(at + 1);
    // 0xC4, 0xC8 and 0xCC lie among the frames and are none.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function sizeOfWebp(bytes: Buffer): Size | undefined {
  const isWebp = bytes.length >= 30 && bytes.toString('latin1', 0, 4) === 'RIFF';
  if (!isWebp || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
