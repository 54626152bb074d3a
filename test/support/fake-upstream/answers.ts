import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts';
import { isJsonObject } from '../../../src/kernel/json.ts';

/** What a call used, in OpenAI's terms: `promptTokens` includes the cached ones. */
export type FakeUsage = {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
};

/** What the stand-in says: a function of the request alone, so that a test can compute it. */
export type FakeAnswer = {
  readonly id: string;
  readonly words: readonly string[];
  readonly toolCall: FakeToolCall | undefined;
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly usage: FakeUsage;
  /** How many choices were asked for (`n`). */
  readonly choices: number;
};

export type FakeToolCall = { readonly id: string; readonly name: string; readonly argumentsText: string };

const WORDS = [
  'The',
  'hub',
  'relays',
  'naïve',
  'bytes',
  '世界',
  'as',
  'they',
  'come',
  '👩‍👩‍👧',
  'and',
  'counts',
  'them',
  '—',
];
const DEFAULT_WORDS_MIN = 8;
const DEFAULT_WORDS_SPREAD = 24;
const CHOICES_MAX = 8;
const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 3;
/** Prompts below this are not cached, and caching counts in steps: https://platform.openai.com/docs/guides/prompt-caching */
const CACHED_PROMPT_TOKENS_MIN = 1024;
const CACHED_TOKENS_STEP = 128;
const EMBEDDING_DIMENSIONS_DEFAULT = 64;

/** Answers a chat or completions request. `words` decides the length of the answer where it is given. */
export function answerTo(
  body: JsonObject,
  input: { readonly serial: number; readonly words: number | undefined },
): FakeAnswer {
  const prompt = promptOf(body);
  const digest = createHash('sha256').update(prompt).digest();
  const isChat = body['messages'] !== undefined;
  const id = `${isChat ? 'chatcmpl' : 'cmpl'}-${idText(prompt, input.serial)}`;
  const promptTokens = promptTokensOf(body);
  const choices = Math.min(CHOICES_MAX, numberAt(body, 'n') ?? 1);
  const toolCall = isChat ? toolCallFor(body, idText(prompt, input.serial)) : undefined;
  const wanted =
    toolCall === undefined ? (input.words ?? DEFAULT_WORDS_MIN + (digest.readUInt8(0) % DEFAULT_WORDS_SPREAD)) : 0;
  const limit = numberAt(body, 'max_completion_tokens') ?? numberAt(body, 'max_tokens') ?? wanted;
  const length = Math.min(wanted, Math.max(1, limit));
  const words = Array.from({ length }, (_, index) => wordAt(digest, index));
  const answerTokens = toolCall === undefined ? length : tokensIn(toolCall.name) + tokensIn(toolCall.argumentsText);
  const usage = { promptTokens, cachedTokens: cachedTokensOf(promptTokens), completionTokens: answerTokens * choices };
  const finishReason = toolCall !== undefined ? 'tool_calls' : length < wanted ? 'length' : 'stop';
  return { id, words, toolCall, finishReason, usage, choices };
}

/** Prompt tokens as the stand-in counts them: a quarter of the text's bytes and three for each message. */
export function promptTokensOf(body: JsonObject): number {
  const messages = body['messages'];
  const perMessage = Array.isArray(messages) ? messages.length * TOKENS_PER_MESSAGE : 0;
  return tokensIn(promptOf(body)) + perMessage;
}

/** The answer to an embeddings request, ready to be sent. */
export function embeddingsFor(
  body: JsonObject,
  model: string,
): { readonly answer: JsonObject; readonly usage: FakeUsage } {
  const input = body['input'];
  const texts = Array.isArray(input) && !input.every((item) => typeof item === 'number') ? input : [input ?? ''];
  const dimensions = numberAt(body, 'dimensions') ?? EMBEDDING_DIMENSIONS_DEFAULT;
  const isBase64 = body['encoding_format'] === 'base64';
  const promptTokens = texts.reduce<number>((sum, text) => sum + tokensIn(JSON.stringify(text)), 0);
  const data = texts.map((text, index) => {
    const vector = vectorOf(JSON.stringify(text), dimensions);
    return { object: 'embedding', index, embedding: isBase64 ? base64Of(vector) : vector };
  });
  return {
    answer: { object: 'list', data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } },
    usage: { promptTokens, cachedTokens: 0, completionTokens: 0 },
  };
}

function promptOf(body: JsonObject): string {
  const messages = body['messages'];
  if (Array.isArray(messages)) return messages.map((message) => textOf(message)).join('\n');
  const prompt = body['prompt'];
  return typeof prompt === 'string' ? prompt : JSON.stringify(prompt ?? '');
}

function textOf(message: JsonValue | undefined): string {
  if (!isJsonObject(message)) return '';
  const content = message['content'];
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

/** A tool is called when the caller requires it, or when the last message is the user's and names the tool. */
function toolCallFor(body: JsonObject, idPart: string): FakeToolCall | undefined {
  const { tools, messages } = body;
  if (!Array.isArray(tools) || !Array.isArray(messages) || body['tool_choice'] === 'none') return undefined;
  const last = messages.at(-1);
  if (!isJsonObject(last) || last['role'] !== 'user') return undefined;
  const isRequired = body['tool_choice'] === 'required' || isJsonObject(body['tool_choice']);
  for (const tool of tools) {
    const definition = isJsonObject(tool) ? tool['function'] : undefined;
    if (!isJsonObject(definition) || typeof definition['name'] !== 'string') continue;
    const name = definition['name'];
    if (!isRequired && !textOf(last).includes(name)) continue;
    return {
      id: `call_${idPart.slice(0, 24)}`,
      name,
      argumentsText: JSON.stringify(argumentsFor(definition['parameters'])),
    };
  }
  return undefined;
}

function argumentsFor(schema: JsonValue | undefined): JsonObject {
  const properties = isJsonObject(schema) ? schema['properties'] : undefined;
  if (!isJsonObject(properties)) return {};
  const filled: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) filled[name] = sampleOf(property);
  return filled;
}

function sampleOf(schema: JsonValue | undefined): JsonValue {
  if (!isJsonObject(schema)) return 'sample';
  const { enum: choices, type } = schema;
  if (Array.isArray(choices)) return choices[0] ?? null;
  if (type === 'integer' || type === 'number') return 7;
  if (type === 'boolean') return true;
  if (type === 'array') return [sampleOf(schema['items'])];
  return type === 'object' ? argumentsFor(schema) : 'sample “text”';
}

function wordAt(digest: Buffer, index: number): string {
  const word = WORDS[digest.readUInt8(index % digest.length) % WORDS.length] ?? 'word';
  return index === 0 ? word : ` ${word}`;
}

function cachedTokensOf(promptTokens: number): number {
  if (promptTokens < CACHED_PROMPT_TOKENS_MIN) return 0;
  return Math.floor(promptTokens / 2 / CACHED_TOKENS_STEP) * CACHED_TOKENS_STEP;
}

function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

function idText(prompt: string, serial: number): string {
  return createHash('sha256').update(`${serial}:${prompt}`).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, 29);
}

function vectorOf(text: string, dimensions: number): number[] {
  const digest = createHash('sha256').update(text).digest();
  const raw = Array.from({ length: dimensions }, (_, index) => {
    // A word of the digest, spread by the index, so that long vectors do not repeat.
    const word = digest.readUInt16LE((index * 2) % digest.length);
    return ((word * (index + 1)) % 65_536) / 32_768 - 1;
  });
  const norm = Math.hypot(...raw) || 1;
  return raw.map((value) => Math.fround(value / norm));
}

function base64Of(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}

function numberAt(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' ? value : undefined;
}
