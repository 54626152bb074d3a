import type { JsonValue } from '../../kernel/json.ts';
import type { ImagesRequest } from '../../protocol/media.ts';
import type { Losses } from '../losses.ts';
import type { PictureFamily } from './images-families.ts';

/** The shape of a picture in Google's words: https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios */
export type PictureShape = { readonly aspectRatio: string | undefined; readonly imageSize: string | undefined };

const PIXELS = /^(\d{2,5})\s*[xX×*]\s*(\d{2,5})$/;
const RATIO = /^\d{1,2}:\d{1,2}$/;
/** Google's own pixels are up to so much off the ratio they go by: 1344x768 is its 16:9. */
const RATIO_TOLERANCE = 0.025;
/** Pixels of a whole picture up to which a word is the nearest one. */
const SIZES_BY_PIXELS: readonly (readonly [number, string])[] = [
  [400_000, '512'],
  [2_000_000, '1K'],
  [8_000_000, '2K'],
  [Infinity, '4K'],
];
/** The only pixels that the words tell exactly. */
const EXACT: ReadonlySet<string> = new Set(['512 512x512', '1K 1024x1024', '2K 2048x2048', '4K 4096x4096']);
/** Other names under which callers send Google's own words. */
const RATIO_NAMES = ['aspectRatio', 'aspect_ratio'] as const;
const SIZE_NAMES = ['imageSize', 'image_size', 'resolution'] as const;
export const SHAPE_FIELDS: ReadonlySet<string> = new Set([...RATIO_NAMES, ...SIZE_NAMES]);

/** Shape and size of the picture, out of pixels or out of Google's own words. What the model does not know is a loss. */
export function shapeOf({ size, extra }: ImagesRequest, family: PictureFamily, losses: Losses): PictureShape {
  const ratioAsked = firstText(extra, RATIO_NAMES);
  const sizeAsked = firstText(extra, SIZE_NAMES);
  const bySize = size === undefined || size === 'auto' ? NO_SHAPE : shapeOfSize(size, family, losses);
  return {
    aspectRatio: ratioAsked === undefined ? bySize.aspectRatio : knownRatio(ratioAsked, family, losses),
    imageSize: sizeAsked === undefined ? bySize.imageSize : knownSize(sizeAsked, family, losses),
  };
}

const NO_SHAPE: PictureShape = { aspectRatio: undefined, imageSize: undefined };

function shapeOfSize(size: string, family: PictureFamily, losses: Losses): PictureShape {
  if (RATIO.test(size)) return { ...NO_SHAPE, aspectRatio: knownRatio(size, family, losses) };
  const pixels = PIXELS.exec(size);
  if (pixels === null) return { ...NO_SHAPE, imageSize: knownSize(size, family, losses) };
  const [, width = '', height = ''] = pixels;
  const aspectRatio = nearestRatio(Number(width) / Number(height), family.aspectRatios);
  const word = SIZES_BY_PIXELS.find(([most]) => Number(width) * Number(height) <= most)?.[1] ?? '';
  const imageSize = family.sizes.includes(word) ? word : undefined;
  if (!EXACT.has(`${imageSize ?? family.sizes[0] ?? '1K'} ${width}x${height}`)) {
    losses.add(
      'size',
      `the model knows no pixels; asked for as ${aspectRatio ?? 'it likes'}, ${imageSize ?? 'its size'}`,
    );
  }
  return { aspectRatio, imageSize };
}

function nearestRatio(wanted: number, ratios: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = RATIO_TOLERANCE;
  for (const ratio of ratios) {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    const off = Math.abs(width / height / wanted - 1);
    if (off > least) continue;
    best = ratio;
    least = off;
  }
  return best;
}

function knownRatio(ratio: string, { aspectRatios }: PictureFamily, losses: Losses): string | undefined {
  if (aspectRatios.includes(ratio)) return ratio;
  losses.add('size', 'the model knows no such aspect ratio');
  return undefined;
}

function knownSize(size: string, { sizes }: PictureFamily, losses: Losses): string | undefined {
  const word = size.toUpperCase();
  if (sizes.includes(word)) return word;
  // Every model makes them so large by default.
  if (word !== '1K') losses.add('size', 'the model knows no such size');
  return undefined;
}

function firstText(
  extra: Readonly<Record<string, JsonValue | undefined>>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = extra[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}
