import { assertNever } from '../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { FakeAnswer, FakeUsage } from './answers.ts';
import type { Behaviour, UsageBehaviour } from './behaviour.ts';

/** How an answer is put on the wire. */
export type FrameInput = {
  readonly operation: 'chat' | 'completions';
  readonly model: string;
  readonly createdSeconds: number;
  readonly answer: FakeAnswer;
  readonly behaviour: Behaviour;
  /** `stream_options.include_usage` of the request. */
  readonly includeUsage: boolean;
};

const FINGERPRINT = 'fp_fake0upstream';
/** Pieces in which the arguments of a tool call are streamed. */
const TOOL_ARGUMENT_PIECE_CHARACTERS = 7;

/** The whole answer as one JSON text, as it is sent when it is not streamed. */
export function wholeBody(input: FrameInput): string {
  const { answer, operation } = input;
  const choices = Array.from({ length: answer.choices }, (_, index) =>
    operation === 'chat'
      ? { index, message: messageOf(answer), logprobs: null, finish_reason: answer.finishReason }
      : { text: answer.words.join(''), index, logprobs: null, finish_reason: answer.finishReason },
  );
  const object = operation === 'chat' ? 'chat.completion' : 'text_completion';
  const [usage] = finalUsages(input.behaviour.usage, answer.usage);
  return withUsage({ ...envelope(input, object), choices }, usage);
}

/**
 * The events of a streamed answer, each with its frame's line ends. `include_usage` adds an event with no choices and
 * the usage before the terminator, and `"usage":null` to all others:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
export function streamFrames(input: FrameInput): string[] {
  const { behaviour, answer } = input;
  const object = input.operation === 'chat' ? 'chat.completion.chunk' : 'text_completion';
  const base = envelope(input, object);
  const filler = fillerUsage(input);
  const events = deltasOf(input).map((choices) => withUsage({ ...base, choices }, filler));
  if (input.includeUsage) {
    for (const usage of finalUsages(behaviour.usage, answer.usage)) {
      if (usage !== undefined) events.push(withUsage({ ...base, choices: [] }, usage));
    }
  }
  if (behaviour.errorAfterEvents !== undefined) return errorFrames(events, behaviour.errorAfterEvents, behaviour);
  if (behaviour.terminator !== 'missing') events.push('[DONE]');
  return events.map((event) => frame(event, behaviour));
}

function errorFrames(events: readonly string[], after: number, behaviour: Behaviour): string[] {
  const error = JSON.stringify({
    error: {
      message: 'The server had an error while processing your request.',
      type: 'server_error',
      param: null,
      code: null,
    },
  });
  return [...events.slice(0, after), error].map((event) => frame(event, behaviour));
}

function frame(data: string, behaviour: Behaviour): string {
  const end = behaviour.lineEnd ?? '\n';
  return `data: ${data}${end}${end}`;
}

function envelope(input: FrameInput, object: string): JsonObject {
  return {
    id: input.answer.id,
    object,
    created: input.createdSeconds,
    model: input.model,
    system_fingerprint: FINGERPRINT,
    service_tier: 'default',
  };
}

function messageOf(answer: FakeAnswer): JsonObject {
  const { toolCall } = answer;
  if (toolCall === undefined)
    return { role: 'assistant', content: answer.words.join(''), refusal: null, annotations: [] };
  const call = {
    id: toolCall.id,
    type: 'function',
    function: { name: toolCall.name, arguments: toolCall.argumentsText },
  };
  return { role: 'assistant', content: null, refusal: null, annotations: [], tool_calls: [call] };
}

/** The `choices` of each event, in order. */
function deltasOf(input: FrameInput): JsonObject[][] {
  const { answer, operation, behaviour } = input;
  const indexes = Array.from({ length: answer.choices }, (_, index) => index);
  const words =
    behaviour.hugeEventBytes === undefined ? answer.words : [...answer.words, 'x'.repeat(behaviour.hugeEventBytes)];
  if (operation === 'completions') {
    const texts = indexes.flatMap((index) =>
      words.map((text) => [{ text, index, logprobs: null, finish_reason: null }]),
    );
    return [
      ...texts,
      ...indexes.map((index) => [{ text: '', index, logprobs: null, finish_reason: answer.finishReason }]),
    ];
  }
  const choice = (index: number, delta: JsonObject, reason: string | null): JsonObject[] => [
    { index, delta, logprobs: null, finish_reason: reason },
  ];
  return indexes.flatMap((index) => [
    choice(index, { role: 'assistant', content: answer.toolCall === undefined ? '' : null, refusal: null }, null),
    ...words.map((content) => choice(index, { content }, null)),
    ...toolDeltas(answer).map((delta) => choice(index, delta, null)),
    choice(index, {}, answer.finishReason),
  ]);
}

function toolDeltas(answer: FakeAnswer): JsonObject[] {
  const { toolCall } = answer;
  if (toolCall === undefined) return [];
  const opening = { index: 0, id: toolCall.id, type: 'function', function: { name: toolCall.name, arguments: '' } };
  const deltas: JsonObject[] = [{ tool_calls: [opening] }];
  const characters = Array.from(toolCall.argumentsText);
  for (let start = 0; start < characters.length; start += TOOL_ARGUMENT_PIECE_CHARACTERS) {
    const piece = characters.slice(start, start + TOOL_ARGUMENT_PIECE_CHARACTERS).join('');
    deltas.push({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  return deltas;
}

/** What stands under `usage` in the events before the last; `undefined` leaves the field out. */
function fillerUsage(input: FrameInput): string | undefined {
  if (input.behaviour.usage?.kind === 'every-chunk') return usageText(input.answer.usage);
  return input.includeUsage ? 'null' : undefined;
}

/** The usage that ends an answer, once or more often; `undefined` where the answer has none. */
function finalUsages(behaviour: UsageBehaviour | undefined, usage: FakeUsage): (string | undefined)[] {
  if (behaviour === undefined) return [usageText(usage)];
  switch (behaviour.kind) {
    case 'missing':
      return [undefined];
    case 'null':
      return ['null'];
    case 'every-chunk':
      return [usageText(usage)];
    case 'twice':
      return [usageText({ ...usage, completionTokens: 1 }), usageText(usage)];
    case 'hostile':
      return [
        `{"prompt_tokens":${behaviour.text},"completion_tokens":${behaviour.text},"total_tokens":${behaviour.text},` +
          `"prompt_tokens_details":{"cached_tokens":${behaviour.text}}}`,
      ];
    default:
      return assertNever(behaviour);
  }
}

function usageText(usage: FakeUsage): string {
  return JSON.stringify({
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  });
}

/** Adds `usage` as text, because a hostile value need not be one that a JSON serializer would write. */
function withUsage(body: JsonObject, usage: string | undefined): string {
  const text = JSON.stringify(body);
  return usage === undefined ? text : `${text.slice(0, -1)},"usage":${usage}}`;
}
