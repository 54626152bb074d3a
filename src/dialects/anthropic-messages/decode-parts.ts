import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type {
  CacheMarker,
  FilePart,
  ForeignPart,
  ImagePart,
  InputPart,
  MediaSource,
  TextPart,
} from '../../protocol/chat-parts.ts';
import {
  at,
  invalid,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
} from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { decodeCitations } from './citations.ts';
import { DIALECT } from './names.ts';
import { typeOf } from './wire-type.ts';

/** Blocks that a person or a program may say: https://docs.anthropic.com/en/api/messages#body-messages-content */

const PDF = 'application/pdf';
const TEXT_FIELDS = new Set(['type', 'text', 'cache_control', 'citations']);
const IMAGE_FIELDS = new Set(['type', 'source', 'cache_control']);
const DOCUMENT_FIELDS = new Set(['type', 'source', 'cache_control', 'title', 'context', 'citations']);
const RESULT_FIELDS = new Set(['type', 'source', 'cache_control', 'title', 'content', 'citations']);

/** A string, or a list of blocks, as parts. @throws GatewayError `request.invalid` */
export function decodeContent(
  content: JsonValue | undefined,
  where: string,
  unexpressed: Unexpressed,
): readonly InputPart[] {
  if (content === undefined || content === null) return [];
  return blocksOf(content, where).map((block, index) => decodeInput(block, at(where, index), unexpressed));
}

/** Content as a list of blocks; a string is one text. @throws GatewayError `request.invalid` */
export function blocksOf(content: JsonValue | undefined, where: string): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(where, 'must be a string or a list of blocks');
  return content.map((block, index) => {
    if (!isJsonObject(block)) throw invalid(at(where, index), 'must be an object');
    return block;
  });
}

/** One block. What has no common name goes on as it is. @throws GatewayError `request.invalid` */
export function decodeInput(block: JsonObject, where: string, unexpressed: Unexpressed): InputPart {
  const type = requiredString(block, 'type', where);
  switch (type) {
    case 'text':
      return decodeText(block, where, unexpressed);
    case 'image':
      return decodeImage(block, where, unexpressed) ?? foreignPart(type, block);
    case 'document':
      return decodeDocument(block, where, unexpressed) ?? foreignPart(type, block);
    case 'search_result':
      return decodeSearchResult(block, where, unexpressed);
    default:
      return foreignPart(type, block);
  }
}

export function decodeText(block: JsonObject, where: string, unexpressed: Unexpressed): TextPart {
  unexpressed.addRest(block, TEXT_FIELDS, 'messages.text');
  const citations = decodeCitations(block['citations']);
  return {
    type: 'text',
    text: requiredString(block, 'text', where),
    ...cacheOf(block, where),
    ...(citations.length === 0 ? {} : { citations }),
  };
}

/** A block that only this dialect knows. */
export function foreignPart(kind: string, value: JsonObject): ForeignPart {
  return { type: 'foreign', dialect: DIALECT, kind, value };
}

/** `cache_control` as a marker. @throws GatewayError `request.invalid` for a lifetime that nobody has heard of */
export function cacheOf(object: JsonObject, where: string): { readonly cache?: CacheMarker } {
  const control = optionalObject(object, 'cache_control', where);
  if (control === undefined) return {};
  const ttl = optionalString(control, 'ttl', at(where, 'cache_control'));
  if (ttl !== undefined && ttl !== '5m' && ttl !== '1h') {
    throw invalid(at(where, 'cache_control.ttl'), 'must be `5m` or `1h`');
  }
  return { cache: { ttl } };
}

/** `undefined` for a picture that Anthropic keeps: nobody else can reach it. */
function decodeImage(block: JsonObject, where: string, unexpressed: Unexpressed): ImagePart | undefined {
  const source = decodeSource(requiredObject(block, 'source', where), at(where, 'source'));
  if (source === undefined) return undefined;
  unexpressed.addRest(block, IMAGE_FIELDS, 'messages.image');
  return { type: 'image', source, ...cacheOf(block, where) };
}

function decodeDocument(block: JsonObject, where: string, unexpressed: Unexpressed): FilePart | undefined {
  const source = decodeSource(requiredObject(block, 'source', where), at(where, 'source'));
  if (source === undefined) return undefined;
  unexpressed.addRest(block, DOCUMENT_FIELDS, 'messages.file');
  const citations = optionalObject(block, 'citations', where);
  const title = optionalString(block, 'title', where);
  const context = optionalString(block, 'context', where);
  const enabled = citations === undefined ? undefined : optionalBoolean(citations, 'enabled', at(where, 'citations'));
  return {
    type: 'file',
    source,
    // The only kind of document that may be given by its address.
    ...(source.from === 'url' ? { mediaType: PDF } : {}),
    ...(title === undefined ? {} : { title }),
    ...(context === undefined ? {} : { context }),
    ...(enabled === undefined ? {} : { wantsCitations: enabled }),
    ...cacheOf(block, where),
  };
}

/** A found text with its title and where it is from; every other dialect can take it as a document of plain text. */
function decodeSearchResult(block: JsonObject, where: string, unexpressed: Unexpressed): FilePart {
  unexpressed.addRest(block, RESULT_FIELDS, 'messages.file');
  const citations = optionalObject(block, 'citations', where);
  const enabled = citations === undefined ? undefined : optionalBoolean(citations, 'enabled', at(where, 'citations'));
  const content = blocksOf(block['content'], at(where, 'content'));
  const texts = content.map((item, index) => requiredString(item, 'text', at(at(where, 'content'), index)));
  return {
    type: 'file',
    source: { from: 'text', text: texts.join('\n') },
    title: requiredString(block, 'title', where),
    context: requiredString(block, 'source', where),
    ...(enabled === undefined ? {} : { wantsCitations: enabled }),
    ...cacheOf(block, where),
  };
}

/** Where the bytes are; `undefined` where only Anthropic has them, or where blocks other than text make the document. */
function decodeSource(source: JsonObject, where: string): MediaSource | undefined {
  switch (typeOf(source)) {
    case 'base64':
      return {
        from: 'base64',
        mediaType: requiredString(source, 'media_type', where),
        data: requiredString(source, 'data', where),
      };
    case 'url':
      return { from: 'url', url: requiredString(source, 'url', where) };
    case 'text':
      return { from: 'text', text: requiredString(source, 'data', where) };
    case 'content': {
      const blocks = blocksOf(source['content'], at(where, 'content'));
      const texts = blocks.map((block) => (block['type'] === 'text' ? block['text'] : undefined));
      if (!texts.every((text) => typeof text === 'string')) return undefined;
      return { from: 'text', text: texts.join('\n') };
    }
    case 'file':
      return undefined;
    default:
      throw invalid(at(where, 'type'), 'must be one of `base64`, `url`, `text`, `content` and `file`');
  }
}
