import type { Span } from '../kernel/json-spans.ts';
import { type Container, forEachString, stringAt } from './json-strings.ts';

/** A text of a request, and the place of its JSON string in the bytes, quotes included. */
export type RequestText = Span & { readonly text: string };

/** The fields of a body in which something is said, in every dialect. */
const SAYING: ReadonlySet<string> = new Set([
  'system',
  'messages',
  'prompt',
  'suffix',
  'input',
  'instructions',
  'contents',
  'content',
  'systemInstruction',
  'system_instruction',
  'negative_prompt',
  'requests',
  'generateContentRequest',
  'generate_content_request',
]);

/** The fields below them that say nothing: names, ids, addresses, what is signed or encrypted. */
const SILENT: ReadonlySet<string> = new Set([
  'role',
  'type',
  'id',
  'name',
  'model',
  'status',
  'detail',
  'format',
  'url',
  'image',
  'image_url',
  'file_url',
  'file_data',
  'file_id',
  'fileUri',
  'file_uri',
  'inlineData',
  'inline_data',
  'b64_json',
  'filename',
  'mimeType',
  'mime_type',
  'media_type',
  'mediaType',
  'signature',
  'thought_signature',
  'thoughtSignature',
  'encrypted_content',
  'thinking',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'cache_control',
  'taskType',
  'tools',
  'toolChoice',
  'modelOptions',
  'responseFormat',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'toolCallId',
]);

/** Below these everything is said, whatever its field is called: what a tool was asked with, or gave back. */
const FREE: ReadonlySet<string> = new Set(['input', 'args', 'arguments', 'response', 'structuredContent']);

/** What a field of this name holds is a picture, a sound or a file, unless it is no base64. */
const BYTES = 'data';
const ENCODED = /^[A-Za-z0-9+/=_-]*$/;

/** Whether something is said in a field of a body. */
export function isSaying(field: string): boolean {
  return SAYING.has(field);
}

type Saying = 'no' | 'yes' | 'free';

/**
 * What is said in a request, in the order of its bytes: text parts alone, of whoever speaks, what tools were asked with and
 * gave back among them. `bytes` (latin1, one character a byte) are valid JSON, whose depth was bounded where it was read.
 */
export function requestTexts(bytes: string): readonly RequestText[] {
  const texts: RequestText[] = [];
  forEachString<Saying>(bytes, {
    know: (inner, _isObject, depth) => (inner === undefined ? 'no' : sayingIn(inner, depth)),
    see: (place, inner, depth) => {
      if (sayingIn(inner, depth) === 'no') return;
      const text = stringAt(bytes, place);
      if (text !== '' && !(inner.key === BYTES && ENCODED.test(text))) texts.push({ ...place, text });
    },
  });
  return texts;
}

/** Whether a value says something that stands in a container, below its key where it has one. */
function sayingIn({ isObject, known: saying, key }: Container<Saying>, depth: number): Saying {
  if (!isObject || key === undefined || saying === 'free') return saying;
  if (depth === 1) return isSaying(key) ? 'yes' : 'no';
  if (saying === 'no') return 'no';
  if (SILENT.has(key)) return 'no';
  return FREE.has(key) ? 'free' : 'yes';
}
