import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';

export const CHAT_MODEL = 'simulated-chat';
export const EMBEDDING_MODEL = 'simulated-embedding';
export const EMBEDDING_DIMENSIONS = 64;

const ECHO_CHARACTERS_MAX = 400;

/** A chat's answer, word by word, the same for the same question, and plain about what it is. */
export function answerWords(messages: JsonValue | undefined): string[] {
  const question = lastUserText(messages).slice(0, ECHO_CHARACTERS_MAX);
  const text =
    `This is a simulated answer: no model was asked, and nothing left this machine. ` +
    (question === '' ? `You sent no text.` : `You wrote: “${question}”. `) +
    `Connect a provider, and the same request is answered by a real model.`;
  return text.match(/\S+\s*/g) ?? [];
}

/** About one token for four characters, at least one; the simulated provider’s own way to count. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** A unit vector that depends on nothing but the text. */
export function embed(text: string): number[] {
  const digest = createHash('sha512').update(text).digest();
  const values = Array.from(
    { length: EMBEDDING_DIMENSIONS },
    (_, index) => (digest[index % digest.length] ?? 0) - 127.5,
  );
  const length = Math.hypot(...values);
  return values.map((value) => Number((value / length).toFixed(6)));
}

/** The text of every message, as its tokens are counted. */
export function allText(messages: JsonValue | undefined): string {
  if (!Array.isArray(messages)) return typeof messages === 'string' ? messages : '';
  return messages.filter(isJsonObject).map(textOf).join('\n');
}

function lastUserText(messages: JsonValue | undefined): string {
  if (!Array.isArray(messages)) return typeof messages === 'string' ? messages : '';
  const last = messages.filter(isJsonObject).findLast((message) => message['role'] === 'user');
  return last === undefined ? '' : textOf(last);
}

function textOf(message: JsonObject): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isJsonObject)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join(' ');
}
