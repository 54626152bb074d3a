import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { AnsweredPart } from '../../protocol/chat-events.ts';
import type { Citation, Opaque, ReasoningPart, TextPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import { packOpaque } from '../carried-opaque.ts';
import type { Answering } from '../contract.ts';
import { parseArguments } from '../exact-json.ts';
import type { Losses } from '../losses.ts';
import { encodeCallId } from './call-ids.ts';
import { encodeCitation } from './citations.ts';
import { DIALECT } from './names.ts';

/** Parts of an answer as the content blocks of a caller: https://docs.anthropic.com/en/api/messages#response-content */

type Place = { readonly answering: Answering; readonly losses: Losses };

/** One block; `undefined` for a part that this form cannot show or that shows nothing. */
export function encodeAnswerPart(part: AnsweredPart, place: Place): JsonObject | undefined {
  const { losses } = place;
  if (part.logprobs !== undefined) losses.add('logprobs', 'answers have no log probabilities');
  switch (part.type) {
    case 'text':
      return encodeText(part, place);
    case 'refusal':
      // Its words are the explanation of how the answer ended.
      return undefined;
    case 'reasoning':
      return encodeReasoning(part);
    case 'tool-call':
      return encodeCall(part, losses);
    case 'image':
    case 'audio':
      losses.add(part.type, 'answers hold text and calls only');
      return undefined;
    case 'foreign':
      if (part.dialect === DIALECT) return part.value;
      losses.add(part.kind, 'only its own dialect knows it');
      return undefined;
    default:
      return assertNever(part);
  }
}

/** Citations in the caller's form; the others are told as lost. */
export function encodeCitations(citations: readonly Citation[], losses: Losses): readonly JsonObject[] {
  const encoded = citations.map(encodeCitation).filter((citation) => citation !== undefined);
  if (encoded.length < citations.length) losses.add('citations', 'citations of other dialects need an address');
  return encoded;
}

/** Keeps opaque reasoning for which there is no place, or tells that it is lost. */
export function keepOpaque(opaque: Opaque, { answering, losses }: Place): void {
  const loss = answering.keepReasoning(opaque);
  if (loss !== undefined) losses.add(loss.field, loss.reason);
}

/** What a caller gives back as a whole: encrypted reasoning of any dialect, where nothing of it can be read. */
export function redactedBlock(opaque: Opaque): JsonObject {
  return { type: 'redacted_thinking', data: packOpaque(opaque, DIALECT) };
}

/** Whether reasoning is shown as redacted: a signature alone still belongs to thinking that is not shown. */
export function isRedacted(isWordless: boolean, opaque: Opaque | undefined): opaque is Opaque {
  return opaque !== undefined && isWordless && opaque.kind !== 'signature';
}

/** A call before its arguments. */
export function callBlock(
  call: { readonly id: string; readonly name: string },
  opaque: Opaque | undefined,
): JsonObject {
  return { type: 'tool_use', id: encodeCallId(call.id, opaque), name: call.name, input: {} };
}

function encodeText(part: TextPart, place: Place): JsonObject | undefined {
  if (part.opaque !== undefined) keepOpaque(part.opaque, place);
  if (part.text === '') return undefined;
  const citations = encodeCitations(part.citations ?? [], place.losses);
  return { type: 'text', text: part.text, citations: citations.length === 0 ? null : [...citations] };
}

function encodeReasoning({ text, opaque }: ReasoningPart): JsonObject | undefined {
  if (isRedacted(text === '', opaque)) return redactedBlock(opaque);
  if (text === '' && opaque === undefined) return undefined;
  return { type: 'thinking', thinking: text, signature: opaque === undefined ? '' : packOpaque(opaque, DIALECT) };
}

/** Arguments that are no JSON object are given as a text within one, so that the caller sees what the model wrote. */
function encodeCall(part: ToolCallPart, losses: Losses): JsonObject {
  let input = part.kind === 'function' ? parseArguments(part.arguments) : { input: part.arguments };
  if (input === undefined) {
    losses.add('arguments', 'they are not a JSON object');
    input = { input: part.arguments };
  }
  return { ...callBlock(part, part.opaque), input };
}
