import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatMessage, OutputPart, TextPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import { unpackCallId } from '../carried-opaque.ts';
import { at, invalid, optionalObject, optionalObjects, optionalString, requiredString } from '../fields.ts';
import { readCallSignature } from './call-signature.ts';
import { readAnnotation } from './citations.ts';
import {
  decodeForeign,
  decodeImage,
  decodeInputParts,
  decodeText,
  decodeTextParts,
  mediaSource,
  readCache,
  wireParts,
} from './decode-parts.ts';
import { type Leftovers, noteLeftovers } from './leftovers.ts';
import { OPENAI_CHAT } from './name.ts';
import { readDetails } from './reasoning-details.ts';

const COMMON_FIELDS = ['role', 'content', 'name', 'cache_control'];
const PLAIN_FIELDS = new Set(COMMON_FIELDS);
const TOOL_FIELDS = new Set([...COMMON_FIELDS, 'tool_call_id']);
/** What an assistant's turn has, and what clients send back of an answer that says nothing new. */
const ASSISTANT_FIELDS = new Set([
  ...COMMON_FIELDS,
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'annotations',
  'images',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
]);
const CALL_FIELDS = new Set(['id', 'type', 'index', 'function', 'custom', 'extra_content', 'cache_control']);

/** What earlier messages said that later ones refer to. */
type Memory = {
  readonly calls: Map<string, ToolCallPart>;
  /** The id of the last call of each function, for results in the older form, which name the function alone. */
  readonly legacyIds: Map<string, string>;
  readonly leftovers: Leftovers;
};

/**
 * The conversation: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeMessages(messages: readonly JsonValue[], leftovers: Leftovers): ChatMessage[] {
  const memory: Memory = { calls: new Map(), legacyIds: new Map(), leftovers };
  return messages.map((message, index) => {
    const where = at('messages', index);
    if (!isJsonObject(message)) throw invalid(where, 'must be an object');
    return decodeMessage(message, { where, index }, memory);
  });
}

type Place = { readonly where: string; readonly index: number };

function decodeMessage(message: JsonObject, place: Place, memory: Memory): ChatMessage {
  const { where } = place;
  const role = requiredString(message, 'role', where);
  const content = at(where, 'content');
  const { leftovers } = memory;
  switch (role) {
    case 'system':
    case 'developer': {
      noteLeftovers(message, PLAIN_FIELDS, { path: 'messages', leftovers });
      const parts = decodeTextParts(message['content'], content, leftovers);
      return { role, name: optionalString(message, 'name', where), parts: markLast(parts, message) };
    }
    case 'user': {
      noteLeftovers(message, PLAIN_FIELDS, { path: 'messages', leftovers });
      const parts = decodeInputParts(message['content'], content, leftovers);
      return { role, name: optionalString(message, 'name', where), parts: markLast(parts, message) };
    }
    case 'assistant':
      return decodeAssistant(message, place, memory);
    case 'tool':
      return decodeToolResult(message, where, memory);
    case 'function':
      return decodeFunctionResult(message, where, memory);
    default:
      throw invalid(at(where, 'role'), 'must be system, developer, user, assistant, tool or function');
  }
}

/** A cache marker of the whole message is one behind its last part. */
function markLast<Part extends { readonly type: string }>(parts: Part[], message: JsonObject): Part[] {
  const cache = readCache(message);
  const last = parts.at(-1);
  if (cache !== undefined && last?.type === 'text') parts[parts.length - 1] = { ...last, cache };
  return parts;
}

function decodeAssistant(message: JsonObject, { where, index }: Place, memory: Memory): ChatMessage {
  noteLeftovers(message, ASSISTANT_FIELDS, { path: 'messages', leftovers: memory.leftovers });
  const parts: OutputPart[] = [...decodeReasoning(message, where), ...decodeContent(message, where, memory.leftovers)];
  const refusal = optionalString(message, 'refusal', where);
  if (refusal !== undefined && refusal !== '') parts.push({ type: 'refusal', text: refusal });
  for (const image of optionalObjects(message, 'images', where) ?? []) {
    const url = isJsonObject(image['image_url']) ? image['image_url']['url'] : undefined;
    if (typeof url === 'string') parts.push({ type: 'image', source: mediaSource(url) });
  }
  const audio = optionalObject(message, 'audio', where);
  if (audio !== undefined) parts.push({ type: 'foreign', dialect: OPENAI_CHAT, kind: 'audio', value: { audio } });
  for (const [place, call] of (optionalObjects(message, 'tool_calls', where) ?? []).entries()) {
    const part = decodeCall(call, at(at(where, 'tool_calls'), place), memory.leftovers);
    memory.calls.set(part.id, part);
    parts.push(part);
  }
  const legacy = optionalObject(message, 'function_call', where);
  if (legacy !== undefined) {
    const name = requiredString(legacy, 'name', at(where, 'function_call'));
    // The older form has no ids, and no two calls in one turn.
    const id = `call_${index}`;
    memory.legacyIds.set(name, id);
    parts.push({ type: 'tool-call', id, name, arguments: argumentsOf(legacy['arguments']), kind: 'function' });
  }
  return { role: 'assistant', name: optionalString(message, 'name', where), parts };
}

/**
 * Reasoning that comes back under the names by which providers give it: `reasoning_content` (DeepSeek, Moonshot, Qwen:
 * https://api-docs.deepseek.com/guides/thinking_mode) or `reasoning` and `reasoning_details` (OpenRouter).
 */
function decodeReasoning(message: JsonObject, where: string): OutputPart[] {
  const details = readDetails(message['reasoning_details']);
  if (details.some(({ text }) => text !== '')) return [...details];
  const text = optionalString(message, 'reasoning_content', where) ?? readableReasoning(message['reasoning']);
  return text === undefined || text === '' ? [...details] : [{ type: 'reasoning', text }, ...details];
}

function readableReasoning(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function decodeContent(message: JsonObject, where: string, leftovers: Leftovers): OutputPart[] {
  const { content } = message;
  if (content === undefined || content === null) return [];
  const parts = wireParts(content, at(where, 'content')).flatMap((wire): OutputPart[] => {
    switch (wire.type) {
      case 'text':
        return [decodeText(wire, leftovers)];
      case 'refusal':
        return [{ type: 'refusal', text: requiredString(wire.part, 'refusal', wire.where) }];
      case 'image_url':
        return [decodeImage(wire, leftovers)];
      case 'thinking':
        return [{ type: 'reasoning', text: thinkingText(wire.part['thinking']) }];
      default:
        return [decodeForeign(wire)];
    }
  });
  return withCitations(markLast(parts, message), message['annotations']);
}

/** Mistral thinks in a part of its own: https://docs.mistral.ai/capabilities/reasoning/ */
export function thinkingText(thinking: JsonValue | undefined): string {
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking
    .map((piece) => (isJsonObject(piece) && typeof piece['text'] === 'string' ? piece['text'] : ''))
    .join('');
}

function withCitations(parts: OutputPart[], annotations: JsonValue | undefined): OutputPart[] {
  if (!Array.isArray(annotations)) return parts;
  const citations = annotations.flatMap((annotation) => readAnnotation(annotation) ?? []);
  const place = parts.findLastIndex(({ type }) => type === 'text');
  const text = parts[place];
  if (citations.length > 0 && text?.type === 'text') {
    // The kind was just looked at.
    parts[place] = { ...text, citations } satisfies TextPart;
  }
  return parts;
}

function decodeCall(call: JsonObject, where: string, leftovers: Leftovers): ToolCallPart {
  noteLeftovers(call, CALL_FIELDS, { path: 'messages.tool_calls', leftovers });
  const { id, opaque } = unpackCallId(requiredString(call, 'id', where));
  const common = { type: 'tool-call', id, cache: readCache(call), opaque: readCallSignature(call) ?? opaque } as const;
  const custom = optionalObject(call, 'custom', where);
  if (call['type'] === 'custom' && custom !== undefined) {
    const place = at(where, 'custom');
    const input = optionalString(custom, 'input', place) ?? '';
    return { ...common, name: requiredString(custom, 'name', place), arguments: input, kind: 'custom' };
  }
  const called = optionalObject(call, 'function', where);
  if (called === undefined) throw invalid(at(where, 'function'), 'must be an object');
  return {
    ...common,
    name: requiredString(called, 'name', at(where, 'function')),
    arguments: argumentsOf(called['arguments']),
    kind: 'function',
  };
}

/** Some clients keep the arguments as the object that they parsed. */
function argumentsOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function decodeToolResult(message: JsonObject, where: string, memory: Memory): ChatMessage {
  noteLeftovers(message, TOOL_FIELDS, { path: 'messages', leftovers: memory.leftovers });
  const { id } = unpackCallId(requiredString(message, 'tool_call_id', where));
  const call = memory.calls.get(id);
  return {
    role: 'tool',
    callId: id,
    name: optionalString(message, 'name', where) ?? call?.name,
    parts: resultParts(message, where, memory.leftovers),
    kind: call?.kind === 'custom' ? 'custom' : undefined,
    cache: readCache(message),
  };
}

function decodeFunctionResult(message: JsonObject, where: string, memory: Memory): ChatMessage {
  noteLeftovers(message, PLAIN_FIELDS, { path: 'messages', leftovers: memory.leftovers });
  const name = requiredString(message, 'name', where);
  const callId = memory.legacyIds.get(name);
  if (callId === undefined) throw invalid(at(where, 'name'), 'must name a function that was called before');
  return { role: 'tool', callId, name, parts: resultParts(message, where, memory.leftovers) };
}

function resultParts(message: JsonObject, where: string, leftovers: Leftovers) {
  const { content } = message;
  // A result may be nothing at all.
  return content === undefined || content === null ? [] : decodeInputParts(content, at(where, 'content'), leftovers);
}
