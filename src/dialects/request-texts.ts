import { parseJsonOrUndefined } from '../kernel/json.ts';
import type { Span } from '../kernel/json-spans.ts';

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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type Saying = 'no' | 'yes' | 'free';
type Container = { readonly isObject: boolean; readonly saying: Saying; key: string | undefined };

/**
 * What is said in a request, in the order of its bytes: text parts alone, of whoever speaks, what tools were asked with and
 * gave back among them. `bytes` (latin1, one character a byte) are valid JSON, whose depth was bounded where it was read.
 */
export function requestTexts(bytes: string): readonly RequestText[] {
  const texts: RequestText[] = [];
  const open: Container[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const inner = open.at(-1);
    const character = bytes.charAt(index);
    switch (character) {
      case '{':
      case '[': {
        const isObject = character === '{';
        open.push({ isObject, saying: inner === undefined ? 'no' : sayingIn(inner, open.length), key: undefined });
        break;
      }
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (inner !== undefined) inner.key = undefined;
        break;
      case '"': {
        const end = endOfString(bytes, index);
        if (inner?.isObject === true && inner.key === undefined) inner.key = decoded(bytes, index, end);
        else if (inner !== undefined && sayingIn(inner, open.length) !== 'no') {
          const text = decoded(bytes, index, end);
          if (text !== '' && !(inner.key === BYTES && ENCODED.test(text))) texts.push({ start: index, end, text });
        }
        index = end - 1;
        break;
      }
      default:
        break;
    }
  }
  return texts;
}

/** Whether a value says something that stands in a container, below its key where it has one. */
function sayingIn({ isObject, saying, key }: Container, depth: number): Saying {
  if (!isObject || key === undefined || saying === 'free') return saying;
  if (depth === 1) return isSaying(key) ? 'yes' : 'no';
  if (saying === 'no') return 'no';
  if (SILENT.has(key)) return 'no';
  return FREE.has(key) ? 'free' : 'yes';
}

/** Behind the closing quote. */
function endOfString(bytes: string, openQuote: number): number {
  for (let at = openQuote + 1; at < bytes.length; at += 1) {
    const code = bytes.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1;
  }
  return bytes.length;
}

function decoded(bytes: string, start: number, end: number): string {
  const value = parseJsonOrUndefined(Buffer.from(bytes.slice(start, end), 'latin1').toString());
  return typeof value === 'string' ? value : '';
}
