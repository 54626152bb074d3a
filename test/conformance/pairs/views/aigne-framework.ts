import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../../src/kernel/json.ts';
import { framesOf } from '../../frames.ts';
import { number, object, objects, string } from '../arrival.ts';
import { NO_VIEW, type Reader, type View, type ViewedUsage } from '../view.ts';

/** What the AIGNE framework’s client reads: https://www.npmjs.com/package/@aigne/core */
export const aigneFrameworkReader: Reader = { whole: readWhole, stream: readStream };

function readWhole(body: JsonObject): View {
  const { text, toolCalls } = body;
  const calls = objects(body, 'toolCalls');
  const said = typeof text === 'string' ? text : '';
  const isRefused = body['refused'] === true;
  return {
    ...NO_VIEW,
    text: isRefused ? '' : said,
    thoughts: string(body, 'thoughts') ?? '',
    refusal: isRefused ? said : undefined,
    calls: calls.map((call) => ({
      id: string(call, 'id') ?? '',
      name: string(object(call, 'function'), 'name') ?? '',
      arguments: object(call, 'function')['arguments'] ?? null,
    })),
    choices: 1,
    finish: string(body, 'finishReason'),
    usage: usageOf(object(body, 'usage')),
    error: body['error'] === undefined ? undefined : JSON.stringify(body['error']),
    turn: [
      {
        role: 'agent',
        ...(text === undefined ? {} : { content: text }),
        ...(toolCalls === undefined ? {} : { toolCalls }),
      },
    ],
  };
}

/** Texts of the deltas are joined, their JSON is merged. */
function readStream(text: string): View {
  const body: JsonObject = {};
  let error: string | undefined;
  for (const { event, data } of framesOf(text, 'sse')) {
    const json = parseJsonOrUndefined(data);
    if (event === 'error') error = data;
    if (!isJsonObject(json)) continue;
    const delta = object(json, 'delta');
    for (const [key, added] of Object.entries(object(delta, 'text'))) {
      if (typeof added === 'string') body[key] = `${string(body, key) ?? ''}${added}`;
    }
    Object.assign(body, object(delta, 'json'));
  }
  return { ...readWhole(body), error };
}

function usageOf(usage: JsonObject): ViewedUsage {
  return {
    input: number(usage, 'inputTokens'),
    read: number(usage, 'cacheReadInputTokens'),
    written: number(usage, 'cacheCreationInputTokens'),
    written1h: undefined,
    output: number(usage, 'outputTokens'),
    reasoning: number(usage, 'reasoningTokens'),
  };
}
