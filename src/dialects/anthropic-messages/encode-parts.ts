import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type {
  FilePart,
  ForeignPart,
  ImagePart,
  InputPart,
  MediaSource,
  OutputPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from '../../protocol/chat-parts.ts';
import { parseArguments } from '../exact-json.ts';
import type { Losses } from '../losses.ts';
import type { CacheMarks } from './cache-marks.ts';
import { safeCallId } from './call-ids.ts';
import { DIALECT } from './names.ts';

/** Parts as content blocks: https://docs.anthropic.com/en/api/messages#body-messages-content */

export type Encoding = { readonly marks: CacheMarks; readonly losses: Losses };

const PDF = 'application/pdf';
const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** What a person or a program says. `undefined` for a part that cannot be said, or says nothing. */
export function encodeInput(part: InputPart, encoding: Encoding): JsonObject | undefined {
  const { losses } = encoding;
  switch (part.type) {
    case 'text':
      return encodeText(part, encoding);
    case 'image':
      return encodeImage(part, encoding);
    case 'file':
      return encodeFile(part, encoding);
    case 'audio':
      losses.add('messages.audio', 'the provider takes no sound');
      return undefined;
    case 'foreign':
      return encodeForeign(part, losses);
    default:
      return assertNever(part);
  }
}

/** What the model said. */
export function encodeOutput(part: OutputPart, encoding: Encoding): JsonObject | undefined {
  const { losses } = encoding;
  switch (part.type) {
    case 'text':
      return encodeText(part, encoding);
    case 'reasoning':
      return encodeReasoning(part, losses);
    case 'tool-call':
      return encodeCall(part, encoding);
    case 'refusal':
      losses.add('messages.refusal', 'a refusal is told as a text');
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text };
    case 'image':
      losses.add('messages.image', 'the model’s own turns hold no pictures');
      return undefined;
    case 'audio':
      losses.add('messages.audio', 'the provider takes no sound');
      return undefined;
    case 'foreign':
      return encodeForeign(part, losses);
    default:
      return assertNever(part);
  }
}

/** A text without anything to read is refused, and says nothing. */
export function encodeText(part: TextPart, { marks, losses }: Encoding): JsonObject | undefined {
  if (part.opaque !== undefined)
    losses.add('messages.text.opaque', 'signatures of texts go back to their own provider only');
  if (part.text.trim() === '') return undefined;
  const citations = (part.citations ?? []).filter(({ dialect }) => dialect === DIALECT);
  if (citations.length < (part.citations?.length ?? 0)) {
    losses.add('messages.citations', 'citations go back to their own provider only');
  }
  const block: JsonObject = { type: 'text', text: part.text };
  if (citations.length > 0) block['citations'] = citations.map(({ raw }) => raw);
  return marks.mark(block, part.cache);
}

export function encodeForeign(part: ForeignPart, losses: Losses): JsonObject | undefined {
  if (part.dialect === DIALECT) return part.value;
  losses.add(`messages.${part.kind}`, 'only its own provider knows it');
  return undefined;
}

function encodeImage(part: ImagePart, { marks, losses }: Encoding): JsonObject | undefined {
  if (part.detail !== undefined && part.detail !== 'auto') {
    losses.add('messages.image.detail', 'pictures are seen in the detail that they have');
  }
  const source = imageSource(part.source);
  if (source === undefined) losses.add('messages.image', 'the provider takes JPEG, PNG, GIF and WebP');
  return source === undefined ? undefined : marks.mark({ type: 'image', source }, part.cache);
}

/** `undefined` for a picture of a kind that is refused. */
function imageSource(source: MediaSource): JsonObject | undefined {
  if (source.from === 'url') return { type: 'url', url: source.url };
  if (source.from === 'text') return undefined;
  const mediaType = source.mediaType.toLowerCase() === 'image/jpg' ? 'image/jpeg' : source.mediaType.toLowerCase();
  return IMAGE_TYPES.has(mediaType) ? { type: 'base64', media_type: mediaType, data: source.data } : undefined;
}

/** A picture may come as a file; every other file is a document. */
function encodeFile(part: FilePart, { marks, losses }: Encoding): JsonObject | undefined {
  const mediaType = mediaTypeOf(part);
  if (mediaType.startsWith('image/')) {
    const source = imageSource(part.source);
    if (source !== undefined) return marks.mark({ type: 'image', source }, part.cache);
  }
  const source = documentSource(part.source, mediaType);
  if (source === undefined) {
    losses.add('messages.file', `the provider takes PDFs and plain texts, and only PDFs by their address`);
    return undefined;
  }
  const title = part.title ?? part.filename;
  const block: JsonObject = {
    type: 'document',
    source,
    ...(title === undefined ? {} : { title }),
    ...(part.context === undefined ? {} : { context: part.context }),
    ...(part.wantsCitations === undefined ? {} : { citations: { enabled: part.wantsCitations } }),
  };
  return marks.mark(block, part.cache);
}

function mediaTypeOf({ source, mediaType }: FilePart): string {
  const said = source.from === 'base64' ? source.mediaType : mediaType;
  return (said ?? mediaType ?? '').toLowerCase();
}

/** https://docs.anthropic.com/en/docs/build-with-claude/files#file-types-and-content-blocks */
function documentSource(source: MediaSource, mediaType: string): JsonObject | undefined {
  switch (source.from) {
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'url':
      return mediaType === PDF || mediaType === '' ? { type: 'url', url: source.url } : undefined;
    case 'base64':
      if (mediaType === PDF) return { type: 'base64', media_type: PDF, data: source.data };
      // A table or a page is text, too, and readable as such.
      return mediaType.startsWith('text/') || mediaType === 'application/json'
        ? { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString() }
        : undefined;
    default:
      return assertNever(source);
  }
}

/** Thinking is taken back with its own signature only: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking */
function encodeReasoning({ text, opaque }: ReasoningPart, losses: Losses): JsonObject | undefined {
  if (opaque?.dialect !== DIALECT) {
    losses.add('messages.reasoning', 'thinking goes back to its own provider only');
    return undefined;
  }
  return opaque.kind === 'signature'
    ? { type: 'thinking', thinking: text, signature: opaque.value }
    : { type: 'redacted_thinking', data: opaque.value };
}

/**
 * A call's arguments must be an object here. Free text, or what a model wrote in place of JSON, is put into one under
 * `input`, so that the model still sees what it said.
 */
function encodeCall(part: ToolCallPart, { marks, losses }: Encoding): JsonObject {
  losses.addIf(part.opaque, 'messages.tool-call.opaque', 'signatures of calls go back to their own provider only');
  let input = part.kind === 'function' ? parseArguments(part.arguments) : { input: part.arguments };
  if (input === undefined) {
    losses.add('messages.arguments', 'they are not a JSON object, and are sent as a text within one');
    input = { input: part.arguments };
  }
  return marks.mark({ type: 'tool_use', id: safeCallId(part.id), name: part.name, input }, part.cache);
}
