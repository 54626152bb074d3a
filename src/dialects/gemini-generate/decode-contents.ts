import type { JsonObject } from '../../kernel/json.ts';
import type { ChatMessage, ForeignPart, InputPart, OutputPart, TextPart } from '../../protocol/chat-parts.ts';
import { at, invalid, optionalObject, optionalString, requiredObject, requiredString } from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { callIdOf } from './call-id.ts';
import { decodeMedia, decodeText, foreignPart, noteRest } from './decode-parts.ts';
import { TurnReader } from './turn-reader.ts';
import { objectsAt } from './wire-keys.ts';

/** The conversation: https://ai.google.dev/api/caching#Content */

const CONTENT_FIELDS = new Set(['role', 'parts']);
const RESULT_FIELDS = new Set(['id', 'name', 'response', 'parts']);

/** A call that no result was given for so far. */
type OpenCall = { readonly id: string; readonly name: string };

type Reading = {
  readonly unexpressed: Unexpressed;
  readonly messages: ChatMessage[];
  readonly open: OpenCall[];
  /** Calls without an id of their own so far. */
  unnamed: number;
};

/** The instructions and the conversation, in their order. @throws GatewayError `request.invalid` */
export function decodeContents(body: JsonObject, unexpressed: Unexpressed): readonly ChatMessage[] {
  const contents = objectsAt(body, 'contents', '');
  if (contents === undefined || contents.length === 0) throw invalid('contents', 'must be a list that is not empty');
  const reading: Reading = { unexpressed, messages: [], open: [], unnamed: 0 };
  decodeInstructions(body, reading);
  for (const [index, content] of contents.entries()) decodeContent(content, at('contents', index), reading);
  return reading.messages;
}

function decodeInstructions(body: JsonObject, { messages, unexpressed }: Reading): void {
  const instruction = optionalObject(body, 'systemInstruction');
  if (instruction === undefined) return;
  const where = 'systemInstruction';
  const parts = partsOf(instruction, where).map((part, index): TextPart | ForeignPart => {
    const place = at(at(where, 'parts'), index);
    const { text } = part;
    return typeof text === 'string' ? decodeText(text, part, unexpressed) : foreignPart(part, place);
  });
  if (parts.length > 0) messages.push({ role: 'system', parts });
}

function decodeContent(content: JsonObject, where: string, reading: Reading): void {
  reading.unexpressed.addRest(content, CONTENT_FIELDS, 'messages');
  const role = optionalString(content, 'role', where) ?? 'user';
  switch (role) {
    case 'user':
    // What functions gave back once had a role of its own.
    case 'function':
    case '':
      return decodeUser(content, where, reading);
    case 'model':
      return decodeModel(content, where, reading);
    default:
      throw invalid(at(where, 'role'), 'must be `user` or `model`');
  }
}

/** A turn holds the results of functions beside what the person says; each result is a message of its own. */
function decodeUser(content: JsonObject, where: string, reading: Reading): void {
  let said: InputPart[] = [];
  const flush = (): void => {
    if (said.length > 0) reading.messages.push({ role: 'user', parts: said });
    said = [];
  };
  const parts = partsOf(content, where);
  for (const [index, part] of parts.entries()) {
    const place = at(at(where, 'parts'), index);
    if (part['functionResponse'] === undefined) {
      said.push(decodeInput(part, place, reading));
      continue;
    }
    flush();
    decodeResult(requiredObject(part, 'functionResponse', place), at(place, 'functionResponse'), reading);
  }
  if (parts.length === 0) reading.messages.push({ role: 'user', parts: [] });
  flush();
}

function decodeInput(part: JsonObject, place: string, { unexpressed }: Reading): InputPart {
  const { text } = part;
  if (typeof text === 'string') return decodeText(text, part, unexpressed);
  return decodeMedia(part, place, unexpressed) ?? foreignPart(part, place);
}

/**
 * A result belongs to the call of its id, else to the first call of its function that has no result yet. It is told by
 * `output` or `error`, or by the whole of the object: https://ai.google.dev/api/caching#FunctionResponse
 */
function decodeResult(result: JsonObject, where: string, reading: Reading): void {
  const { unexpressed, open, messages } = reading;
  unexpressed.addRest(result, RESULT_FIELDS, 'messages.tool');
  const name = requiredString(result, 'name', where);
  const given = optionalString(result, 'id', where);
  const byId = open.findIndex(({ id }) => id === given);
  const found = byId < 0 ? open.findIndex((call) => call.name === name) : byId;
  const [call] = found < 0 ? [] : open.splice(found, 1);
  const { text, isError } = outcomeOf(requiredObject(result, 'response', where));
  const media = (objectsAt(result, 'parts', where) ?? []).map((part, index): InputPart => {
    const place = at(at(where, 'parts'), index);
    return decodeMedia(part, place, unexpressed) ?? foreignPart(part, place);
  });
  messages.push({
    role: 'tool',
    callId: call?.id ?? given ?? nextId(reading),
    name,
    parts: [{ type: 'text', text }, ...media],
    ...(isError ? { isError } : {}),
  });
}

function outcomeOf(response: JsonObject): { readonly text: string; readonly isError: boolean } {
  const [key, second] = Object.keys(response);
  const value = key === undefined ? undefined : response[key];
  if ((key !== 'output' && key !== 'error') || second !== undefined || value === undefined) {
    return { text: JSON.stringify(response), isError: false };
  }
  return { text: typeof value === 'string' ? value : JSON.stringify(value), isError: key === 'error' };
}

/** A model's turn. Clients give back each piece of a stream as a content of its own: together they are one turn. */
function decodeModel(content: JsonObject, where: string, reading: Reading): void {
  const { messages, open, unexpressed } = reading;
  const last = messages.at(-1);
  const turn = new TurnReader(last?.role === 'assistant' ? last.parts : []);
  for (const [index, part] of partsOf(content, where).entries()) {
    const place = at(at(where, 'parts'), index);
    const { text } = part;
    if (typeof text === 'string') {
      turn.addText(text, part);
      noteRest(part, 'text', unexpressed);
    } else if (part['functionCall'] === undefined) turn.addOther(decodeSaid(part, place, reading));
    else {
      const call = requiredObject(part, 'functionCall', place);
      const name = requiredString(call, 'name', at(place, 'functionCall'));
      const id = optionalString(call, 'id', at(place, 'functionCall')) ?? nextId(reading);
      const args = optionalObject(call, 'args', at(place, 'functionCall')) ?? {};
      open.push({ id, name });
      turn.addCall({ id, name, arguments: JSON.stringify(args) }, part);
    }
  }
  if (last?.role === 'assistant') messages.pop();
  if (turn.parts.length > 0) messages.push({ role: 'assistant', parts: turn.parts });
}

function decodeSaid(part: JsonObject, place: string, { unexpressed }: Reading): OutputPart {
  const media = part['thought'] === true ? undefined : decodeMedia(part, place, unexpressed);
  if (media?.type === 'image' || media?.type === 'audio') {
    if (part['thoughtSignature'] !== undefined) unexpressed.add('messages.image.thoughtSignature', true);
    return media;
  }
  return foreignPart(part, place);
}

function nextId(reading: Reading): string {
  reading.unnamed += 1;
  return callIdOf(undefined, reading.unnamed - 1);
}

function partsOf(content: JsonObject, where: string): readonly JsonObject[] {
  return objectsAt(content, 'parts', where) ?? [];
}
