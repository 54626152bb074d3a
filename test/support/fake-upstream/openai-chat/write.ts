import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, type FakeToolCall, logprobsOf, SOURCE } from '../answers.ts';
import { finalUsages, jsonWithCounts, type TellingUsage } from '../counts.ts';
import { objectAt } from '../prompt.ts';
import { type AnswerInput, type FakeStream, piecesOf, type Question, sse } from '../speech.ts';
import { reasoningFieldOf, usageIn } from './manners.ts';

const FINGERPRINT = 'fp_fake0upstream';

export function answerId({ operation }: Question, idPart: string): string {
  return `${operation === 'chat' ? 'chatcmpl' : 'cmpl'}-${idPart}`;
}

/** The whole answer as one JSON text, as it is sent when it is not streamed. */
export function wholeBody(input: AnswerInput): string {
  const { answer } = input;
  const isChat = input.question.operation === 'chat';
  const finish_reason = finishReasonOf(answer);
  const choices = Array.from({ length: answer.choices }, (_, index) =>
    isChat
      ? { index, message: messageOf(input), logprobs: logprobsObject(answer, answer.words), finish_reason }
      : { text: answer.words.join(''), index, logprobs: null, finish_reason },
  );
  const [usage] = finalUsages(input.behaviour.usage, answer.usage);
  return withUsage(input, { ...envelope(input, isChat ? 'chat.completion' : 'text_completion'), choices }, usage);
}

/**
 * The events of a streamed answer. `include_usage` adds an event with no choices and the usage before the terminator, and
 * `"usage":null` to all others: https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
export function streamOf(input: AnswerInput): FakeStream {
  const { behaviour, answer } = input;
  const isChat = input.question.operation === 'chat';
  const base = envelope(input, isChat ? 'chat.completion.chunk' : 'text_completion');
  const includesUsage = objectAt(input.body, 'stream_options')['include_usage'] === true;
  const [told] = finalUsages(behaviour.usage, answer.usage);
  const filler = behaviour.usage?.kind === 'every-chunk' ? told : includesUsage ? null : undefined;
  const events = choicesOf(input).map((choices) => withUsage(input, { ...base, choices }, filler));
  if (includesUsage) {
    for (const usage of finalUsages(behaviour.usage, answer.usage)) {
      if (usage !== undefined) events.push(withUsage(input, { ...base, choices: [] }, usage));
    }
  }
  const message = 'The server had an error while processing your request.';
  return {
    events: events.map((event) => sse(event, behaviour)),
    terminator: [sse('[DONE]', behaviour)],
    error: sse(JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } }), behaviour),
  };
}

function envelope(input: AnswerInput, object: string): JsonObject {
  return {
    id: answerId(input.question, input.answer.idPart),
    object,
    created: input.createdSeconds,
    model: input.model,
    system_fingerprint: FINGERPRINT,
    service_tier: 'default',
  };
}

function finishReasonOf({ finish }: FakeAnswer): string {
  switch (finish) {
    case 'tool-call':
      return 'tool_calls';
    case 'filtered':
      return 'content_filter';
    case 'length':
      return 'length';
    case 'stop':
    case 'refused':
    case 'stop-sequence':
      return 'stop';
    default:
      return assertNever(finish);
  }
}

function messageOf({ answer, behaviour }: AnswerInput): JsonObject {
  const { toolCalls, words, thoughts } = answer;
  const text = words.join('');
  const isRefused = answer.finish === 'refused';
  const content = toolCalls.length > 0 || isRefused ? null : text;
  return {
    role: 'assistant',
    content,
    refusal: isRefused ? text : null,
    annotations: answer.cites ? [citationOf(text)] : [],
    ...(thoughts.length === 0 ? {} : { [reasoningFieldOf(behaviour.manner ?? 'openai')]: thoughts.join('') }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(callOf) }),
  };
}

function logprobsObject({ tellsLogprobs }: FakeAnswer, words: readonly string[]): JsonObject | null {
  return tellsLogprobs ? { content: logprobsOf(words), refusal: null } : null;
}

function callOf(call: FakeToolCall): JsonObject {
  return { id: `call_${call.idPart}`, type: 'function', function: { name: call.name, arguments: call.argumentsText } };
}

function citationOf(text: string): JsonObject {
  const { url, title } = SOURCE;
  return { type: 'url_citation', url_citation: { url, title, start_index: 0, end_index: text.length } };
}

/** The `choices` of each event, in order. */
function choicesOf(input: AnswerInput): JsonObject[][] {
  const { answer, behaviour, question } = input;
  const indexes = Array.from({ length: answer.choices }, (_, index) => index);
  const words =
    behaviour.hugeEventBytes === undefined ? answer.words : [...answer.words, 'x'.repeat(behaviour.hugeEventBytes)];
  const finish_reason = finishReasonOf(answer);
  if (question.operation === 'completions') {
    return [
      ...indexes.flatMap((index) => words.map((text) => [{ text, index, logprobs: null, finish_reason: null }])),
      ...indexes.map((index) => [{ text: '', index, logprobs: null, finish_reason }]),
    ];
  }
  const choice = (index: number, delta: JsonObject, reason: string | null): JsonObject[] => [
    { index, delta, logprobs: null, finish_reason: reason },
  ];
  const content = answer.toolCalls.length === 0 ? '' : null;
  const thoughtField = reasoningFieldOf(behaviour.manner ?? 'openai');
  const wordOf = (text: string): JsonObject => (answer.finish === 'refused' ? { refusal: text } : { content: text });
  return indexes.flatMap((index) => [
    choice(index, { role: 'assistant', content, refusal: null }, null),
    ...answer.thoughts.map((thought) => choice(index, { [thoughtField]: thought }, null)),
    ...words.map((text) => {
      const [first, ...rest] = choice(index, wordOf(text), null);
      return [{ ...first, logprobs: logprobsObject(answer, [text]) }, ...rest];
    }),
    ...(answer.cites ? [choice(index, { annotations: [citationOf(words.join(''))] }, null)] : []),
    ...answer.toolCalls.flatMap(toolDeltas).map((delta) => choice(index, delta, null)),
    choice(index, {}, finish_reason),
  ]);
}

function toolDeltas(call: FakeToolCall, index: number): JsonObject[] {
  const opening = { index, id: `call_${call.idPart}`, type: 'function', function: { name: call.name, arguments: '' } };
  const pieces = piecesOf(call.argumentsText);
  return [
    { tool_calls: [opening] },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function withUsage({ behaviour }: AnswerInput, body: JsonObject, usage: TellingUsage | null | undefined): string {
  if (usage === undefined) return JSON.stringify(body);
  const written = usage === null ? null : usageIn(behaviour.manner ?? 'openai', usage);
  return jsonWithCounts({ ...body, usage: written });
}
