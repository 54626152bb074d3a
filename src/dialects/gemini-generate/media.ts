import type { JsonObject } from '../../kernel/json.ts';
import type { AudioPart, FilePart, ImagePart, MediaSource } from '../../protocol/chat-parts.ts';
import { lookUp } from '../fields.ts';
import type { Losses } from '../losses.ts';

/**
 * Pictures, sounds, films and documents, as bytes or by their address:
 * https://ai.google.dev/gemini-api/docs/file-input-methods
 */

/** What the API itself fetches from an `https` address, by the ending of the file's name. */
const FETCHED_TYPES: Readonly<Record<string, string>> = {
  bmp: 'image/bmp',
  css: 'text/css',
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  rtf: 'text/rtf',
  txt: 'text/plain',
  webp: 'image/webp',
  xml: 'text/xml',
};
const FETCHED: ReadonlySet<string> = new Set(Object.values(FETCHED_TYPES));
const API_HOST = 'generativelanguage.googleapis.com';
const YOUTUBE_HOSTS: ReadonlySet<string> = new Set(['youtube.com', 'www.youtube.com', 'm.youtube.com', 'youtu.be']);
const UNKNOWN_TYPE = 'application/octet-stream';
/** Short names of what sound may come as: https://ai.google.dev/gemini-api/docs/speech-generation */
const AUDIO_FORMATS: Readonly<Record<string, string>> = { l16: 'pcm16', pcm: 'pcm16', mpeg: 'mp3', 'x-wav': 'wav' };
const AUDIO_TYPES: Readonly<Record<string, string>> = { mpeg: 'audio/mp3', pcm16: 'audio/L16;rate=24000' };

/** Whether an address may be handed on: the API's own files, films of YouTube, and what it fetches by itself. */
export function takesUrl(url: string, mediaType: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:') return false;
  // A file of the Files API belongs to the account behind the hub's key: no caller reads it by its address.
  if (hostname === API_HOST) return false;
  if (YOUTUBE_HOSTS.has(hostname)) return true;
  return FETCHED.has(mediaType ?? typeOfName(url) ?? '');
}

export function encodeImage(part: ImagePart, losses: Losses): JsonObject {
  if (part.detail !== undefined && part.detail !== 'auto') {
    losses.add('messages.image.detail', 'the resolution of one picture cannot be asked for');
  }
  losses.addIf(part.cache, 'messages.cache', 'the provider itself decides what it caches');
  return encodeSource(part.source, undefined);
}

export function encodeFile(part: FilePart, losses: Losses): JsonObject {
  const reason = 'a document has no such field';
  losses.addIf(part.filename, 'messages.file.filename', reason);
  losses.addIf(part.title, 'messages.file.title', reason);
  losses.addIf(part.context, 'messages.file.context', reason);
  if (part.wantsCitations === true)
    losses.add('messages.file.wantsCitations', 'documents that are sent along are not cited');
  losses.addIf(part.cache, 'messages.cache', 'the provider itself decides what it caches');
  return encodeSource(part.source, part.mediaType);
}

/** The short name of a sound's type: `audio/L16;rate=24000` is `pcm16`. */
export function audioFormatOf(mimeType: string): string {
  const subtype = (mimeType.slice('audio/'.length).split(';')[0] ?? '').trim().toLowerCase();
  return lookUp(AUDIO_FORMATS, subtype) ?? subtype;
}

/** The reverse. */
export function audioTypeOf(format: string): string {
  return lookUp(AUDIO_TYPES, format) ?? `audio/${format}`;
}

export function encodeAudio(part: AudioPart): JsonObject {
  return encodeSource(part.source, audioTypeOf(part.format));
}

function encodeSource(source: MediaSource, mediaType: string | undefined): JsonObject {
  switch (source.from) {
    case 'text':
      return { text: source.text };
    case 'base64':
      return { inlineData: { mimeType: typeOf(source.mediaType, mediaType), data: source.data } };
    case 'url': {
      // A type that is not known is left out: YouTube's films and the API's own files have none to tell.
      const mimeType = mediaType ?? typeOfName(source.url);
      return { fileData: { ...(mimeType === undefined ? {} : { mimeType }), fileUri: source.url } };
    }
  }
}

/** `image/jpg` is nobody's registered type, is often written, and is refused. */
function typeOf(said: string, known: string | undefined): string {
  const type = said === '' || said === UNKNOWN_TYPE ? (known ?? UNKNOWN_TYPE) : said;
  return type === 'image/jpg' ? 'image/jpeg' : type;
}

function typeOfName(url: string): string | undefined {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  return lookUp(FETCHED_TYPES, path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}
