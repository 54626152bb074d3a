import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent } from '../../protocol/chat-events.ts';
import { parseExactOrUndefined } from '../exact-json.ts';
import { readCitation } from './citations.ts';
import { DIALECT } from './encoding.ts';
import { finishReason } from './finish.ts';
import { readBedrockUsage } from './usage.ts';

/**
 * A whole answer of Converse as events:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
 * @throws GatewayError `upstream.invalid_answer`
 */
export function decodeResponse(body: Buffer): readonly ChatEvent[] {
  const answer = parseExactOrUndefined(body.toString());
  const output = isJsonObject(answer) ? answer['output'] : undefined;
  const message = isJsonObject(output) ? output['message'] : undefined;
  const content = isJsonObject(message) ? message['content'] : undefined;
  if (!isJsonObject(answer) || !Array.isArray(content)) throw new GatewayError('upstream.invalid_answer');
  const events: ChatEvent[] = [startOf(answer)];
  content.forEach((item, block) => {
    if (isJsonObject(item)) emitBlock(events, block, item);
  });
  const reason = finishReason(answer['stopReason'], answer['additionalModelResponseFields']);
  events.push(
    { type: 'choice-end', choice: 0, reason },
    { type: 'usage', read: readBedrockUsage(answer['usage']) },
    { type: 'finish' },
  );
  return events;
}

/** Bedrock names no answer, and names the model only where a prompt router chose it. */
function startOf({ trace, serviceTier }: JsonObject): ChatEvent {
  const tier = isJsonObject(serviceTier) ? serviceTier['type'] : undefined;
  const start = { type: 'start' as const, id: undefined, servedModel: routedModel(trace) };
  return typeof tier === 'string' ? { ...start, serviceTier: tier } : start;
}

function routedModel(trace: JsonValue | undefined): string | undefined {
  const router = isJsonObject(trace) ? trace['promptRouter'] : undefined;
  const model = isJsonObject(router) ? router['invokedModelId'] : undefined;
  return typeof model === 'string' ? model : undefined;
}

function emitBlock(events: ChatEvent[], block: number, item: JsonObject): void {
  const { text, reasoningContent, toolUse, citationsContent, image } = item;
  if (typeof text === 'string') emit(events, block, { kind: 'text' }, text);
  else if (isJsonObject(reasoningContent)) emitReasoning(events, block, reasoningContent);
  else if (isJsonObject(toolUse) && toolUse['type'] !== SERVER_TOOL_USE) emitToolCall(events, block, toolUse);
  else if (isJsonObject(citationsContent)) emitCited(events, block, citationsContent);
  else if (isJsonObject(image)) emitImage(events, block, image);
  else emit(events, block, foreignHead(item), '');
}

/** A call that Bedrock itself runs. */
export const SERVER_TOOL_USE = 'server_tool_use';

/** A block that only this dialect has, by the name of its one field. */
export function foreignHead(item: JsonObject): BlockHead {
  const [name = 'unknown'] = Object.keys(item);
  return { kind: 'foreign', dialect: DIALECT, name, value: item };
}

function emit(events: ChatEvent[], block: number, head: BlockHead, text: string, ...rest: ChatEvent[]): void {
  events.push({ type: 'block-start', choice: 0, block, head });
  if (text !== '') events.push({ type: 'block-delta', block, text });
  events.push(...rest, { type: 'block-end', block });
}

function emitReasoning(events: ChatEvent[], block: number, { reasoningText, redactedContent }: JsonObject): void {
  const { text, signature } = isJsonObject(reasoningText) ? reasoningText : {};
  const opaque: ChatEvent[] = [];
  if (typeof signature === 'string') {
    opaque.push({ type: 'block-opaque', block, opaque: { dialect: DIALECT, kind: 'signature', value: signature } });
  } else if (typeof redactedContent === 'string') {
    opaque.push({
      type: 'block-opaque',
      block,
      opaque: { dialect: DIALECT, kind: 'redacted', value: redactedContent },
    });
  }
  emit(events, block, { kind: 'reasoning' }, typeof text === 'string' ? text : '', ...opaque);
}

function emitToolCall(events: ChatEvent[], block: number, { toolUseId, name, input }: JsonObject): void {
  const head = toolCallHead(toolUseId, name);
  emit(events, block, head, input === undefined || input === null ? '{}' : JSON.stringify(input));
}

/** The opening of a call. An id or a name that is missing stays empty: the caller sees what the provider gave. */
export function toolCallHead(id: JsonValue | undefined, name: JsonValue | undefined): BlockHead {
  return {
    kind: 'tool-call',
    id: typeof id === 'string' ? id : '',
    name: typeof name === 'string' ? name : '',
    toolKind: 'function',
  };
}

function emitCited(events: ChatEvent[], block: number, { content, citations }: JsonObject): void {
  const parts = Array.isArray(content) ? content : [];
  const text = parts
    .map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
  const cited = (Array.isArray(citations) ? citations : [])
    .filter(isJsonObject)
    .map((raw): ChatEvent => ({ type: 'block-citation', block, citation: readCitation(raw) }));
  emit(events, block, { kind: 'text' }, text, ...cited);
}

function emitImage(events: ChatEvent[], block: number, image: JsonObject): void {
  const { format, source } = image;
  const bytes = isJsonObject(source) ? source['bytes'] : undefined;
  if (typeof bytes === 'string') emit(events, block, imageHead(format), bytes);
  else emit(events, block, foreignHead({ image }), '');
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
export function imageHead(format: JsonValue | undefined): BlockHead {
  return { kind: 'image', mediaType: `image/${typeof format === 'string' ? format : 'png'}` };
}
