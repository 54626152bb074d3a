/** First bytes of a picture, as base64 begins with them, and what it is. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];
/** Bytes that tell what a file is. */
const SIGNATURE_BYTES = 12;
const FORMAT_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
]);

/** The media type of a picture in base64, by its first bytes; `undefined` where they are no known picture's. */
export function imageTypeOf(base64: string): string | undefined {
  return SIGNATURES.find(([start]) => base64.startsWith(start))?.[1];
}

/** As {@link imageTypeOf}, of the bytes themselves. */
export function imageTypeOfBytes(data: Buffer): string | undefined {
  return imageTypeOf(data.toString('base64', 0, SIGNATURE_BYTES));
}

/** `jpeg` → `image/jpeg`; `undefined` for a word that names no picture. */
export function imageTypeOfFormat(format: string | undefined): string | undefined {
  return format === undefined ? undefined : FORMAT_TYPES.get(format.toLowerCase());
}

/** `image/jpeg` → `jpeg`; `undefined` for what is no picture's type. */
export function imageFormatOf(mediaType: string): string | undefined {
  for (const [format, type] of FORMAT_TYPES) if (type === mediaType) return format;
  return undefined;
}
