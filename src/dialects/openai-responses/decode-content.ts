import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type {
  AudioPart,
  CacheMarker,
  Citation,
  FilePart,
  ForeignPart,
  ImagePart,
  InputPart,
  RefusalPart,
  TextPart,
} from '../../protocol/chat-parts.ts';
import {
  at,
  invalid,
  optionalObjects,
  optionalString,
  parseDataUrl,
  requiredObject,
  requiredString,
} from '../fields.ts';
import { readCitation } from './annotations.ts';
import { type NoteExtra, noteLeftovers } from './leftovers.ts';
import { NAME } from './name.ts';

/** Fields of parts with a common name. */
const KNOWN: ReadonlySet<string> = new Set([
  'type',
  'text',
  'annotations',
  'logprobs',
  'refusal',
  'image_url',
  'detail',
  'file_url',
  'file_data',
  'file_id',
  'filename',
  'input_audio',
  'prompt_cache_breakpoint',
]);

/** Where a value stands: the object that holds it, the key, and the path of the object. */
export type Place = { readonly object: JsonObject; readonly key: string; readonly where: string };

/** What a message may hold, whoever says it. */
export type ContentPart = InputPart | RefusalPart;

/** Parts with a common name. */
const PART_TYPES: ReadonlySet<string> = new Set([
  'input_text',
  'text',
  'output_text',
  'refusal',
  'input_image',
  'input_file',
  'input_audio',
]);

/** Media types of files that come as bare base64, by the ending of their names. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};
/** What the API took files for before it took any other: https://platform.openai.com/docs/guides/pdf-files */
const DEFAULT_MEDIA_TYPE = 'application/pdf';

/**
 * A message's content, or a tool's result: a text, or a list of parts.
 * @throws GatewayError `request.invalid`, `request.not_held`
 */
export function decodeContent(place: Place, noteExtra: NoteExtra): readonly ContentPart[] {
  const { object, key, where } = place;
  const value = object[key];
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  const parts = optionalObjects(object, key, where);
  if (parts === undefined) throw invalid(at(where, key), 'must be a string or a list of content parts');
  return parts.map((part, index) => decodePart(part, at(at(where, key), index), noteExtra));
}

function decodePart(part: JsonObject, where: string, noteExtra: NoteExtra): ContentPart {
  const type = requiredString(part, 'type', where);
  if (PART_TYPES.has(type)) noteLeftovers(part, KNOWN, { path: 'messages.', noteExtra });
  switch (type) {
    case 'input_text':
    case 'text':
      return { type: 'text', text: requiredString(part, 'text', where), ...cacheOf(part, noteExtra) };
    case 'output_text':
      return decodeOutputText(part, where);
    case 'refusal':
      return { type: 'refusal', text: requiredString(part, 'refusal', where) };
    case 'input_image':
      return { ...decodeImage(part, where), ...cacheOf(part, noteExtra) };
    case 'input_file':
      return { ...decodeFile(part, where, noteExtra), ...cacheOf(part, noteExtra) };
    case 'input_audio':
      return decodeAudio(part, where);
    default:
      return foreignOf(part, type);
  }
}

/** Something that no other dialect has, kept as it is. */
export function foreignOf(value: JsonObject, kind: string): ForeignPart {
  return { type: 'foreign', dialect: NAME, kind, value };
}

function decodeOutputText(part: JsonObject, where: string): TextPart {
  const text = requiredString(part, 'text', where);
  const annotations = optionalObjects(part, 'annotations', where) ?? [];
  const citations: Citation[] = annotations.map(readCitation);
  return { type: 'text', text, ...(citations.length === 0 ? {} : { citations }) };
}

function decodeImage(part: JsonObject, where: string): ImagePart {
  const url = optionalString(part, 'image_url', where);
  const detail = optionalString(part, 'detail', where);
  if (url === undefined) refuseHeld(part, 'file_id', where);
  if (url === undefined || url === '') throw invalid(`${where}.image_url`, 'must be an address or a data URL');
  const data = parseDataUrl(url);
  return {
    type: 'image',
    source: data === undefined ? { from: 'url', url } : { from: 'base64', ...data },
    ...(detail === undefined ? {} : { detail }),
  };
}

function decodeFile(part: JsonObject, where: string, noteExtra: NoteExtra): FilePart {
  const url = optionalString(part, 'file_url', where);
  const data = optionalString(part, 'file_data', where);
  const filename = optionalString(part, 'filename', where);
  const detail = optionalString(part, 'detail', where);
  if (detail !== undefined && detail !== 'auto') noteExtra('messages.file.detail', detail);
  const named = filename === undefined ? {} : { filename };
  if (data !== undefined) {
    const parsed = parseDataUrl(data) ?? { mediaType: mediaTypeOf(filename), data };
    return { type: 'file', source: { from: 'base64', ...parsed }, ...named };
  }
  if (url === undefined) refuseHeld(part, 'file_id', where);
  if (url === undefined || url === '')
    throw invalid(`${where}.file_data`, 'must be the file, or `file_url` its address');
  return { type: 'file', source: { from: 'url', url }, ...named };
}

function mediaTypeOf(filename: string | undefined): string {
  const ending = filename?.slice(filename.lastIndexOf('.') + 1).toLowerCase() ?? '';
  return (Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined) ?? DEFAULT_MEDIA_TYPE;
}

function decodeAudio(part: JsonObject, where: string): AudioPart {
  const audio = requiredObject(part, 'input_audio', where);
  const inner = `${where}.input_audio`;
  const format = requiredString(audio, 'format', inner);
  const data = requiredString(audio, 'data', inner);
  return { type: 'audio', source: { from: 'base64', mediaType: `audio/${format}`, data }, format };
}

/**
 * A marker of where a prompt may be cached up to. Its lifetimes, half an hour and half a day, are told as the longer of
 * the two that other dialects have, which is not quite what was said.
 */
function cacheOf(part: JsonObject, noteExtra: NoteExtra): { readonly cache?: CacheMarker } {
  const marker = part['prompt_cache_breakpoint'];
  if (!isJsonObject(marker)) return {};
  const { ttl } = marker;
  if (ttl === undefined || ttl === null) return { cache: { ttl: undefined } };
  noteExtra('messages.cache.ttl', ttl);
  return { cache: { ttl: '1h' } };
}

/** @throws GatewayError `request.not_held` where the field names something by its id */
export function refuseHeld(object: JsonObject, key: string, where: string): void {
  if (typeof object[key] === 'string') throw new GatewayError('request.not_held', { param: at(where, key) });
}
