import type { JsonObject } from '../../kernel/json.ts';
import type { AudioPart, CacheMarker, FilePart, ImagePart, MediaSource } from '../../protocol/chat-parts.ts';
import { at, invalid, optionalString, parseDataUrl, requiredString } from '../fields.ts';

/** First characters of base64 data → what it is; for data that came without a type. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi0', 'application/pdf'],
];

/** Endings of names that are no picture's; an address with any other is taken for one, as the framework does. */
const FILE_ENDINGS: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['json', 'application/json'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
]);

/** Short names that are not the second half of the media type. */
const SOUND_FORMATS: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/x-m4a', 'm4a'],
  ['audio/mp4', 'm4a'],
]);

/**
 * A part `{ type: 'file', data }` or `{ type: 'url', url }` with its `mimeType` and `filename`.
 * @throws GatewayError `request.invalid` where it cannot be told what the data is
 */
export function decodeFile(
  part: JsonObject,
  where: string,
  cache: CacheMarker | undefined,
): ImagePart | FilePart | AudioPart {
  const filename = optionalString(part, 'filename', where);
  const saidType = optionalString(part, 'mimeType', where)?.split(';')[0]?.trim().toLowerCase();
  const isUrl = part['type'] === 'url';
  const text = requiredString(part, isUrl ? 'url' : 'data', where);
  const embedded = parseDataUrl(text);
  const byName = endingType(filename) ?? (isUrl && embedded === undefined ? endingType(pathOf(text)) : undefined);
  const mediaType = saidType ?? embedded?.mediaType ?? byName;
  if (isUrl && embedded === undefined) {
    return partOf({ from: 'url', url: text }, { mediaType: mediaType ?? 'image/*', filename, cache });
  }
  const data = embedded?.data ?? text;
  const known = mediaType ?? SIGNATURES.find(([start]) => data.startsWith(start))?.[1];
  if (known === undefined) throw invalid(at(where, 'mimeType'), 'must say what the data is: its first bytes do not');
  return partOf({ from: 'base64', mediaType: known, data }, { mediaType: known, filename, cache });
}

type About = {
  readonly mediaType: string;
  readonly filename: string | undefined;
  readonly cache: CacheMarker | undefined;
};

function partOf(source: MediaSource, { mediaType, filename, cache }: About): ImagePart | FilePart | AudioPart {
  if (mediaType.startsWith('image/')) return { type: 'image', source, ...(cache === undefined ? {} : { cache }) };
  if (mediaType.startsWith('audio/')) {
    return { type: 'audio', source, format: SOUND_FORMATS.get(mediaType) ?? mediaType.slice('audio/'.length) };
  }
  return {
    type: 'file',
    source,
    mediaType,
    ...(filename === undefined ? {} : { filename }),
    ...(cache === undefined ? {} : { cache }),
  };
}

function endingType(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return FILE_ENDINGS.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

/** The path of an address, without its query; the address itself where it is none. */
function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}
