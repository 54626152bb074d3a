import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatMessage, InputPart, OutputPart, TextPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import {
  at,
  invalid,
  optionalObjects,
  optionalString,
  requiredList,
  requiredObject,
  requiredString,
} from '../fields.ts';
import { type Caching, readMarker, withMarker } from './cache-config.ts';
import { decodeFile } from './decode-file.ts';
import { type CallMetadata, decodeMetadata } from './tool-metadata.ts';

/**
 * The messages of `input.messages`: https://www.aigne.io/framework (types `ChatModelInputMessage`, `UnionContent`).
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeMessages(input: JsonObject, caching: Caching): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const [index, message] of requiredList(input, 'messages', 'input').entries()) {
    const where = `input.messages[${index}]`;
    if (!isJsonObject(message)) throw invalid(where, 'must be an object');
    const decoded = decodeMessage(message, where, caching);
    // A marker on the message means its last part.
    const marker = readMarker(message, where, caching);
    appendMessage(messages, marker === undefined ? decoded : withMarker(decoded, marker));
  }
  return messages;
}

/**
 * Agents send the text of a turn and its calls as two messages. Reasoning that comes with the calls goes before that text
 * again: a provider that signed it wants the turn to begin with it.
 * https://docs.claude.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks
 */
function appendMessage(messages: ChatMessage[], message: ChatMessage): void {
  const before = messages.at(-1);
  const beginsWithReasoning = message.role === 'assistant' && message.parts[0]?.type === 'reasoning';
  if (!beginsWithReasoning || before?.role !== 'assistant' || before.parts.some(({ type }) => type === 'tool-call')) {
    messages.push(message);
    return;
  }
  const firstOther = message.parts.findIndex(({ type }) => type !== 'reasoning');
  const split = firstOther === -1 ? message.parts.length : firstOther;
  const parts = [...message.parts.slice(0, split), ...before.parts, ...message.parts.slice(split)];
  messages[messages.length - 1] = { ...message, parts };
}

function decodeMessage(message: JsonObject, where: string, caching: Caching): ChatMessage {
  const name = optionalString(message, 'name', where);
  const named = name === undefined ? {} : { name };
  switch (requiredString(message, 'role', where)) {
    case 'system':
      return { role: 'system', ...named, parts: decodeContent(message, where, caching).map(textOnly(where)) };
    case 'user':
      requireContent(message, where);
      return { role: 'user', ...named, parts: decodeContent(message, where, caching) };
    case 'agent':
      return { role: 'assistant', ...named, parts: decodeAgentParts(message, where, caching) };
    case 'tool':
      requireContent(message, where);
      return {
        role: 'tool',
        callId: requiredString(message, 'toolCallId', where),
        ...named,
        parts: decodeContent(message, where, caching),
      };
    default:
      throw invalid(at(where, 'role'), 'must be `system`, `user`, `agent` or `tool`');
  }
}

function requireContent(message: JsonObject, where: string): void {
  const { content } = message;
  if (content === undefined || content === null) {
    throw invalid(at(where, 'content'), 'must be a string or a list of parts');
  }
}

function decodeContent(message: JsonObject, where: string, caching: Caching): readonly InputPart[] {
  const { content } = message;
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const path = at(where, 'content');
  if (!Array.isArray(content)) throw invalid(path, 'must be a string or a list of parts');
  return content.map((part, index) => {
    if (!isJsonObject(part)) throw invalid(at(path, index), 'must be an object');
    return decodePart(part, at(path, index), caching);
  });
}

function decodePart(part: JsonObject, where: string, caching: Caching): InputPart {
  const cache = readMarker(part, where, caching);
  switch (requiredString(part, 'type', where)) {
    case 'text':
      return { type: 'text', text: requiredString(part, 'text', where), ...(cache === undefined ? {} : { cache }) };
    case 'file':
    case 'url':
      return decodeFile(part, where, cache);
    case 'local':
      throw invalid(at(where, 'path'), 'lies on the caller’s own machine: send the bytes as a part of type `file`');
    default:
      throw invalid(at(where, 'type'), 'must be `text`, `file` or `url`');
  }
}

function textOnly(where: string): (part: InputPart, index: number) => TextPart {
  return (part, index) => {
    if (part.type !== 'text') throw invalid(`${where}.content[${index}]`, 'must be text in a system message');
    return part;
  };
}

/** Reasoning that led to the first call comes first, as it was said; then the text; then the calls. */
function decodeAgentParts(message: JsonObject, where: string, caching: Caching): readonly OutputPart[] {
  const calls = (optionalObjects(message, 'toolCalls', where) ?? []).map((call, index) =>
    decodeCall(call, `${where}.toolCalls[${index}]`),
  );
  const content = decodeContent(message, where, caching).map((part, index) => {
    if (part.type === 'file')
      throw invalid(`${where}.content[${index}]`, 'must be text or a picture in a message of an agent');
    return isThought(message, index) && part.type === 'text' ? ({ type: 'reasoning', text: part.text } as const) : part;
  });
  const [first] = calls;
  if (first === undefined) return content;
  return [
    ...first.metadata.reasoning,
    ...content.filter((part) => part.type !== 'text' || part.text !== ''),
    first.part,
    ...calls.slice(1).flatMap(({ metadata, part }) => [...metadata.reasoning, part]),
  ];
}

/** Whether a part of the content is marked as something that the agent only thought. */
function isThought({ content }: JsonObject, index: number): boolean {
  const part = Array.isArray(content) ? content[index] : undefined;
  return isJsonObject(part) && part['isThinking'] === true;
}

function decodeCall(call: JsonObject, where: string): { readonly part: ToolCallPart; readonly metadata: CallMetadata } {
  const fn = requiredObject(call, 'function', where);
  const metadata = decodeMetadata(call['metadata']);
  const { opaque } = metadata;
  return {
    metadata,
    part: {
      type: 'tool-call',
      id: requiredString(call, 'id', where),
      name: requiredString(fn, 'name', `${where}.function`),
      arguments: decodeArguments(fn, where),
      kind: 'function',
      ...(opaque === undefined ? {} : { opaque }),
    },
  };
}

/** An object; text is taken as it is, since answers hold it where a model wrote arguments that are no object. */
function decodeArguments(fn: JsonObject, where: string): string {
  const value = fn['arguments'];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) throw invalid(`${where}.function.arguments`, 'must be an object');
  return JSON.stringify(value);
}
