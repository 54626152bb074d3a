/** A size as pixels, `1280x720`. */
export type FrameSize = { readonly width: number; readonly height: number };

const PIXELS = /^(\d{2,5})\s*[x×*]\s*(\d{2,5})$/i;

/** `1280x720` → its width and height; `undefined` for every other word. */
export function frameSizeOf(size: string): FrameSize | undefined {
  const match = PIXELS.exec(size);
  return match === null ? undefined : { width: Number(match[1]), height: Number(match[2]) };
}

/** `{ width: 1280, height: 720 }` → `16:9`. */
export function aspectRatioOf({ width, height }: FrameSize): string {
  const divisor = greatestDivisor(width, height);
  return `${width / divisor}:${height / divisor}`;
}

/** The shorter side, by which resolutions are called: 720 of `720p`. */
export function shortSideOf({ width, height }: FrameSize): number {
  return Math.min(width, height);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : greatestDivisor(b, a % b);
}
