import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, type FakeToolCall, logprobsOf, SOURCE, sealed } from '../answers.ts';
import { jsonWithCounts, lastUsage, type TellingUsage } from '../counts.ts';
import { stringAt } from '../prompt.ts';
import { type AnswerInput, type FakeStream, piecesOf, sse } from '../speech.ts';

/** Fields that every response has: https://platform.openai.com/docs/api-reference/responses/object */
const BARE: JsonObject = {
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: 'default',
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

export function answerId(_question: unknown, idPart: string): string {
  return `resp_${idPart}`;
}

export function wholeBody(input: AnswerInput): string {
  return jsonWithCounts(finalResponse(input));
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export function streamOf(input: AnswerInput): FakeStream {
  const { behaviour } = input;
  const begun = response(input, { status: 'in_progress', output: [], usage: null });
  const last = finalResponse(input);
  const events: JsonObject[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...itemsOf(input.answer).flatMap((item, output_index) => itemEvents(input, item, output_index)),
  ];
  const numbered = (event: JsonObject, sequence_number: number): string =>
    sse(jsonWithCounts({ ...event, sequence_number }), behaviour, stringAt(event, 'type'));
  const message = 'An error occurred while processing your request.';
  return {
    events: events.map(numbered),
    terminator: [numbered({ type: `response.${stringAt(last, 'status')}`, response: last }, events.length)],
    error: [
      numbered({ type: 'error', code: 'server_error', message, param: null }, events.length),
      numbered(
        {
          type: 'response.failed',
          response: response(input, {
            status: 'failed',
            error: { code: 'server_error', message },
            output: [],
            usage: null,
          }),
        },
        events.length + 1,
      ),
    ].join(''),
  };
}

function finalResponse(input: AnswerInput): JsonObject {
  const { answer, behaviour } = input;
  const reason = answer.finish === 'length' ? 'max_output_tokens' : 'content_filter';
  const isIncomplete = answer.finish === 'length' || answer.finish === 'filtered';
  const usage = lastUsage(behaviour.usage, answer.usage);
  return response(input, {
    status: isIncomplete ? 'incomplete' : 'completed',
    incomplete_details: isIncomplete ? { reason } : null,
    output: itemsOf(answer),
    ...(usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage) }),
  });
}

function response(input: AnswerInput, said: JsonObject): JsonObject {
  const { model, createdSeconds, answer, body } = input;
  return {
    id: answerId(undefined, answer.idPart),
    object: 'response',
    created_at: createdSeconds,
    model,
    ...BARE,
    store: body['store'] !== false,
    ...said,
  };
}

function usageObject(usage: TellingUsage): JsonObject {
  return {
    input_tokens: usage.prompt,
    input_tokens_details: { cached_tokens: usage.read },
    output_tokens: usage.completion,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.total,
  };
}

function itemsOf(answer: FakeAnswer): JsonObject[] {
  const items: JsonObject[] = [];
  if (answer.thoughts.length > 0) items.push(reasoningItem(answer));
  if (answer.words.length > 0) items.push(messageItem(answer));
  return [...items, ...answer.toolCalls.map(callItem)];
}

function reasoningItem({ idPart, thoughts, isRedacted }: FakeAnswer): JsonObject {
  return {
    id: `rs_${idPart}`,
    type: 'reasoning',
    encrypted_content: sealed(`thoughts ${idPart}`),
    summary: isRedacted ? [] : [{ type: 'summary_text', text: thoughts.join('') }],
  };
}

function messageItem(answer: FakeAnswer): JsonObject {
  const text = answer.words.join('');
  const content =
    answer.finish === 'refused'
      ? { type: 'refusal', refusal: text }
      : {
          type: 'output_text',
          annotations: annotationsOf(answer),
          logprobs: answer.tellsLogprobs ? logprobsOf(answer.words) : [],
          text,
        };
  return { id: `msg_${answer.idPart}`, type: 'message', status: 'completed', content: [content], role: 'assistant' };
}

function annotationsOf({ cites, words }: FakeAnswer): JsonObject[] {
  if (!cites) return [];
  const { url, title } = SOURCE;
  return [{ type: 'url_citation', url, title, start_index: 0, end_index: words.join('').length }];
}

function callItem(call: FakeToolCall): JsonObject {
  return {
    id: `fc_${call.idPart}`,
    type: 'function_call',
    status: 'completed',
    arguments: call.argumentsText,
    call_id: `call_${call.idPart}`,
    name: call.name,
  };
}

function itemEvents(input: AnswerInput, item: JsonObject, output_index: number): JsonObject[] {
  const { answer } = input;
  const at = { item_id: stringAt(item, 'id') ?? '', output_index };
  const done: JsonObject = { type: 'response.output_item.done', output_index, item };
  switch (stringAt(item, 'type') ?? '') {
    case 'reasoning':
      return [added({ ...item, summary: [] }, output_index), ...summaryEvents(answer, at), done];
    case 'message':
      return [added({ ...item, status: 'in_progress', content: [] }, output_index), ...contentEvents(input, at), done];
    default: {
      const text = stringAt(item, 'arguments') ?? '';
      return [
        added({ ...item, status: 'in_progress', arguments: '' }, output_index),
        ...piecesOf(text).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, arguments: text },
        done,
      ];
    }
  }
}

function added(item: JsonObject, output_index: number): JsonObject {
  return { type: 'response.output_item.added', output_index, item };
}

type Place = { readonly item_id: string; readonly output_index: number };

function summaryEvents({ thoughts, isRedacted }: FakeAnswer, place: Place): JsonObject[] {
  if (isRedacted) return [];
  const at = { ...place, summary_index: 0 };
  const text = thoughts.join('');
  return [
    { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
    ...thoughts.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text },
    { type: 'response.reasoning_summary_part.done', ...at, part: { type: 'summary_text', text } },
  ];
}

function contentEvents({ answer, behaviour }: AnswerInput, place: Place): JsonObject[] {
  const at = { ...place, content_index: 0 };
  const huge = behaviour.hugeEventBytes === undefined ? [] : ['x'.repeat(behaviour.hugeEventBytes)];
  const words = [...answer.words, ...huge];
  const text = words.join('');
  if (answer.finish === 'refused') {
    return [
      { type: 'response.content_part.added', ...at, part: { type: 'refusal', refusal: '' } },
      ...words.map((delta) => ({ type: 'response.refusal.delta', ...at, delta })),
      { type: 'response.refusal.done', ...at, refusal: text },
      { type: 'response.content_part.done', ...at, part: { type: 'refusal', refusal: text } },
    ];
  }
  const annotations = annotationsOf(answer);
  const tellOf = (tokens: readonly string[]): JsonObject[] => (answer.tellsLogprobs ? logprobsOf(tokens) : []);
  const part = { type: 'output_text', annotations, logprobs: tellOf(words), text };
  return [
    { type: 'response.content_part.added', ...at, part: { ...part, annotations: [], logprobs: [], text: '' } },
    ...words.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: tellOf([delta]) })),
    ...annotations.map((annotation, annotation_index) => ({
      type: 'response.output_text.annotation.added',
      ...at,
      annotation_index,
      annotation,
    })),
    { type: 'response.output_text.done', ...at, text, logprobs: tellOf(words) },
    { type: 'response.content_part.done', ...at, part },
  ];
}
