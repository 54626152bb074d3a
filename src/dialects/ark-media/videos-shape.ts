import { aspectRatioOf, frameSizeOf, shortSideOf } from '../video-frame.ts';

/** https://www.volcengine.com/docs/82379/1520757 */
const RATIOS: ReadonlySet<string> = new Set(['21:9', '16:9', '4:3', '1:1', '3:4', '9:16', 'adaptive']);
/** Resolutions, and the pixels of a frame, which are nearly the same in every ratio. */
const PIXELS: ReadonlyMap<string, number> = new Map([
  ['480p', 864 * 480],
  ['720p', 1280 * 720],
  ['1080p', 1920 * 1080],
]);

export type VideoShape = { readonly resolution?: string; readonly ratio?: string };

/** Pixels or a word → Ark's words; `undefined` for what Seedance does not make. */
export function shapeOf(size: string): VideoShape | undefined {
  const word = size.toLowerCase();
  if (PIXELS.has(word)) return { resolution: word };
  if (RATIOS.has(word)) return { ratio: word };
  const frame = frameSizeOf(size);
  if (frame === undefined) return undefined;
  const resolution = `${shortSideOf(frame)}p`;
  const ratio = aspectRatioOf(frame);
  return PIXELS.has(resolution) && RATIOS.has(ratio) ? { resolution, ratio } : undefined;
}

/** Pixels of one frame in a resolution; `undefined` for a word that is no resolution. */
export function pixelsOf(resolution: string): number | undefined {
  return PIXELS.get(resolution.toLowerCase());
}
