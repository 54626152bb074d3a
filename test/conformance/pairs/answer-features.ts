import { isDeepStrictEqual } from 'node:util';
import { parseJson } from '../../../src/kernel/json.ts';
import type { ChatRequest } from '../../../src/protocol/chat-request.ts';
import { type FakeAnswer, SOURCE, STOP_SEQUENCE } from '../../support/fake-upstream/answers.ts';
import type { Behaviour } from '../../support/fake-upstream/behaviour.ts';
import { QUESTION, TOOL } from './scenario.ts';
import type { View, ViewedUsage } from './view.ts';

/** Something that a provider may answer, and what a caller has to find of it. */
export type AnswerFeature = {
  readonly title: string;
  readonly behaviour?: Behaviour;
  /** Asks for two calls of the tool. */
  readonly calls?: true;
  /** Lets the answer be no longer than this. */
  readonly tokensMax?: number;
  readonly asks?: Partial<ChatRequest>;
  /** Why a provider of a dialect never answers so. */
  readonly providersWithout?: Readonly<Record<string, string>>;
  /** Why a caller of a dialect cannot be told. */
  readonly callersWithout?: Readonly<Record<string, string>>;
  /** Whether something else of the answer may be lost on the way, which another feature tells. */
  readonly mayLoseOther?: true;
  /** What is sought: in the caller’s view, or in the next turn’s call to the provider. */
  readonly seek: 'view' | 'next-turn' | 'error' | 'stream-error' | 'stream-cut';
  /** What is not there; `undefined` where all is. */
  readonly missing?: (view: View, answer: FakeAnswer, caller: string) => string | undefined;
};

const NO_PLACE = 'the caller’s format has no place for it';
const UNTOLD = 'the provider’s format does not tell it';
/** Formats of services that hide what is thought. */
const UNSEALED = { 'openai-chat': UNTOLD, 'ollama-chat': UNTOLD };
/** Formats that tell of cached tokens only what was read. */
const WITHOUT_WRITES = {
  'openai-chat': UNTOLD,
  'openai-responses': UNTOLD,
  'gemini-generate': UNTOLD,
  'ollama-chat': UNTOLD,
};
const ONE_ANSWER = 'there is one answer';
const CALLED: Behaviour = { parallelCalls: 2 };

/** The features of answers, by name. */
export const ANSWER_FEATURES = {
  text: { title: 'text', seek: 'view', missing: missingText },
  calls: {
    title: 'calls in parallel, arguments streamed',
    behaviour: CALLED,
    calls: true,
    seek: 'view',
    missing: missingCalls,
  },
  thinking: {
    title: 'reasoning shown',
    mayLoseOther: true,
    behaviour: { thinks: 'shown' },
    // Some formats show what was thought to those who ask for it.
    asks: { reasoning: { effort: undefined, budgetTokens: undefined, enabled: undefined, summary: 'auto' } },
    seek: 'view',
    missing: wants((view, answer) => view.thoughts === answer.thoughts.join(''), 'what was thought'),
  },
  signature: {
    title: 'signed reasoning before a call, given back on the next turn',
    behaviour: { thinks: 'shown' },
    calls: true,
    providersWithout: UNSEALED,
    seek: 'next-turn',
  },
  redacted: {
    title: 'redacted or encrypted reasoning, given back on the next turn',
    behaviour: { thinks: 'redacted' },
    calls: true,
    providersWithout: UNSEALED,
    seek: 'next-turn',
  },
  refusal: {
    title: 'refusal',
    behaviour: { ending: 'refused' },
    providersWithout: { 'ollama-chat': UNTOLD },
    seek: 'view',
    missing: wants(
      (view, _answer, caller) => view.refusal !== undefined || view.finish === FINISHES[caller]?.filtered,
      'the refusal',
    ),
  },
  length: ending('ends at its longest', 'length', { tokensMax: 3 }),
  filtered: ending('ended by a filter', 'filtered', {
    behaviour: { ending: 'filtered' },
    providersWithout: { 'ollama-chat': UNTOLD },
  }),
  'stop-sequence': {
    title: 'stop sequence that ended it',
    behaviour: { ending: 'stop-sequence' },
    providersWithout: {
      'openai-chat': UNTOLD,
      'openai-responses': 'the provider’s format has no stop sequences',
      'gemini-generate': UNTOLD,
      'bedrock-converse': UNTOLD,
      'ollama-chat': UNTOLD,
    },
    callersWithout: {
      'openai-chat': NO_PLACE,
      'openai-responses': NO_PLACE,
      'gemini-generate': NO_PLACE,
      'aigne-chat': NO_PLACE,
      'aigne-framework': NO_PLACE,
    },
    seek: 'view',
    missing: wants(({ stopSequence }) => stopSequence === STOP_SEQUENCE, 'the sequence'),
  },
  citations: {
    title: 'citations',
    behaviour: { cites: true },
    providersWithout: { 'ollama-chat': UNTOLD },
    seek: 'view',
    missing: wants(({ sources }) => sources.includes(SOURCE.url), 'the source'),
  },
  logprobs: {
    title: 'log probabilities',
    behaviour: { logprobs: true },
    asks: { logprobs: 0 },
    providersWithout: { 'anthropic-messages': UNTOLD, 'bedrock-converse': UNTOLD },
    callersWithout: { 'anthropic-messages': NO_PLACE, 'aigne-framework': NO_PLACE },
    seek: 'view',
    missing: wants(({ hasLogprobs }) => hasLogprobs, 'the probabilities'),
  },
  choices: {
    title: 'several answers',
    asks: { choices: 2 },
    providersWithout: {
      'openai-responses': ONE_ANSWER,
      'anthropic-messages': ONE_ANSWER,
      'bedrock-converse': ONE_ANSWER,
      'ollama-chat': ONE_ANSWER,
    },
    callersWithout: { 'openai-responses': ONE_ANSWER, 'anthropic-messages': ONE_ANSWER, 'aigne-framework': ONE_ANSWER },
    seek: 'view',
    missing: wants(({ choices }) => choices === 2, 'the second answer'),
  },
  usage: {
    title: 'usage: input and output',
    seek: 'view',
    missing: missingUsage(
      'input',
      ({ usage }) => usage.promptTokens,
      'output',
      ({ usage }) => usage.completionTokens,
    ),
  },
  'usage-read': {
    title: 'usage: read from a cache',
    behaviour: { cached: { read: 640 } },
    providersWithout: { 'ollama-chat': UNTOLD },
    seek: 'view',
    missing: missingUsage(
      'input',
      ({ usage }) => usage.promptTokens,
      'read',
      () => 640,
    ),
  },
  'usage-write-5m': {
    title: 'usage: written to a cache',
    behaviour: { cached: { read: 0, write5m: 320 } },
    providersWithout: WITHOUT_WRITES,
    callersWithout: { 'openai-chat': NO_PLACE, 'openai-responses': NO_PLACE, 'gemini-generate': NO_PLACE },
    seek: 'view',
    missing: missingUsage(
      'input',
      ({ usage }) => usage.promptTokens,
      'written',
      () => 320,
    ),
  },
  'usage-write-1h': {
    title: 'usage: written to a cache for an hour',
    behaviour: { cached: { read: 0, write1h: 160 } },
    providersWithout: WITHOUT_WRITES,
    callersWithout: {
      'openai-chat': NO_PLACE,
      'openai-responses': NO_PLACE,
      'gemini-generate': NO_PLACE,
      'aigne-chat': 'lifetimes are not told apart',
      'aigne-framework': 'lifetimes are not told apart',
    },
    seek: 'view',
    missing: missingUsage(
      'written',
      () => 160,
      'written1h',
      () => 160,
    ),
  },
  'usage-reasoning': {
    title: 'usage: reasoning',
    mayLoseOther: true,
    callersWithout: { 'aigne-framework': NO_PLACE },
    behaviour: { thinks: 'shown' },
    providersWithout: {
      'anthropic-messages': UNTOLD,
      'bedrock-converse': UNTOLD,
      'ollama-chat': UNTOLD,
    },
    seek: 'view',
    missing: missingUsage(
      'output',
      ({ usage }) => usage.completionTokens,
      'reasoning',
      ({ thoughts }) => thoughts.length,
    ),
  },
  errors: { title: 'errors, each in the provider’s words', seek: 'error' },
  'stream-error': { title: 'an error within a stream', seek: 'stream-error' },
  'stream-cut': { title: 'a stream that is cut', seek: 'stream-cut' },
} as const satisfies Readonly<Record<string, AnswerFeature>>;

export type AnswerFeatureId = keyof typeof ANSWER_FEATURES;

/** The words in which formats say why an answer ended. */
type Finishes = { readonly stop: string; readonly length: string; readonly calls: string; readonly filtered: string };
const OPENAI_FINISHES: Finishes = { stop: 'stop', length: 'length', calls: 'tool_calls', filtered: 'content_filter' };
const FINISHES: Readonly<Record<string, Finishes>> = {
  'openai-chat': OPENAI_FINISHES,
  'aigne-chat': OPENAI_FINISHES,
  'aigne-framework': OPENAI_FINISHES,
  'openai-responses': {
    stop: 'completed',
    length: 'max_output_tokens',
    calls: 'completed',
    filtered: 'content_filter',
  },
  'gemini-generate': { stop: 'STOP', length: 'MAX_TOKENS', calls: 'STOP', filtered: 'SAFETY' },
  'anthropic-messages': { stop: 'end_turn', length: 'max_tokens', calls: 'tool_use', filtered: 'refusal' },
};

type Test = (view: View, answer: FakeAnswer, caller: string) => boolean;

function wants(test: Test, what: string): AnswerFeature['missing'] {
  return (view, answer, caller) => (test(view, answer, caller) ? undefined : what);
}

function ending(title: string, kind: 'length' | 'filtered', more: Partial<AnswerFeature>): AnswerFeature {
  return {
    title,
    seek: 'view',
    ...more,
    missing: (view, _answer, caller) =>
      view.finish === FINISHES[caller]?.[kind] ? undefined : `that it was ${kind} (it says ${view.finish})`,
  };
}

function missingText(view: View, answer: FakeAnswer, caller: string): string | undefined {
  if (view.text !== answer.words.join('')) return `the text (${JSON.stringify(view.text)} came)`;
  return view.finish === FINISHES[caller]?.stop ? undefined : `the end (it says ${view.finish})`;
}

function missingCalls(view: View, answer: FakeAnswer, caller: string): string | undefined {
  const wanted = answer.toolCalls.map(({ name, argumentsText }) => ({ name, arguments: parseJson(argumentsText) }));
  const came = view.calls.map((call) => ({ name: call.name, arguments: call.arguments }));
  if (!isDeepStrictEqual(came, wanted)) return `the calls (${JSON.stringify(came)} came)`;
  if (new Set(view.calls.map(({ id }) => id)).size !== wanted.length) return 'ids that tell the calls apart';
  return view.finish === FINISHES[caller]?.calls ? undefined : `the end (it says ${view.finish})`;
}

type Counter = (answer: FakeAnswer) => number;

function missingUsage(
  first: keyof ViewedUsage,
  ofFirst: Counter,
  second: keyof ViewedUsage,
  ofSecond: Counter,
): AnswerFeature['missing'] {
  return ({ usage }, answer) => {
    const isTold = usage[first] === ofFirst(answer) && usage[second] === ofSecond(answer);
    return isTold
      ? undefined
      : `${first} ${ofFirst(answer)} and ${second} ${ofSecond(answer)} (${JSON.stringify(usage)} came)`;
  };
}

/** The prompt as the stand-in understands it. */
export function promptFor(feature: AnswerFeature) {
  return {
    text: QUESTION,
    messages: 1,
    lastUserText: feature.calls === true ? `${QUESTION} Use ${TOOL.name}.` : QUESTION,
    tools: [{ name: TOOL.name, parameters: TOOL.parameters }],
    toolChoice: 'auto',
    tokensMax: feature.tokensMax,
    choices: feature.asks?.choices ?? 1,
    thinks: false,
  } as const;
}
