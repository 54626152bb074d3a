import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type {
  ChatMessage,
  FilePart,
  InputPart,
  MediaSource,
  OutputPart,
  ToolCallPart,
} from '../../protocol/chat-parts.ts';
import { parseArguments } from '../exact-json.ts';
import type { Losses } from '../losses.ts';

/** What stands between two texts of one message; Ollama itself puts the same between messages that it joins. */
const SEPARATOR = '\n\n';

type Assistant = Extract<ChatMessage, { role: 'assistant' }>;
type ToolResult = Extract<ChatMessage, { role: 'tool' }>;

/** What the calls so far were: the place of each in the conversation, and its function's name. */
type Calls = Map<string, { readonly place: number; readonly name: string }>;

/** The conversation as Ollama reads it: https://docs.ollama.com/api/chat */
export function encodeMessages(messages: readonly ChatMessage[], losses: Losses): readonly JsonObject[] {
  const calls: Calls = new Map();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.parts) {
      if (part.type === 'tool-call') calls.set(part.id, { place: calls.size, name: part.name });
    }
  }
  return inOrderOfCalls(messages, calls).map((message) => encodeMessage(message, calls, losses));
}

/**
 * Results of one turn in the order of their calls: templates tell them apart by their names alone, so that two results of
 * one function would change places.
 */
function inOrderOfCalls(messages: readonly ChatMessage[], calls: Calls): readonly ChatMessage[] {
  const placeOf = (result: ToolResult): number => calls.get(result.callId)?.place ?? Number.MAX_SAFE_INTEGER;
  const ordered: ChatMessage[] = [];
  let run: ToolResult[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      run.push(message);
      continue;
    }
    ordered.push(...run.sort((a, b) => placeOf(a) - placeOf(b)), message);
    run = [];
  }
  return [...ordered, ...run.sort((a, b) => placeOf(a) - placeOf(b))];
}

function encodeMessage(message: ChatMessage, calls: Calls, losses: Losses): JsonObject {
  if (message.role !== 'tool') losses.addIf(message.name, 'messages.name', 'messages have no name');
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', ...encodeInput(message.parts, losses) };
    case 'user':
      return { role: 'user', ...encodeInput(message.parts, losses) };
    case 'assistant':
      return encodeAssistant(message, losses);
    case 'tool':
      return encodeResult(message, calls, losses);
    default:
      return assertNever(message);
  }
}

function encodeResult(message: ToolResult, calls: Calls, losses: Losses): JsonObject {
  if (message.isError === true) losses.add('messages.isError', 'a result is not marked as an error');
  losses.addIf(message.cache, 'messages.cache', 'the cache is kept unasked');
  const name = message.name ?? calls.get(message.callId)?.name;
  return {
    role: 'tool',
    ...encodeInput(message.parts, losses),
    ...(name === undefined ? {} : { tool_name: name }),
    tool_call_id: message.callId,
  };
}

/** Texts in one, and pictures apart: a message's pictures come before its text, wherever they stood. */
function encodeInput(parts: readonly InputPart[], losses: Losses): JsonObject {
  const texts: string[] = [];
  const images: string[] = [];
  let wasImageBetween = false;
  for (const part of parts) {
    const { text, image } = encodeInputPart(part, losses);
    if (text !== undefined) {
      if (wasImageBetween) losses.add('messages.image', 'pictures stand before the text, not within it');
      texts.push(text);
    }
    if (image === undefined) continue;
    images.push(image);
    wasImageBetween = texts.length > 0;
  }
  return { content: texts.join(SEPARATOR), ...(images.length === 0 ? {} : { images }) };
}

type Encoded = { readonly text?: string | undefined; readonly image?: string | undefined };

function encodeInputPart(part: InputPart, losses: Losses): Encoded {
  if ('cache' in part) losses.addIf(part.cache, 'messages.cache', 'the cache is kept unasked');
  switch (part.type) {
    case 'text':
      losses.addIf(part.citations, 'messages.citations', 'texts have no citations');
      losses.addIf(part.opaque, 'messages.reasoning', 'only its own provider can read it');
      return { text: part.text };
    case 'image':
      if (part.detail !== undefined && part.detail !== 'auto') {
        losses.add('messages.image.detail', 'pictures have no detail');
      }
      return { image: encodeImage(part.source, losses) };
    case 'file':
      return encodeFile(part, losses);
    case 'audio':
      losses.add('messages.audio', 'sound is not taken');
      return {};
    case 'foreign':
      losses.add('messages.foreign', `${part.kind} is known to ${part.dialect} alone`);
      return {};
    default:
      return assertNever(part);
  }
}

function encodeImage(source: MediaSource, losses: Losses): string | undefined {
  if (source.from === 'base64') return source.data;
  losses.add('messages.image', 'pictures are taken as base64 only');
  return undefined;
}

function encodeFile(part: FilePart, losses: Losses): Encoded {
  const { source } = part;
  if (part.wantsCitations === true) losses.add('messages.file.citations', 'texts have no citations');
  if (source.from === 'text') {
    const headings = [part.title ?? part.filename, part.context].filter((heading) => heading !== undefined);
    return { text: [...headings, source.text].join('\n') };
  }
  if (source.from === 'base64' && source.mediaType.startsWith('image/')) {
    losses.addIf(part.filename ?? part.title, 'messages.filename', 'pictures have no name');
    return { image: source.data };
  }
  losses.add('messages.file', 'files are not taken');
  return {};
}

function encodeAssistant(message: Assistant, losses: Losses): JsonObject {
  const thoughts: string[] = [];
  const texts: string[] = [];
  const images: string[] = [];
  const calls: JsonObject[] = [];
  for (const part of message.parts) {
    if ('cache' in part) losses.addIf(part.cache, 'messages.cache', 'the cache is kept unasked');
    if ('opaque' in part) losses.addIf(part.opaque, 'messages.reasoning', 'only its own provider can read it');
    if (part.type === 'reasoning') thoughts.push(part.text);
    else if (part.type === 'tool-call') calls.push(encodeCall(part, losses));
    else if (part.type === 'image') pushDefined(images, encodeImage(part.source, losses));
    else pushDefined(texts, encodeSaid(part, losses));
  }
  const thinking = thoughts.filter((text) => text !== '').join(SEPARATOR);
  return {
    role: 'assistant',
    content: texts.join(''),
    ...(thinking === '' ? {} : { thinking }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function encodeSaid(
  part: Exclude<OutputPart, { type: 'reasoning' | 'tool-call' | 'image' }>,
  losses: Losses,
): string | undefined {
  switch (part.type) {
    case 'text':
      losses.addIf(part.citations, 'messages.citations', 'texts have no citations');
      return part.text;
    case 'refusal':
      losses.add('messages.refusal', 'a refusal is sent as text');
      return part.text;
    case 'audio':
      losses.add('messages.audio', 'sound is not taken');
      return undefined;
    case 'foreign':
      losses.add('messages.foreign', `${part.kind} is known to ${part.dialect} alone`);
      return undefined;
    default:
      return assertNever(part);
  }
}

/** Arguments are an object. A text that is none, as of a custom tool or of a call that was cut, goes into one field. */
function encodeCall(part: ToolCallPart, losses: Losses): JsonObject {
  const parsed = part.kind === 'custom' ? undefined : parseArguments(part.arguments);
  if (part.kind === 'custom') losses.add('messages.custom', 'a call of free text has it in a field `input`');
  else if (parsed === undefined) losses.add('messages.arguments', 'what is no JSON object stands in a field `input`');
  return { id: part.id, function: { name: part.name, arguments: parsed ?? { input: part.arguments } } };
}

function pushDefined(list: string[], text: string | undefined): void {
  if (text !== undefined) list.push(text);
}
