import { assertNever } from '../../../../src/kernel/assert.ts';
import type { JsonObject } from '../../../../src/kernel/json.ts';
import { type FakeAnswer, type FakeToolCall, LOGPROB, SOURCE, sealed } from '../answers.ts';
import { jsonWithCounts, lastUsage, type TellingUsage } from '../counts.ts';
import { type AnswerInput, type FakeStream, sse } from '../speech.ts';

export function answerId(_question: unknown, idPart: string): string {
  return idPart;
}

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export function wholeBody(input: AnswerInput): string {
  const { answer } = input;
  const parts = [
    ...thoughtParts(answer, [answer.thoughts.join('')]),
    ...wordParts([answer.words.join('')]),
    ...callParts(answer),
  ];
  return jsonWithCounts(chunk(input, candidatesOf(answer, parts.filter(hasContent), true), true));
}

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent with `alt=sse`. */
export function streamOf(input: AnswerInput): FakeStream {
  const { answer, behaviour } = input;
  const huge = behaviour.hugeEventBytes === undefined ? [] : ['x'.repeat(behaviour.hugeEventBytes)];
  const parts = [
    ...thoughtParts(answer, answer.thoughts),
    ...wordParts([...answer.words, ...huge]),
    ...callParts(answer),
  ];
  const write = (event: JsonObject): string => sse(jsonWithCounts(event), behaviour);
  const error = { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' };
  const last = parts.at(-1);
  return {
    events: parts.slice(0, -1).map((part) => write(chunk(input, candidatesOf(answer, [part], false), false))),
    // The last content comes together with the finish reason.
    terminator: [write(chunk(input, candidatesOf(answer, last === undefined ? [] : [last], true), true))],
    error: write({ error }),
  };
}

function hasContent(part: JsonObject): boolean {
  return part['text'] !== '';
}

function chunk({ answer, model, behaviour }: AnswerInput, candidates: JsonObject[], isLast: boolean): JsonObject {
  const usage = lastUsage(behaviour.usage, answer.usage);
  const tellsUsage = isLast || behaviour.usage?.kind === 'every-chunk' || behaviour.usage === undefined;
  return {
    candidates,
    ...(usage === undefined || !tellsUsage ? {} : { usageMetadata: usage === null ? null : usageObject(usage) }),
    modelVersion: model,
    responseId: answer.idPart,
  };
}

function candidatesOf(answer: FakeAnswer, parts: JsonObject[], isLast: boolean): JsonObject[] {
  return Array.from({ length: answer.choices }, (_, index) => ({
    content: { parts, role: 'model' },
    ...(isLast ? { finishReason: finishReasonOf(answer.finish) } : {}),
    ...(answer.tellsLogprobs ? { logprobsResult: logprobsResultOf(parts) } : {}),
    ...(isLast && answer.cites ? { groundingMetadata: groundingOf(answer) } : {}),
    index,
  }));
}

/** https://ai.google.dev/api/generate-content#LogprobsResult */
function logprobsResultOf(parts: readonly JsonObject[]): JsonObject {
  const tokens = parts.flatMap((part) =>
    part['thought'] === true || part['text'] === undefined ? [] : [part['text']],
  );
  const chosenCandidates = tokens.map((token) => ({ token, tokenId: 1, logProbability: LOGPROB }));
  return { topCandidates: chosenCandidates.map((candidate) => ({ candidates: [candidate] })), chosenCandidates };
}

/** https://ai.google.dev/api/generate-content#FinishReason */
function finishReasonOf(finish: FakeAnswer['finish']): string {
  switch (finish) {
    case 'stop':
    case 'tool-call':
    case 'stop-sequence':
      return 'STOP';
    case 'length':
      return 'MAX_TOKENS';
    case 'filtered':
    case 'refused':
      return 'SAFETY';
    default:
      return assertNever(finish);
  }
}

function thoughtParts({ isRedacted, idPart }: FakeAnswer, thoughts: readonly string[]): JsonObject[] {
  if (thoughts.join('') === '') return [];
  const seal = { thought: true, text: '', thoughtSignature: sealed(`thoughts ${idPart}`) };
  return isRedacted ? [seal] : [...thoughts.map((text) => ({ thought: true, text })), seal];
}

function wordParts(words: readonly string[]): JsonObject[] {
  return words.map((text) => ({ text }));
}

/** The first call of a turn carries the signature: https://ai.google.dev/gemini-api/docs/thought-signatures */
function callParts({ toolCalls, thoughts }: FakeAnswer): JsonObject[] {
  return toolCalls.map((call: FakeToolCall, index) => ({
    functionCall: {
      id: call.idPart,
      name: call.name,
      // The stand-in wrote the arguments itself, as an object.
      args: JSON.parse(call.argumentsText) as JsonObject,
    },
    ...(index === 0 && thoughts.length > 0 ? { thoughtSignature: sealed(`call ${call.idPart}`) } : {}),
  }));
}

function groundingOf({ words }: FakeAnswer): JsonObject {
  const text = words.join('');
  return {
    groundingChunks: [{ web: { uri: SOURCE.url, title: SOURCE.title } }],
    groundingSupports: [
      { segment: { startIndex: 0, endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: [0] },
    ],
  };
}

/** https://ai.google.dev/api/generate-content#UsageMetadata: candidates and thoughts are counted apart. */
function usageObject(usage: TellingUsage): JsonObject {
  return {
    promptTokenCount: usage.prompt,
    candidatesTokenCount: usage.answer,
    totalTokenCount: usage.total,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.prompt }],
    ...(usage.read === 0 ? {} : { cachedContentTokenCount: usage.read }),
    ...(usage.reasoning === 0 ? {} : { thoughtsTokenCount: usage.reasoning }),
  };
}
