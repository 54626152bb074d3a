import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, type FakeToolCall, SOURCE, STOP_SEQUENCE, sealed } from '../answers.ts';
import { type Count, jsonWithCounts, lastUsage, type TellingUsage } from '../counts.ts';
import { stringAt } from '../prompt.ts';
import { type AnswerInput, type FakeStream, piecesOf, sse } from '../speech.ts';

export function answerId(_question: unknown, idPart: string): string {
  return `msg_${idPart}`;
}

/** https://platform.claude.com/docs/en/api/messages */
export function wholeBody(input: AnswerInput): string {
  const { answer, behaviour } = input;
  const usage = lastUsage(behaviour.usage, answer.usage);
  return jsonWithCounts({
    ...message(input),
    content: blocksOf(answer).map(({ whole }) => whole),
    ...stopOf(answer),
    ...(usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage, usage.completion) }),
  });
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export function streamOf(input: AnswerInput): FakeStream {
  const { answer, behaviour } = input;
  const usage = lastUsage(behaviour.usage, answer.usage);
  const begun = usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage, 1) };
  const ended = usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage, usage.completion) };
  const write = (event: JsonObject): string => sse(jsonWithCounts(event), behaviour, stringAt(event, 'type'));
  const events: JsonObject[] = [
    {
      type: 'message_start',
      message: { ...message(input), content: [], stop_reason: null, stop_sequence: null, ...begun },
    },
    { type: 'ping' },
    ...blocksOf(answer, behaviour.hugeEventBytes).flatMap(({ opening, deltas }, index) => [
      { type: 'content_block_start', index, content_block: opening },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
  ];
  return {
    events: events.map(write),
    terminator: [write({ type: 'message_delta', delta: stopOf(answer), ...ended }), write({ type: 'message_stop' })],
    error: write({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  };
}

function message({ answer, model }: AnswerInput): JsonObject {
  return { id: answerId(undefined, answer.idPart), type: 'message', role: 'assistant', model };
}

function stopOf({ finish }: FakeAnswer): JsonObject {
  return { stop_reason: stopReasonOf(finish), stop_sequence: finish === 'stop-sequence' ? STOP_SEQUENCE : null };
}

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
function stopReasonOf(finish: FakeAnswer['finish']): string {
  switch (finish) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool-call':
      return 'tool_use';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'refused':
    case 'filtered':
      return 'refusal';
    default:
      return assertNever(finish);
  }
}

function usageObject(usage: TellingUsage, output_tokens: Count): JsonObject {
  const written = [usage.write5m, usage.write1h].filter((count) => typeof count === 'number');
  return {
    input_tokens: usage.uncached,
    cache_creation_input_tokens: written.reduce((sum, count) => sum + count, 0),
    cache_read_input_tokens: usage.read,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.write5m ?? 0,
      ephemeral_1h_input_tokens: usage.write1h ?? 0,
    },
    output_tokens,
    // The part that was thought is told at the end.
    ...(usage.reasoning === 0 || output_tokens !== usage.completion
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    service_tier: 'standard',
  };
}

type Block = { readonly whole: JsonObject; readonly opening: JsonObject; readonly deltas: readonly JsonObject[] };

function blocksOf(answer: FakeAnswer, hugeBytes?: number): readonly Block[] {
  const thoughts = answer.thoughts.length === 0 ? [] : [thinkingBlock(answer)];
  const texts = answer.words.length === 0 ? [] : [textBlock(answer, hugeBytes)];
  return [...thoughts, ...texts, ...answer.toolCalls.map(toolBlock)];
}

function thinkingBlock({ thoughts, isRedacted, idPart }: FakeAnswer): Block {
  const seal = sealed(`thoughts ${idPart}`);
  if (isRedacted) {
    const whole = { type: 'redacted_thinking', data: seal };
    return { whole, opening: whole, deltas: [] };
  }
  return {
    whole: { type: 'thinking', thinking: thoughts.join(''), signature: seal },
    opening: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...thoughts.map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: seal },
    ],
  };
}

function textBlock(answer: FakeAnswer, hugeBytes: number | undefined): Block {
  const words = hugeBytes === undefined ? answer.words : [...answer.words, 'x'.repeat(hugeBytes)];
  const citation: JsonObject = {
    type: 'web_search_result_location',
    cited_text: SOURCE.text,
    url: SOURCE.url,
    title: SOURCE.title,
    encrypted_index: sealed('index'),
  };
  const cited = answer.cites ? { citations: [citation] } : {};
  return {
    whole: { type: 'text', text: words.join(''), ...cited },
    opening: { type: 'text', text: '' },
    deltas: [
      ...words.map((text) => ({ type: 'text_delta', text })),
      ...(answer.cites ? [{ type: 'citations_delta', citation }] : []),
    ],
  };
}

function toolBlock(call: FakeToolCall): Block {
  const head = { type: 'tool_use', id: `toolu_${call.idPart}`, name: call.name };
  return {
    // The stand-in wrote the arguments itself, as an object.
    whole: { ...head, input: JSON.parse(call.argumentsText) as JsonObject },
    opening: { ...head, input: {} },
    deltas: ['', ...piecesOf(call.argumentsText)].map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  };
}
