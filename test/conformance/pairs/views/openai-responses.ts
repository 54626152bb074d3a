import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../../../src/kernel/json.ts';
import { framesOf } from '../../frames.ts';
import { jsonIn, number, object, objects, string } from '../arrival.ts';
import { NO_VIEW, type Reader, type View, type ViewedUsage } from '../view.ts';

/** https://platform.openai.com/docs/api-reference/responses/object */
export const openaiResponsesReader: Reader = { whole: readWhole, stream: readStream };

const ENDS: readonly string[] = ['response.completed', 'response.incomplete', 'response.failed'];

function readWhole(body: JsonObject): View {
  const output = objects(body, 'output');
  const parts = output.flatMap((item) => (item['type'] === 'message' ? objects(item, 'content') : []));
  const refusals = parts.filter((part) => part['type'] === 'refusal').map((part) => string(part, 'refusal') ?? '');
  const error = body['error'];
  return {
    ...NO_VIEW,
    text: parts.map((part) => (part['type'] === 'output_text' ? (string(part, 'text') ?? '') : '')).join(''),
    thoughts: output
      .filter((item) => item['type'] === 'reasoning')
      .flatMap((item) => [...objects(item, 'summary'), ...objects(item, 'content')])
      .map((part) => string(part, 'text') ?? '')
      .join(''),
    refusal: refusals.length === 0 ? undefined : refusals.join(''),
    calls: output
      .filter((item) => item['type'] === 'function_call')
      .map((item) => ({
        id: string(item, 'call_id') ?? '',
        name: string(item, 'name') ?? '',
        arguments: jsonIn(item['arguments']),
      })),
    sources: parts.flatMap((part) => objects(part, 'annotations')).map((each) => string(each, 'url') ?? ''),
    hasLogprobs: parts.some((part) => objects(part, 'logprobs').length > 0),
    choices: 1,
    finish: string(object(body, 'incomplete_details'), 'reason') ?? string(body, 'status'),
    usage: usageOf(object(body, 'usage')),
    error: error === undefined || error === null ? undefined : JSON.stringify(error),
    turn: output,
  };
}

/** The last event holds the whole; that the deltas made it up is looked at as well. */
function readStream(text: string): View {
  const events = framesOf(text, 'sse').flatMap(({ data }) => {
    const json = parseJsonOrUndefined(data);
    return isJsonObject(json) ? [json] : [];
  });
  const ofType = (type: string): readonly JsonObject[] => events.filter((event) => event['type'] === type);
  const last = events.find((event) => ENDS.includes(string(event, 'type') ?? ''));
  const [failed] = ofType('error');
  const streamed = ofType('response.output_text.delta')
    .map((event) => string(event, 'delta') ?? '')
    .join('');
  const whole = readWhole(object(last ?? {}, 'response'));
  const pieces = ofType('response.function_call_arguments.delta').map((event) => string(event, 'delta') ?? '');
  const said = whole.turn.map((item) => string(item, 'arguments') ?? '');
  return {
    ...whole,
    text: streamed === whole.text ? whole.text : `${streamed} (which the last event has as ${whole.text})`,
    calls: pieces.join('') === said.join('') ? whole.calls : [],
    finish: last === undefined ? undefined : whole.finish,
    error: whole.error ?? (failed === undefined ? undefined : JSON.stringify(failed)),
  };
}

function usageOf(usage: JsonObject): ViewedUsage {
  return {
    input: number(usage, 'input_tokens'),
    read: number(object(usage, 'input_tokens_details'), 'cached_tokens'),
    written: number(object(usage, 'input_tokens_details'), 'cache_write_tokens'),
    written1h: undefined,
    output: number(usage, 'output_tokens'),
    reasoning: number(object(usage, 'output_tokens_details'), 'reasoning_tokens'),
  };
}
