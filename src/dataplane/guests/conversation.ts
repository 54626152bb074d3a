import { at, invalid, requiredString } from '../../dialects/fields.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatMessage } from '../../protocol/chat-parts.ts';

/** What a visitor asks of a model: what both have said so far, the visitor last. */
export type Conversation = { readonly model: string; readonly messages: readonly Said[] };

type Said = { readonly role: 'user' | 'assistant'; readonly content: string };

/** Each question is paid for with all that was said before it. */
export const MESSAGES_MAX = 40;
export const CHARACTERS_MAX = 16_000;

/** @throws GatewayError `request.invalid` for anything but a model and texts */
export function readConversation(body: JsonObject): Conversation {
  assertNothingElse(body, ['model', 'messages'], '');
  const model = requiredString(body, 'model');
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) throw invalid('messages', 'must be a list of messages');
  if (messages.length > MESSAGES_MAX) throw invalid('messages', `must hold ${MESSAGES_MAX} messages at most`);
  const said = messages.map((message, index) => readMessage(message, at('messages', index)));
  const characters = said.reduce((sum, { content }) => sum + content.length, 0);
  if (characters > CHARACTERS_MAX) throw invalid('messages', `must hold ${CHARACTERS_MAX} characters at most`);
  if (said.at(-1)?.role !== 'user') throw invalid('messages', 'must end with what the visitor says');
  return { model, messages: said };
}

export function messagesOf({ messages }: Conversation): readonly ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, parts: [{ type: 'text', text: content }] }));
}

function readMessage(message: JsonValue, where: string): Said {
  if (!isJsonObject(message)) throw invalid(where, 'must be an object');
  assertNothingElse(message, ['role', 'content'], where);
  const role = requiredString(message, 'role', where);
  if (role !== 'user' && role !== 'assistant') throw invalid(at(where, 'role'), 'must be `user` or `assistant`');
  const content = requiredString(message, 'content', where);
  if (content.trim() === '') throw invalid(at(where, 'content'), 'must not be empty');
  return { role, content };
}

function assertNothingElse(object: JsonObject, known: readonly string[], where: string): void {
  const other = Object.keys(object).find((key) => !known.includes(key));
  if (other !== undefined) throw invalid(at(where, other.slice(0, 64)), 'is not known here');
}
