import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ChatMessage } from '../../protocol/chat-parts.ts';
import { addCachePoint } from './cache-points.ts';
import { callIdOf } from './call-ids.ts';
import { encodeAnsweredPart } from './encode-answered-parts.ts';
import { addTextForDocuments, encodeInputPart } from './encode-input-parts.ts';
import { DIALECT, type Encoding } from './encoding.ts';

export type EncodedConversation = {
  readonly system: JsonObject[];
  readonly messages: JsonObject[];
  /** Names of the tools that were called. */
  readonly toolNames: ReadonlySet<string>;
};

type Turn = { readonly role: 'user' | 'assistant'; readonly content: JsonObject[] };
type MessageOf<Role extends ChatMessage['role']> = Extract<ChatMessage, { readonly role: Role }>;

/**
 * Instructions stand apart from the turns, and turns of user and assistant follow one another in alternation: messages of
 * one side become one turn, and a tool's results belong to the user's.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html
 */
export function encodeMessages(encoding: Encoding): EncodedConversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  const toolNames = new Set<string>();
  for (const message of encoding.request.messages) {
    switch (message.role) {
      case 'system':
      case 'developer':
        if (turns.length > 0) {
          encoding.losses.add('messages.role', 'instructions within the conversation are moved to its beginning');
        }
        encodeInstructions(encoding, message, system);
        break;
      case 'user':
        encodeUser(encoding, message, contentOf(turns, 'user'));
        break;
      case 'assistant':
        encodeAssistant(encoding, message, contentOf(turns, 'assistant'));
        for (const part of message.parts) if (part.type === 'tool-call') toolNames.add(part.name);
        break;
      case 'tool':
        encodeToolResult(encoding, message, contentOf(turns, 'user'));
        if (message.name !== undefined) toolNames.add(message.name);
        break;
      default:
        assertNever(message);
    }
  }
  const messages = turns.filter(({ content }) => content.length > 0);
  for (const { role, content } of messages) if (role === 'user') addTextForDocuments(content);
  const last = messages.findLast(({ role }) => role === 'user');
  if (last !== undefined) addCachePoint(encoding, last.content, encoding.request.cache);
  return { system, messages, toolNames };
}

/** The blocks of the turn that goes on, or of a new one. */
function contentOf(turns: Turn[], role: Turn['role']): JsonObject[] {
  // A turn to which nothing came parts nobody.
  while (turns.at(-1)?.content.length === 0) turns.pop();
  const last = turns.at(-1);
  if (last?.role === role) return last.content;
  const content: JsonObject[] = [];
  turns.push({ role, content });
  return content;
}

function encodeInstructions(
  encoding: Encoding,
  { parts, name }: MessageOf<'system' | 'developer'>,
  system: JsonObject[],
): void {
  encoding.losses.addIf(name, 'messages.name', 'Bedrock names no speakers');
  for (const part of parts) {
    if (part.type === 'foreign') {
      if (part.dialect === DIALECT) system.push(part.value);
      else encoding.losses.add('messages.foreign', `Bedrock has no ${part.kind}`);
      continue;
    }
    if (part.text.trim() !== '') system.push({ text: part.text });
    addCachePoint(encoding, system, part.cache);
  }
}

function encodeUser(encoding: Encoding, { parts, name }: MessageOf<'user'>, content: JsonObject[]): void {
  encoding.losses.addIf(name, 'messages.name', 'Bedrock names no speakers');
  for (const part of parts) {
    const block = encodeInputPart(encoding, part);
    if (block !== undefined) content.push(block);
    if ('cache' in part) addCachePoint(encoding, content, part.cache);
  }
}

function encodeAssistant(encoding: Encoding, { parts, name }: MessageOf<'assistant'>, content: JsonObject[]): void {
  encoding.losses.addIf(name, 'messages.name', 'Bedrock names no speakers');
  for (const part of parts) {
    const block = encodeAnsweredPart(encoding, part);
    if (block !== undefined) content.push(block);
    if ('cache' in part) addCachePoint(encoding, content, part.cache);
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html */
function encodeToolResult(encoding: Encoding, message: MessageOf<'tool'>, content: JsonObject[]): void {
  const { family, losses } = encoding;
  const blocks: JsonObject[] = [];
  for (const part of message.parts) {
    const block = part.type === 'audio' ? undefined : encodeInputPart(encoding, part);
    if (part.type === 'audio') losses.add('messages.audio', 'Bedrock takes no sound as the result of a tool');
    if (block !== undefined) blocks.push(block);
    if ('cache' in part && part.cache !== undefined) {
      losses.add('cache', 'Bedrock takes no cache point within the result of a tool');
    }
  }
  const isError = message.isError === true && family.toolStatus;
  if (message.isError === true && !isError) losses.add('messages.isError', 'the model takes no status of a result');
  const toolUseId = callIdOf(encoding, message.callId);
  content.push({ toolResult: { toolUseId, content: blocks, status: isError ? 'error' : undefined } });
  addCachePoint(encoding, content, message.cache);
}
