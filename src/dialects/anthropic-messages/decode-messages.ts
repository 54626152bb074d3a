import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type {
  ChatMessage,
  ForeignPart,
  InputPart,
  OutputPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from '../../protocol/chat-parts.ts';
import { unpackOpaque } from '../carried-opaque.ts';
import { at, invalid, optionalBoolean, optionalObjects, requiredObject, requiredString } from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { decodeCallId } from './call-ids.ts';
import { blocksOf, cacheOf, decodeContent, decodeInput, decodeText, foreignPart } from './decode-parts.ts';
import { DIALECT } from './names.ts';

/** The conversation: https://docs.anthropic.com/en/api/messages#body-messages */

const MESSAGE_FIELDS = new Set(['role', 'content']);
const CALL_FIELDS = new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller']);
const RESULT_FIELDS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** The system prompt and the messages, in their order. @throws GatewayError `request.invalid` */
export function decodeMessages(body: JsonObject, unexpressed: Unexpressed): readonly ChatMessage[] {
  const messages = optionalObjects(body, 'messages');
  if (messages === undefined || messages.length === 0) throw invalid('messages', 'must be a list that is not empty');
  const names: Names = new Map();
  return [
    ...decodeSystem(body, unexpressed),
    ...messages.flatMap((message, index) => decodeMessage(message, at('messages', index), { names, unexpressed })),
  ];
}

/** The names of the functions called so far, by the ids of their calls: results do not tell them. */
type Names = Map<string, string>;

type Reading = { readonly names: Names; readonly unexpressed: Unexpressed };

function decodeSystem(body: JsonObject, unexpressed: Unexpressed): readonly ChatMessage[] {
  const { system } = body;
  if (system === undefined || system === null) return [];
  const parts = decodeSystemParts(blocksOf(system, 'system'), 'system', unexpressed);
  return parts.length === 0 ? [] : [{ role: 'system', parts }];
}

function decodeSystemParts(
  blocks: readonly JsonObject[],
  where: string,
  unexpressed: Unexpressed,
): readonly (TextPart | ForeignPart)[] {
  return blocks.map((block, index) => {
    const type = requiredString(block, 'type', at(where, index));
    return type === 'text' ? decodeText(block, at(where, index), unexpressed) : foreignPart(type, block);
  });
}

function decodeMessage(message: JsonObject, where: string, reading: Reading): readonly ChatMessage[] {
  reading.unexpressed.addRest(message, MESSAGE_FIELDS, 'messages');
  const role = requiredString(message, 'role', where);
  const content = at(where, 'content');
  switch (role) {
    case 'user':
      return decodeUser(blocksOf(message['content'], content), content, reading);
    case 'assistant':
      return [{ role, parts: decodeAssistant(blocksOf(message['content'], content), content, reading) }];
    case 'system': {
      // A message may hold nothing but settings, of which `unexpressed` tells.
      const blocks = message['content'] === undefined ? [] : blocksOf(message['content'], content);
      const parts = decodeSystemParts(blocks, content, reading.unexpressed);
      return parts.length === 0 ? [] : [{ role, parts }];
    }
    default:
      throw invalid(at(where, 'role'), 'must be `user`, `assistant` or `system`');
  }
}

/** A user's turn holds the results of tools beside what the user says; each result is a message of its own. */
function decodeUser(blocks: readonly JsonObject[], where: string, reading: Reading): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  let parts: InputPart[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block['type'] !== 'tool_result') {
      parts.push(decodeInput(block, at(where, index), reading.unexpressed));
      continue;
    }
    if (parts.length > 0) messages.push({ role: 'user', parts });
    parts = [];
    messages.push(decodeResult(block, at(where, index), reading));
  }
  if (parts.length > 0 || messages.length === 0) messages.push({ role: 'user', parts });
  return messages;
}

function decodeResult(block: JsonObject, where: string, { names, unexpressed }: Reading): ChatMessage {
  unexpressed.addRest(block, RESULT_FIELDS, 'messages.tool');
  const { id } = decodeCallId(requiredString(block, 'tool_use_id', where));
  const name = names.get(id);
  const isError = optionalBoolean(block, 'is_error', where);
  return {
    role: 'tool',
    callId: id,
    ...(name === undefined ? {} : { name }),
    parts: decodeContent(block['content'], at(where, 'content'), unexpressed),
    ...(isError === undefined ? {} : { isError }),
    ...cacheOf(block, where),
  };
}

function decodeAssistant(blocks: readonly JsonObject[], where: string, reading: Reading): readonly OutputPart[] {
  return blocks.map((block, index): OutputPart => {
    const place = at(where, index);
    const type = requiredString(block, 'type', place);
    switch (type) {
      case 'text':
        return decodeText(block, place, reading.unexpressed);
      case 'thinking':
        return decodeThinking(block, place);
      case 'redacted_thinking':
        return {
          type: 'reasoning',
          text: '',
          opaque: unpackOpaque(requiredString(block, 'data', place), DIALECT, 'redacted'),
        };
      case 'tool_use':
        return decodeCall(block, place, reading);
      default:
        return foreignPart(type, block);
    }
  });
}

/** A signature that is empty is none: reasoning of a model that signs nothing reached the caller that way. */
function decodeThinking(block: JsonObject, where: string): ReasoningPart {
  const text = requiredString(block, 'thinking', where);
  const { signature } = block;
  if (typeof signature !== 'string' || signature === '') return { type: 'reasoning', text };
  return { type: 'reasoning', text, opaque: unpackOpaque(signature, DIALECT, 'signature') };
}

function decodeCall(block: JsonObject, where: string, { names, unexpressed }: Reading): ToolCallPart {
  unexpressed.addRest(block, CALL_FIELDS, 'messages.tool-call');
  const { caller } = block;
  // Every call that the model made itself says `direct`; any other was made by a program at the provider.
  if (isJsonObject(caller) && caller['type'] !== 'direct') unexpressed.add('messages.tool-call.caller', caller);
  const { id, opaque } = decodeCallId(requiredString(block, 'id', where));
  const name = requiredString(block, 'name', where);
  names.set(id, name);
  return {
    type: 'tool-call',
    id,
    name,
    arguments: JSON.stringify(requiredObject(block, 'input', where)),
    kind: 'function',
    ...cacheOf(block, where),
    ...(opaque === undefined ? {} : { opaque }),
  };
}
