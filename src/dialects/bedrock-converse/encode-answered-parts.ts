import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { OutputPart, ReasoningPart, TextPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import { parseArguments, parseExactOrUndefined } from '../exact-json.ts';
import { callIdOf } from './call-ids.ts';
import { DIALECT, type Encoding } from './encoding.ts';

/** What a model said before as a content block; `undefined` where nothing of it can be sent, which is told. */
export function encodeAnsweredPart(encoding: Encoding, part: OutputPart): JsonObject | undefined {
  const { losses } = encoding;
  switch (part.type) {
    case 'text':
      return encodeText(encoding, part);
    case 'reasoning':
      return encodeReasoningPart(encoding, part);
    case 'tool-call':
      return { toolUse: { toolUseId: callIdOf(encoding, part.id), name: part.name, input: inputOf(encoding, part) } };
    case 'refusal':
      losses.add('messages.refusal', 'Bedrock has no word for it: it is sent as text');
      return part.text.trim() === '' ? undefined : { text: part.text };
    case 'image':
    case 'audio':
      losses.add(`messages.${part.type}`, 'Bedrock takes none from an assistant');
      return undefined;
    case 'foreign':
      if (part.dialect === DIALECT) return part.value;
      losses.add('messages.foreign', `Bedrock has no ${part.kind}`);
      return undefined;
    default:
      return assertNever(part);
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html */
function encodeText({ losses }: Encoding, { text, citations = [] }: TextPart): JsonObject | undefined {
  if (text.trim() === '') return undefined;
  const own = citations.filter(({ dialect }) => dialect === DIALECT);
  if (own.length < citations.length) losses.add('messages.citations', 'they are in the words of another dialect');
  if (own.length === 0) return { text };
  return { citationsContent: { content: [{ text }], citations: own.map(({ raw }) => raw) } };
}

/**
 * Reasoning goes back to where it was signed, and nowhere else: Claude refuses reasoning without its signature, and other
 * models refuse any.
 */
function encodeReasoningPart({ losses }: Encoding, { text, opaque }: ReasoningPart): JsonObject | undefined {
  if (opaque?.dialect !== DIALECT) {
    losses.add('messages.reasoning', 'Bedrock takes back what it signed itself, and nothing else');
    return undefined;
  }
  if (opaque.kind !== 'signature') return { reasoningContent: { redactedContent: opaque.value } };
  return { reasoningContent: { reasoningText: { text, signature: opaque.value } } };
}

/** Bedrock takes a call's arguments as an object only. */
function inputOf({ losses }: Encoding, { kind, arguments: text }: ToolCallPart): JsonObject {
  if (kind === 'custom') {
    losses.add('messages.custom', 'Bedrock knows calls with JSON arguments only');
    return { input: text };
  }
  const input = parseArguments(text);
  if (input !== undefined) return input;
  losses.add('messages.arguments', 'they are not a JSON object');
  return { arguments: parseExactOrUndefined(text) ?? text };
}
