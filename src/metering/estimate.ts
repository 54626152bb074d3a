import { assertNever } from '../kernel/assert.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import type { Operation } from '../protocol/operation.ts';
import { weighText } from './estimate-text.ts';

/** Estimates of what a call uses, for calls whose provider did not say. */

/** Values looked at in one request; of a longer list the rest counts as the part that was seen. */
const VALUES_MAX = 20_000;
/** Characters looked at in one request, about two milliseconds' worth; the rest counts as the text that was seen. */
const CHARS_MAX = 500_000;
const DEPTH_MAX = 64;
const BYTES_PER_TOKEN = 4;

/** What the chat format adds around every message, and to open the answer: a few special tokens. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_ANSWER = 3;
/** A picture of a megapixel: https://platform.openai.com/docs/guides/images-vision#calculating-costs */
const TOKENS_PER_IMAGE = 765;
const TOKENS_PER_SMALL_IMAGE = 85;
/** Ten tokens a second of speech at the 16 kB a second of a good MP3. */
const AUDIO_BYTES_PER_TOKEN = 1600;
/** A page of text in a PDF is about 50 kB and a thousand tokens. */
const FILE_BYTES_PER_TOKEN = 50;
const BASE64_CHARS_MIN = 256;
/** Brackets, quotes and commas around a value. */
const TOKENS_PER_VALUE = 0.5;

/** Parts of a request that are sent to the model; the rest steers it. */
const CHAT_FIELDS = [
  'messages',
  'tools',
  'functions',
  'response_format',
  'system',
  'instructions',
  'input',
  'prompt',
  'contents',
  'systemInstruction',
  'system_instruction',
] as const;
/** Where Gemini's format says it: around a question for the number of tokens, and around what is embedded. */
const WRAPPED_REQUEST = ['generateContentRequest', 'generate_content_request'] as const;
const EMBEDDED_FIELDS = ['input', 'content', 'requests'] as const;

/** How much may still be looked at, and what the text seen so far came to. */
type Walk = { valuesLeft: number; seenChars: number; seenWeight: number };

/**
 * The tokens of a parsed request in OpenAI's format; at least 1. Looks at a bounded number of values and characters, so
 * that its time is bounded whatever is sent. Pictures, sound and files count as such and not as the base64 they are in.
 */
export function estimateInputTokens(body: JsonValue, operation: Operation): number {
  if (!isJsonObject(body)) return 1;
  return Math.max(1, Math.ceil(weighRequest(body, operation)));
}

/**
 * The tokens of an answer by what passed through: events with content (a token or more each) and their bytes. 0 only
 * when nothing was sent.
 */
export function estimateOutputTokens(output: {
  readonly contentBytes: number;
  readonly contentEvents?: number;
}): number {
  return Math.max(output.contentEvents ?? 0, estimateTokensOfBytes(output.contentBytes));
}

/** The tokens of text of which only the length in bytes is known. 0 only for none. */
export function estimateTokensOfBytes(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) / BYTES_PER_TOKEN);
}

function weighRequest(body: JsonObject, operation: Operation): number {
  const walk: Walk = { valuesLeft: VALUES_MAX, seenChars: 0, seenWeight: 0 };
  switch (operation) {
    case 'chat': {
      const messages = body['messages'] ?? body['contents'];
      const around = Array.isArray(messages) ? messages.length * TOKENS_PER_MESSAGE + TOKENS_PER_ANSWER : 0;
      return around + weighFields(walk, body, CHAT_FIELDS);
    }
    case 'completions':
      return weighPrompts(walk, body['prompt']) + weigh(walk, body['suffix'], 0);
    case 'embeddings':
      return EMBEDDED_FIELDS.reduce((weight, field) => weight + weighPrompts(walk, body[field]), 0);
    case 'speech':
      return weighPrompts(walk, body['input']);
    case 'count-tokens': {
      const wrapped = WRAPPED_REQUEST.map((field) => body[field]).find(isJsonObject);
      return weighRequest(wrapped ?? body, 'chat');
    }
    case 'images':
    case 'image-edits':
    case 'videos':
      return weighPrompts(walk, body['prompt']);
    case 'transcriptions':
    case 'translations':
      return 0;
    default:
      return assertNever(operation);
  }
}

function weighFields(walk: Walk, body: JsonObject, fields: readonly string[]): number {
  let weight = 0;
  for (const field of fields) weight += weigh(walk, body[field], 0);
  return weight;
}

/** A prompt is a text, a list of texts, or tokens already: a list of numbers, or a list of such lists. */
function weighPrompts(walk: Walk, prompts: JsonValue | undefined): number {
  if (!Array.isArray(prompts)) return weigh(walk, prompts, 0);
  if (typeof prompts[0] === 'number') return prompts.length;
  return weighList(walk, prompts, (prompt) =>
    isTokenList(prompt) ? prompt.length : Math.max(1, weigh(walk, prompt, 1)),
  );
}

function isTokenList(value: JsonValue): value is JsonValue[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

function weigh(walk: Walk, value: JsonValue | undefined, depth: number): number {
  walk.valuesLeft -= 1;
  if (value === undefined || value === null || depth > DEPTH_MAX) return 0;
  if (typeof value === 'string') return isDataUrl(value) ? weighDataUrl(value) : weighString(walk, value);
  if (typeof value !== 'object') return 1;
  if (Array.isArray(value)) return weighList(walk, value, (item) => weigh(walk, item, depth + 1));
  return weighObject(walk, value, depth);
}

function weighString(walk: Walk, text: string): number {
  if (walk.seenChars >= CHARS_MAX) return (walk.seenWeight / walk.seenChars) * text.length;
  const weight = weighText(text);
  walk.seenChars += text.length;
  walk.seenWeight += weight;
  return weight;
}

/** Adds up a list until the walk has seen enough; the rest is taken to be like what was seen. */
function weighList(walk: Walk, items: readonly JsonValue[], weighItem: (item: JsonValue) => number): number {
  let weight = 0;
  let seen = 0;
  for (const item of items) {
    if (walk.valuesLeft <= 0 && seen > 0) break;
    weight += weighItem(item);
    seen += 1;
  }
  return seen === 0 ? 0 : (weight / seen) * items.length;
}

function weighObject(walk: Walk, object: JsonObject, depth: number): number {
  let weight = 0;
  for (const key in object) {
    if (walk.valuesLeft <= 0) break;
    const value = object[key];
    if (key === 'image_url') weight += weighImage(value);
    else if (key === 'input_audio') weight += weighAudio(value);
    else if (key === 'file_data' && typeof value === 'string') weight += weighFile(value);
    else if (key === 'data' && typeof value === 'string') weight += weighBytes(walk, value, object);
    // A message's overhead holds its role.
    else if (key !== 'role') weight += weighField(walk, key, value, depth);
  }
  return weight;
}

function weighField(walk: Walk, key: string, value: JsonValue | undefined, depth: number): number {
  const name = key === 'content' || key === 'text' ? 0 : weighString(walk, key) + TOKENS_PER_VALUE;
  return name + weigh(walk, value, depth + 1);
}

function weighImage(image: JsonValue | undefined): number {
  return isJsonObject(image) && image['detail'] === 'low' ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
}

function weighAudio(audio: JsonValue | undefined): number {
  const data = isJsonObject(audio) ? audio['data'] : undefined;
  return typeof data === 'string' ? base64Bytes(data) / AUDIO_BYTES_PER_TOKEN + 1 : 1;
}

function weighFile(data: string): number {
  return base64Bytes(data) / FILE_BYTES_PER_TOKEN + 1;
}

/** Bytes as Anthropic's and AIGNE's formats write them, in base64 beside their media type. */
function weighBytes(walk: Walk, data: string, object: JsonObject): number {
  const mediaType = object['media_type'] ?? object['mimeType'] ?? object['mime_type'];
  if (typeof mediaType !== 'string' || data.length < BASE64_CHARS_MIN) return weighString(walk, data);
  if (mediaType.startsWith('image/')) return TOKENS_PER_IMAGE;
  return mediaType.startsWith('audio/') ? base64Bytes(data) / AUDIO_BYTES_PER_TOKEN + 1 : weighFile(data);
}

function isDataUrl(text: string): boolean {
  return (
    text.length >= BASE64_CHARS_MIN && text.startsWith('data:') && text.slice(0, BASE64_CHARS_MIN).includes(';base64,')
  );
}

function weighDataUrl(text: string): number {
  if (text.startsWith('data:image/')) return TOKENS_PER_IMAGE;
  return text.startsWith('data:audio/') ? base64Bytes(text) / AUDIO_BYTES_PER_TOKEN + 1 : weighFile(text);
}

/** Four characters of base64 hold three bytes. */
function base64Bytes(text: string): number {
  return (text.length / 4) * 3;
}
