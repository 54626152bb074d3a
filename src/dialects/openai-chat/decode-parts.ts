import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type {
  AudioPart,
  CacheMarker,
  FilePart,
  ForeignPart,
  ImagePart,
  InputPart,
  MediaSource,
  TextPart,
} from '../../protocol/chat-parts.ts';
import { at, invalid, optionalString, parseDataUrl, requiredObject, requiredString } from '../fields.ts';
import { type Leftovers, noteLeftovers } from './leftovers.ts';
import { OPENAI_CHAT } from './name.ts';

/**
 * The content of messages: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
 * Beside OpenAI's own parts, `video_url` as OpenRouter and Model Studio take it:
 * https://openrouter.ai/docs/features/multimodal/videos
 */

/** One part of a list of content, and where it stands. */
export type WirePart = { readonly part: JsonObject; readonly type: string; readonly where: string };

const PDF = 'application/pdf';
/** How base64 of a PDF begins: `%PDF-`. */
const PDF_START = 'JVBERi0';
const CACHE_FIELDS = ['type', 'cache_control', 'prompt_cache_breakpoint'];
const TEXT_FIELDS = new Set([...CACHE_FIELDS, 'text']);
const IMAGE_FIELDS = new Set([...CACHE_FIELDS, 'image_url']);
const AUDIO_FIELDS = new Set([...CACHE_FIELDS, 'input_audio']);
const FILE_FIELDS = new Set([...CACHE_FIELDS, 'file']);
const VIDEO_FIELDS = new Set([...CACHE_FIELDS, 'video_url']);
const IMAGE_URL_FIELDS = new Set(['url', 'detail']);

/** A message's content as a list; a text is a list of one. @throws GatewayError `request.invalid` */
export function wireParts(content: JsonValue | undefined, where: string): readonly WirePart[] {
  if (typeof content === 'string') {
    return content === '' ? [] : [{ part: { type: 'text', text: content }, type: 'text', where }];
  }
  if (!Array.isArray(content)) throw invalid(where, 'must be a string or a list of parts');
  return content.map((part, index) => {
    const place = at(where, index);
    if (!isJsonObject(part)) throw invalid(place, 'must be an object');
    return { part, type: requiredString(part, 'type', place), where: place };
  });
}

/** What a user or a tool says. @throws GatewayError `request.invalid` */
export function decodeInputParts(content: JsonValue | undefined, where: string, leftovers: Leftovers): InputPart[] {
  return wireParts(content, where).map((wire) => decodeInputPart(wire, leftovers));
}

/** What instructions say: text, and what only this format knows. @throws GatewayError `request.invalid` */
export function decodeTextParts(
  content: JsonValue | undefined,
  where: string,
  leftovers: Leftovers,
): (TextPart | ForeignPart)[] {
  return wireParts(content, where).map((wire) => {
    return wire.type === 'text' ? decodeText(wire, leftovers) : decodeForeign(wire);
  });
}

function decodeInputPart(wire: WirePart, leftovers: Leftovers): InputPart {
  switch (wire.type) {
    case 'text':
      return decodeText(wire, leftovers);
    case 'image_url':
      return decodeImage(wire, leftovers);
    case 'input_audio':
      return decodeAudio(wire, leftovers);
    case 'file':
      return decodeFile(wire, leftovers);
    case 'video_url':
      return decodeVideo(wire, leftovers);
    default:
      return decodeForeign(wire);
  }
}

export function decodeText({ part, where }: WirePart, leftovers: Leftovers): TextPart {
  noteLeftovers(part, TEXT_FIELDS, { path: 'messages.content', leftovers });
  return { type: 'text', text: requiredString(part, 'text', where), cache: readCache(part) };
}

export function decodeImage({ part, where }: WirePart, leftovers: Leftovers): ImagePart {
  noteLeftovers(part, IMAGE_FIELDS, { path: 'messages.content', leftovers });
  const cache = readCache(part);
  // Some clients leave out the object around the address.
  if (typeof part['image_url'] === 'string') {
    return { type: 'image', source: mediaSource(part['image_url']), cache };
  }
  const image = requiredObject(part, 'image_url', where);
  const place = at(where, 'image_url');
  noteLeftovers(image, IMAGE_URL_FIELDS, { path: 'messages.content.image_url', leftovers });
  const source = mediaSource(requiredString(image, 'url', place));
  return { type: 'image', source, detail: optionalString(image, 'detail', place), cache };
}

function decodeAudio({ part, where }: WirePart, leftovers: Leftovers): AudioPart {
  noteLeftovers(part, AUDIO_FIELDS, { path: 'messages.content', leftovers });
  const audio = requiredObject(part, 'input_audio', where);
  const place = at(where, 'input_audio');
  const data = requiredString(audio, 'data', place);
  const format = optionalString(audio, 'format', place) ?? 'wav';
  if (data.startsWith('data:')) {
    const parsed = parseDataUrl(data);
    if (parsed !== undefined) return { type: 'audio', source: base64(`audio/${format}`, parsed.data), format };
  }
  const source = isHttpUrl(data) ? ({ from: 'url', url: data } as const) : base64(`audio/${format}`, data);
  return { type: 'audio', source, format };
}

/** A file in the request itself. One that lies at the provider, by its id, can be read nowhere else. */
function decodeFile(wire: WirePart, leftovers: Leftovers): FilePart | ForeignPart {
  const { part, where } = wire;
  const file = requiredObject(part, 'file', where);
  const place = at(where, 'file');
  if (optionalString(file, 'file_id', place) !== undefined) return decodeForeign(wire);
  noteLeftovers(part, FILE_FIELDS, { path: 'messages.content', leftovers });
  const data = requiredString(file, 'file_data', place);
  const filename = optionalString(file, 'filename', place);
  return { type: 'file', source: fileSource(data, filename), filename, cache: readCache(part) };
}

function fileSource(data: string, filename: string | undefined): MediaSource {
  if (data.startsWith('data:') || isHttpUrl(data)) return mediaSource(data);
  const isPdf = data.startsWith(PDF_START) || filename?.toLowerCase().endsWith('.pdf') === true;
  return base64(isPdf ? PDF : 'application/octet-stream', data);
}

function decodeVideo({ part, where }: WirePart, leftovers: Leftovers): FilePart {
  noteLeftovers(part, VIDEO_FIELDS, { path: 'messages.content', leftovers });
  const video = part['video_url'];
  const url =
    typeof video === 'string'
      ? video
      : requiredString(requiredObject(part, 'video_url', where), 'url', at(where, 'video_url'));
  const source = mediaSource(url);
  return { type: 'file', source, mediaType: source.from === 'base64' ? source.mediaType : 'video/*' };
}

export function decodeForeign({ part, type }: WirePart): ForeignPart {
  return { type: 'foreign', dialect: OPENAI_CHAT, kind: type, value: part };
}

/**
 * A marker for the prompt's cache: Anthropic's `cache_control`, which OpenRouter and Model Studio take, too
 * (https://openrouter.ai/docs/features/prompt-caching), or OpenAI's own `prompt_cache_breakpoint`
 * (https://platform.openai.com/docs/guides/prompt-caching), whose lifetimes of 30 minutes and 12 hours have the hour as
 * their nearest. A cache is a hint: no answer changes with its lifetime.
 */
export function readCache(object: JsonObject): CacheMarker | undefined {
  const control = object['cache_control'];
  if (isJsonObject(control)) {
    const { ttl } = control;
    return { ttl: ttl === '5m' || ttl === '1h' ? ttl : undefined };
  }
  const breakpoint = object['prompt_cache_breakpoint'];
  if (!isJsonObject(breakpoint)) return undefined;
  return { ttl: typeof breakpoint['ttl'] === 'string' ? '1h' : undefined };
}

/** An address, or the bytes that a `data:` address holds. */
export function mediaSource(url: string): MediaSource {
  const parsed = parseDataUrl(url);
  return parsed === undefined ? { from: 'url', url } : base64(parsed.mediaType, parsed.data);
}

function base64(mediaType: string, data: string): MediaSource {
  return { from: 'base64', mediaType, data };
}

function isHttpUrl(text: string): boolean {
  return text.startsWith('https://') || text.startsWith('http://');
}
