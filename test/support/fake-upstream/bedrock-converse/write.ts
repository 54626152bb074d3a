import { EventStreamCodec } from '@smithy/eventstream-codec';
import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, type FakeToolCall, SOURCE, sealed } from '../answers.ts';
import { jsonWithCounts, lastUsage, type TellingUsage } from '../counts.ts';
import { type AnswerInput, type FakeStream, piecesOf } from '../speech.ts';

const LATENCY_MS = 123;
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);

export function answerId(_question: unknown, idPart: string): string {
  return idPart;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export function wholeBody(input: AnswerInput): string {
  const { answer, behaviour } = input;
  const usage = lastUsage(behaviour.usage, answer.usage);
  return jsonWithCounts({
    output: { message: { role: 'assistant', content: blocksOf(answer).map(({ whole }) => whole) } },
    stopReason: stopReasonOf(answer.finish),
    ...(usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage) }),
    metrics: { latencyMs: LATENCY_MS },
  });
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html */
export function streamOf(input: AnswerInput): FakeStream {
  const { answer, behaviour } = input;
  const usage = lastUsage(behaviour.usage, answer.usage);
  const events = [
    eventMessage('messageStart', { role: 'assistant' }),
    ...blocksOf(answer, behaviour.hugeEventBytes).flatMap(({ opening, deltas }, contentBlockIndex) => [
      ...(opening === undefined ? [] : [eventMessage('contentBlockStart', { contentBlockIndex, start: opening })]),
      ...deltas.map((delta) => eventMessage('contentBlockDelta', { contentBlockIndex, delta })),
      eventMessage('contentBlockStop', { contentBlockIndex }),
    ]),
  ];
  const metadata: JsonObject = {
    ...(usage === undefined ? {} : { usage: usage === null ? null : usageObject(usage) }),
    metrics: { latencyMs: LATENCY_MS },
  };
  return {
    events,
    terminator: [
      eventMessage('messageStop', { stopReason: stopReasonOf(answer.finish) }),
      eventMessage('metadata', metadata),
    ],
    error: message(
      { ':message-type': 'exception', ':exception-type': 'modelStreamErrorException' },
      JSON.stringify({ message: 'The model failed while it answered.', originalStatusCode: 500 }),
    ),
  };
}

/** Messages of a stream are padded so that their length tells nothing: the field `p`. */
function eventMessage(name: string, body: JsonObject): Buffer {
  return message({ ':message-type': 'event', ':event-type': name }, jsonWithCounts({ ...body, p: 'abcdefgh' }));
}

/** https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html describes the binary form. */
function message(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const all = { ...headers, ':content-type': 'application/json' };
  return Buffer.from(
    codec.encode({
      headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { type: 'string', value }])),
      body: Buffer.from(body),
    }),
  );
}

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
    case 'filtered':
      return 'guardrail_intervened';
    case 'refused':
      return 'content_filtered';
    default:
      return assertNever(finish);
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html */
function usageObject(usage: TellingUsage): JsonObject {
  const details = [
    { ttl: '5m', inputTokens: usage.write5m },
    { ttl: '1h', inputTokens: usage.write1h },
  ].filter(({ inputTokens }) => typeof inputTokens === 'number');
  const written = details.reduce((sum, { inputTokens }) => sum + Number(inputTokens), 0);
  return {
    inputTokens: usage.uncached,
    outputTokens: usage.completion,
    totalTokens: usage.total,
    cacheReadInputTokens: usage.read,
    cacheWriteInputTokens: written,
    ...(details.length === 0 ? {} : { cacheDetails: details }),
  };
}

type Block = { readonly whole: JsonObject; readonly opening?: JsonObject; readonly deltas: readonly JsonObject[] };

function blocksOf(answer: FakeAnswer, hugeBytes?: number): readonly Block[] {
  const words = hugeBytes === undefined ? answer.words : [...answer.words, 'x'.repeat(hugeBytes)];
  const texts = words.length === 0 ? [] : [textBlock(answer, words)];
  const thoughts = answer.thoughts.length === 0 ? [] : [reasoningBlock(answer)];
  return [...thoughts, ...texts, ...answer.toolCalls.map(toolBlock)];
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html */
function textBlock({ cites }: FakeAnswer, words: readonly string[]): Block {
  const deltas = words.map((text) => ({ text }));
  if (!cites) return { whole: { text: words.join('') }, deltas };
  const citation = {
    title: SOURCE.title,
    sourceContent: [{ text: SOURCE.text }],
    location: { web: { url: SOURCE.url, domain: 'example.com' } },
  };
  return {
    whole: { citationsContent: { content: [{ text: words.join('') }], citations: [citation] } },
    deltas: [...deltas, { citation }],
  };
}

function reasoningBlock({ thoughts, isRedacted, idPart }: FakeAnswer): Block {
  const seal = sealed(`thoughts ${idPart}`);
  if (isRedacted) {
    const whole = { reasoningContent: { redactedContent: seal } };
    return { whole, deltas: [whole] };
  }
  return {
    whole: { reasoningContent: { reasoningText: { text: thoughts.join(''), signature: seal } } },
    deltas: [...thoughts.map((text) => ({ reasoningContent: { text } })), { reasoningContent: { signature: seal } }],
  };
}

function toolBlock(call: FakeToolCall): Block {
  const head = { toolUseId: `tooluse_${call.idPart}`, name: call.name };
  return {
    // The stand-in wrote the arguments itself, as an object.
    whole: { toolUse: { ...head, input: JSON.parse(call.argumentsText) as JsonObject } },
    opening: { toolUse: head },
    deltas: piecesOf(call.argumentsText).map((input) => ({ toolUse: { input } })),
  };
}
