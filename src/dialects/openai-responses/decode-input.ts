import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ChatMessage, ForeignPart, InputPart, OutputPart, TextPart } from '../../protocol/chat-parts.ts';
import { unpackCallId } from '../carried-opaque.ts';
import { at, invalid, optionalObjects, optionalString, requiredString } from '../fields.ts';
import { type ContentPart, decodeContent, foreignOf } from './decode-content.ts';
import { type NoteExtra, noteLeftovers } from './leftovers.ts';
import { unpackReasoning } from './reasoning-item.ts';

/** Fields of items with a common name, and those that tell nothing to anybody but their own provider. */
const KNOWN: ReadonlySet<string> = new Set([
  'type',
  'id',
  'status',
  'role',
  'content',
  'call_id',
  'name',
  'arguments',
  'input',
  'output',
  'summary',
  'encrypted_content',
]);
/** That the model itself made a call, and no program of its, goes without saying. */
const KNOWN_WITH_CALLER: ReadonlySet<string> = new Set([...KNOWN, 'caller']);

/**
 * The conversation: `instructions` first, then the items in their order. What the model said and did between two turns of
 * others (its thoughts, words and calls) is one message of the assistant.
 * https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
 *
 * @throws GatewayError `request.invalid` with the item that is wrong; `request.not_held` for one that is only named
 */
export function decodeInput(body: JsonObject, noteExtra: NoteExtra): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  const instructions = optionalString(body, 'instructions');
  if (instructions !== undefined) messages.push({ role: 'system', parts: [{ type: 'text', text: instructions }] });
  const { input } = body;
  if (typeof input === 'string') {
    messages.push({ role: 'user', parts: [{ type: 'text', text: input }] });
    return messages;
  }
  const items = optionalObjects(body, 'input');
  if (items === undefined) throw invalid('input', 'must be a string or a list of items');
  const reader = new ItemReader(messages, noteExtra);
  for (const [index, item] of items.entries()) reader.read(item, at('input', index));
  reader.endTurn();
  return messages;
}

class ItemReader {
  readonly #messages: ChatMessage[];
  readonly #noteExtra: NoteExtra;
  readonly #names = new Map<string, string>();
  #turn: OutputPart[] = [];

  constructor(messages: ChatMessage[], noteExtra: NoteExtra) {
    this.#messages = messages;
    this.#noteExtra = noteExtra;
  }

  /** Ends the assistant's turn. */
  endTurn(): void {
    if (this.#turn.length === 0) return;
    this.#messages.push({ role: 'assistant', parts: this.#turn });
    this.#turn = [];
  }

  read(item: JsonObject, where: string): void {
    const type = item['type'] ?? (item['role'] === undefined ? 'item_reference' : 'message');
    if (typeof type !== 'string') throw invalid(`${where}.type`, 'must be a string');
    switch (type) {
      case 'message':
        this.#noteLeftovers(item);
        return this.#readMessage(item, where);
      case 'reasoning':
        this.#noteLeftovers(item);
        return this.#readReasoning(item, where);
      case 'function_call':
      case 'custom_tool_call':
        this.#noteLeftovers(item);
        return this.#readCall(item, where, type === 'custom_tool_call' ? 'custom' : 'function');
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#noteLeftovers(item);
        return this.#readResult(item, where, type === 'custom_tool_call_output' ? 'custom' : 'function');
      case 'item_reference':
        throw new GatewayError('request.not_held', { param: `${where}.id` });
      default:
        // Tools that the provider runs, their results, and whatever comes next.
        this.#turn.push(foreignOf(item, type));
    }
  }

  #noteLeftovers(item: JsonObject): void {
    const isDirect = isJsonObject(item['caller']) && item['caller']['type'] === 'direct';
    noteLeftovers(item, isDirect ? KNOWN_WITH_CALLER : KNOWN, { path: 'messages.', noteExtra: this.#noteExtra });
  }

  #readMessage(item: JsonObject, where: string): void {
    const role = requiredString(item, 'role', where);
    const parts = decodeContent({ object: item, key: 'content', where }, this.#noteExtra);
    switch (role) {
      case 'assistant':
        this.#turn.push(...parts.map((part, index) => assistantPart(part, `${where}.content[${index}]`)));
        return;
      case 'user':
        this.endTurn();
        this.#messages.push({ role, parts: parts.map(inputPart) });
        return;
      case 'system':
      case 'developer':
        this.endTurn();
        this.#messages.push({ role, parts: parts.map((part, index) => plainPart(part, `${where}.content[${index}]`)) });
        return;
      default:
        throw invalid(`${where}.role`, 'must be `user`, `assistant`, `system` or `developer`');
    }
  }

  #readReasoning(item: JsonObject, where: string): void {
    const encrypted = optionalString(item, 'encrypted_content', where);
    const id = optionalString(item, 'id', where);
    const summary = textsOf(item, 'summary', where).join('\n\n');
    const content = textsOf(item, 'content', where).join('');
    const { opaque, isSummary } = unpackReasoning(encrypted);
    const text = content === '' ? summary : content;
    if (text === '' && opaque === undefined) return;
    this.#turn.push({
      type: 'reasoning',
      text,
      ...(opaque === undefined ? {} : { opaque }),
      ...(id === undefined ? {} : { id }),
      ...(content === '' && text !== '' && isSummary === true ? { isSummary } : {}),
    });
  }

  #readCall(item: JsonObject, where: string, kind: 'function' | 'custom'): void {
    const { id, opaque } = unpackCallId(requiredString(item, 'call_id', where));
    const name = requiredString(item, 'name', where);
    this.#names.set(id, name);
    this.#turn.push({
      type: 'tool-call',
      id,
      name,
      arguments: requiredString(item, kind === 'custom' ? 'input' : 'arguments', where),
      kind,
      ...(opaque === undefined ? {} : { opaque }),
    });
  }

  #readResult(item: JsonObject, where: string, kind: 'function' | 'custom'): void {
    const { id } = unpackCallId(requiredString(item, 'call_id', where));
    const parts = decodeContent({ object: item, key: 'output', where }, this.#noteExtra);
    const name = this.#names.get(id);
    this.endTurn();
    this.#messages.push({
      role: 'tool',
      callId: id,
      ...(name === undefined ? {} : { name }),
      parts: parts.map(inputPart),
      kind,
    });
  }
}

/** The texts of a reasoning item's summary or content. */
function textsOf(item: JsonObject, key: string, where: string): readonly string[] {
  return (optionalObjects(item, key, where) ?? []).map((part, index) =>
    requiredString(part, 'text', at(at(where, key), index)),
  );
}

/** Nobody but a model refuses; who writes so for another means its words. */
function inputPart(part: ContentPart): InputPart {
  return part.type === 'refusal' ? { type: 'text', text: part.text } : part;
}

function plainPart(part: ContentPart, where: string): TextPart | ForeignPart {
  if (part.type === 'text' || part.type === 'foreign') return part;
  throw invalid(where, 'must be text: instructions hold nothing else');
}

function assistantPart(part: ContentPart, where: string): OutputPart {
  if (part.type === 'file') throw invalid(where, 'must not be a file in a message of the assistant');
  return part;
}
