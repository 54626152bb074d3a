import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../../src/kernel/json.ts';
import { framesOf } from '../../frames.ts';
import { jsonIn, number, object, objects, string } from '../arrival.ts';
import { NO_VIEW, type Reader, type View, type ViewedUsage } from '../view.ts';

/** https://platform.openai.com/docs/api-reference/chat/object, with the fields for reasoning that others have added. */
export const openaiChatReader: Reader = { whole: readWhole, stream: readStream };

function readWhole(body: JsonObject): View {
  const choices = objects(body, 'choices');
  const [first = {}] = choices;
  return {
    ...viewOf(object(first, 'message')),
    choices: choices.length,
    hasLogprobs: isJsonObject(first['logprobs']),
    finish: string(first, 'finish_reason'),
    usage: usageOf(object(body, 'usage')),
    error: body['error'] === undefined ? undefined : JSON.stringify(body['error']),
  };
}

function readStream(text: string): View {
  const events = framesOf(text, 'sse').flatMap(({ data }) => {
    const json = parseJsonOrUndefined(data);
    return isJsonObject(json) ? [json] : [];
  });
  const choices = events.flatMap((event) => objects(event, 'choices'));
  const own = choices.filter((choice) => choice['index'] === 0);
  const failed = events.find((event) => event['error'] !== undefined);
  const message = joinDeltas(own.map((choice) => object(choice, 'delta')));
  return {
    ...viewOf(message),
    choices: new Set(choices.map((choice) => choice['index'])).size,
    hasLogprobs: own.some((choice) => isJsonObject(choice['logprobs'])),
    finish: own.map((choice) => string(choice, 'finish_reason')).find((reason) => reason !== undefined),
    usage: usageOf(object(events.findLast((event) => isJsonObject(event['usage'])) ?? {}, 'usage')),
    error: failed === undefined ? undefined : JSON.stringify(failed['error']),
  };
}

function viewOf(message: JsonObject): View {
  const citations = objects(message, 'annotations').map((each) => string(object(each, 'url_citation'), 'url') ?? '');
  return {
    ...NO_VIEW,
    text: string(message, 'content') ?? '',
    thoughts: string(message, 'reasoning_content') ?? string(message, 'reasoning') ?? '',
    refusal: string(message, 'refusal'),
    calls: objects(message, 'tool_calls').map((call) => ({
      id: string(call, 'id') ?? '',
      name: string(object(call, 'function'), 'name') ?? '',
      arguments: jsonIn(object(call, 'function')['arguments']),
    })),
    sources: citations,
    turn: [message],
  };
}

/** The message that the deltas make up, as SDKs put it together: texts are joined, lists by their items’ `index`. */
function joinDeltas(deltas: readonly JsonObject[]): JsonObject {
  const message: JsonObject = {};
  for (const delta of deltas) join(message, delta);
  return message;
}

const JOINED: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'text',
  'data',
  'summary',
]);

function join(into: JsonObject, delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    const known = into[key];
    if (typeof value === 'string' && typeof known === 'string' && JOINED.has(key)) into[key] = known + value;
    else if (Array.isArray(value)) into[key] = joinLists(objects(into, key), objects(delta, key));
    else if (isJsonObject(value) && isJsonObject(known)) join(known, value);
    else if (value !== null || known === undefined) into[key] = isJsonObject(value) ? { ...value } : value;
  }
}

function joinLists(known: readonly JsonObject[], added: readonly JsonObject[]): JsonObject[] {
  const items = [...known];
  for (const item of added) {
    const same = items.find((each) => item['index'] !== undefined && each['index'] === item['index']);
    if (same === undefined) items.push(structuredClone(item));
    else join(same, item);
  }
  return items;
}

export function usageOf(usage: JsonObject): ViewedUsage {
  return {
    input: number(usage, 'prompt_tokens'),
    read: number(object(usage, 'prompt_tokens_details'), 'cached_tokens'),
    written:
      number(object(usage, 'prompt_tokens_details'), 'cache_write_tokens') ?? number(usage, 'cacheCreationInputTokens'),
    written1h: undefined,
    output: number(usage, 'completion_tokens'),
    reasoning: number(object(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  };
}
