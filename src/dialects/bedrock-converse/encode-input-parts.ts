import { assertNever } from '../../kernel/assert.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { AudioPart, FilePart, ImagePart, InputPart, MediaSource } from '../../protocol/chat-parts.ts';
import { DIALECT, type Encoding } from './encoding.ts';
import { formatOf, mediaTypeOfName } from './media-formats.ts';

const DOCUMENT_NAME_CHARACTERS_MAX = 200;
const DOCUMENT_NAME_USUAL = 'document';

/** What a user or a tool says as a content block; `undefined` where nothing of it can be sent, which is told. */
export function encodeInputPart(encoding: Encoding, part: InputPart): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      // A text without a visible character is refused and says nothing.
      return part.text.trim() === '' ? undefined : { text: part.text };
    case 'image':
      return encodeImage(encoding, part);
    case 'file':
      return encodeFile(encoding, part);
    case 'audio':
      return encodeAudio(encoding, part);
    case 'foreign':
      if (part.dialect === DIALECT) return part.value;
      encoding.losses.add('messages.foreign', `Bedrock has no ${part.kind}`);
      return undefined;
    default:
      return assertNever(part);
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
function encodeImage({ losses }: Encoding, { source, detail }: ImagePart): JsonObject | undefined {
  if (detail !== undefined && detail !== 'auto') losses.add('messages.image.detail', 'Bedrock has no such choice');
  const format = formatOf('image', mediaTypeOf(source));
  const place = encodePlace(source);
  if (format !== undefined && place !== undefined) return { image: { format, source: place } };
  losses.add('messages.image', 'Bedrock takes the bytes of PNG, JPEG, GIF and WebP pictures');
  return undefined;
}

/** Documents, videos, and what else came as a file. */
function encodeFile(encoding: Encoding, part: FilePart): JsonObject | undefined {
  const { source, filename } = part;
  const mediaType = mediaTypeOf(source) ?? part.mediaType ?? mediaTypeOfName(filename);
  const video = formatOf('video', mediaType);
  const place = encodePlace(source);
  if (video !== undefined && place !== undefined) return { video: { format: video, source: place } };
  const image = formatOf('image', mediaType);
  if (image !== undefined && place !== undefined) return { image: { format: image, source: place } };
  const audio = formatOf('audio', mediaType);
  if (audio !== undefined) return encodeAudio(encoding, { type: 'audio', source, format: audio });
  const text = source.from === 'text' ? 'txt' : undefined;
  const format = formatOf('document', part.mediaType ?? mediaType ?? mediaTypeOfName(filename)) ?? text;
  if (format !== undefined && place !== undefined) return encodeDocument(encoding, part, { format, source: place });
  encoding.losses.add('messages.file', 'Bedrock takes the bytes of documents and videos of certain formats');
  return undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
function encodeDocument({ documentNames }: Encoding, part: FilePart, file: JsonObject): JsonObject {
  const name = documentName(part.title ?? part.filename, documentNames);
  documentNames.add(name);
  const citations = part.wantsCitations === true ? { enabled: true } : undefined;
  return { document: { ...file, name, context: part.context, citations } };
}

/**
 * A document's name holds letters, digits, single spaces, hyphens, parentheses and brackets, and no other document of the
 * request has it. A file's extension is told by the format.
 */
function documentName(given: string | undefined, taken: ReadonlySet<string>): string {
  const plain = (given ?? '')
    .replace(/\.[a-zA-Z0-9]{1,5}$/, '')
    .replace(/[^a-zA-Z0-9\s()[\]-]+/g, '-')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, DOCUMENT_NAME_CHARACTERS_MAX - 5);
  const name = plain === '' ? DOCUMENT_NAME_USUAL : plain;
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_AudioBlock.html */
function encodeAudio({ target, family, losses }: Encoding, { source, format }: AudioPart): JsonObject | undefined {
  const known = formatOf('audio', `audio/${format}`);
  const place = encodePlace(source);
  const hears = target.facts.inputModalities?.includes('audio') ?? family.audioInput;
  if (hears && known !== undefined && place !== undefined) return { audio: { format: known, source: place } };
  losses.add('messages.audio', hears ? 'Bedrock takes no such sound' : 'the model hears no sound on Bedrock');
  return undefined;
}

/** The hub has fetched every address before; one of a store would be read with the hub's own rights. */
function encodePlace(source: MediaSource): JsonObject | undefined {
  switch (source.from) {
    case 'base64':
      return { bytes: source.data };
    case 'text':
      return { bytes: Buffer.from(source.text).toString('base64') };
    case 'url':
      return undefined;
    default:
      return assertNever(source);
  }
}

function mediaTypeOf(source: MediaSource): string | undefined {
  switch (source.from) {
    case 'base64':
      return source.mediaType;
    case 'text':
      return undefined;
    case 'url':
      return mediaTypeOfName(source.url);
    default:
      return assertNever(source);
  }
}

/** A turn with a document in it is refused without a text: its documents' names stand in. */
export function addTextForDocuments(content: JsonObject[]): void {
  const names = content.flatMap(({ document }) => {
    const name = isJsonObject(document) ? document['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  if (names.length > 0 && !content.some(({ text }) => text !== undefined)) content.push({ text: names.join(', ') });
}
