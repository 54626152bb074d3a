import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type {
  AudioPart,
  CacheMarker,
  FilePart,
  ForeignPart,
  ImagePart,
  InputPart,
  MediaSource,
} from '../../protocol/chat-parts.ts';
import type { EndpointQuirks } from '../../protocol/deployment.ts';
import type { Losses } from '../losses.ts';
import { OPENAI_CHAT } from './name.ts';

/** What the parts of a request are written for. */
export type PartTarget = {
  readonly quirks: EndpointQuirks;
  readonly losses: Losses;
  /** Whether the caller wrote the request in this format, too, and so for providers that take what it holds. */
  readonly isOwn: boolean;
};

const FILENAME_DEFAULT = 'document';

/** The parts that this format can say; the others are told as losses. */
export function encodeInputParts(parts: readonly InputPart[], target: PartTarget): JsonObject[] {
  return parts.flatMap((part) => listOf(encodeInputPart(part, target)));
}

function encodeInputPart(part: InputPart, target: PartTarget): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...cacheField(part.cache, 'messages.cache', target) };
    case 'image':
      return encodeImage(part, target);
    case 'file':
      return encodeFile(part, target);
    case 'audio':
      return encodeAudio(part, target);
    case 'foreign':
      return encodeForeign(part, target);
    default:
      return assertNever(part);
  }
}

/** A picture: https://platform.openai.com/docs/guides/images-vision */
export function encodeImage(part: ImagePart, target: PartTarget): JsonObject | undefined {
  const url = addressOf(part.source);
  if (part.source.from === 'url' && target.quirks.noImageUrls) {
    target.losses.add('messages.image', 'the provider takes no pictures by their address');
    return undefined;
  }
  return {
    type: 'image_url',
    image_url: { url, detail: part.detail },
    ...cacheField(part.cache, 'messages.cache', target),
  };
}

/**
 * A document, as its bytes: https://platform.openai.com/docs/guides/pdf-files
 * One that is plain text is said as text, which every model reads; a picture or a video as what it is.
 */
function encodeFile(part: FilePart, target: PartTarget): JsonObject | undefined {
  const { source, title, filename } = part;
  const cache = cacheField(part.cache, 'messages.cache', target);
  target.losses.addIf(part.context, 'messages.file.context', 'a file has no context');
  if (part.wantsCitations === true) target.losses.add('messages.file.wantsCitations', 'a file is not cited');
  if (source.from === 'text') {
    target.losses.addIf(title, 'messages.file.title', 'a text has no title');
    return { type: 'text', text: source.text, ...cache };
  }
  const mediaType = part.mediaType ?? (source.from === 'base64' ? source.mediaType : undefined) ?? '';
  const url = addressOf(source);
  if (mediaType.startsWith('image/')) return encodeImage({ type: 'image', source, cache: part.cache }, target);
  if (mediaType.startsWith('video/')) return { type: 'video_url', video_url: { url }, ...cache };
  if (source.from === 'url') {
    target.losses.add('messages.file', 'a file is sent as its bytes and not by its address');
    return undefined;
  }
  // OpenAI asks for a name where bytes are sent.
  const name = filename ?? title ?? `${FILENAME_DEFAULT}.${extensionOf(mediaType)}`;
  return { type: 'file', file: { filename: name, file_data: url }, ...cache };
}

/** `application/pdf` → `pdf`; what a media type does not tell shortly is plain bytes. */
function extensionOf(mediaType: string): string {
  const subtype = mediaType.slice(mediaType.indexOf('/') + 1);
  return subtype.length > 0 && subtype.length <= 4 ? subtype : 'bin';
}

/** https://platform.openai.com/docs/guides/audio */
function encodeAudio({ source, format }: AudioPart, { losses }: PartTarget): JsonObject | undefined {
  if (source.from === 'base64') return { type: 'input_audio', input_audio: { data: source.data, format } };
  losses.add('messages.audio', 'sound is sent as its bytes and not by its address');
  return undefined;
}

/** A part of this very format goes back as it came; every other dialect's own parts are lost. */
export function encodeForeign(part: ForeignPart, { losses }: PartTarget): JsonObject | undefined {
  if (part.dialect === OPENAI_CHAT) return part.value;
  losses.add(`messages.${part.kind}`, `it belongs to ${part.dialect}`);
  return undefined;
}

/** Anthropic's marker, for the providers that read it in this format; for every other the wish is lost. */
export function cacheField(cache: CacheMarker | undefined, field: string, { quirks, losses }: PartTarget): JsonObject {
  if (cache === undefined) return {};
  if (quirks.cacheControl) return { cache_control: { type: 'ephemeral', ttl: cache.ttl } };
  losses.addIf(cache, field, 'the provider caches prompts by itself');
  return {};
}

/** A list of one, or of none. */
export function listOf<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function addressOf(source: MediaSource): string {
  switch (source.from) {
    case 'url':
      return source.url;
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`;
    case 'text':
      return `data:text/plain;base64,${Buffer.from(source.text).toString('base64')}`;
    default:
      return assertNever(source);
  }
}
