import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../../../src/kernel/json.ts';
import { type Arrival, type ArrivedChoice, type ArrivedPart, partsOf } from './arrival.ts';
import {
  ANSWER,
  CALL_A,
  CALL_B,
  DEVELOPER,
  FILE_URL,
  IMAGE_URL,
  LATE_SYSTEM,
  NEXT_QUESTION,
  OTHER_TOOL,
  PDF,
  PNG,
  QUESTION,
  RESULT_A,
  RESULT_B,
  SCHEMA,
  SYSTEM,
  TOOL,
  WAV,
} from './scenario.ts';

/** Something that a caller may ask, and what has to be found of it at the provider. */
export type RequestFeature = {
  readonly title: string;
  /** What is not there; `undefined` where all is. */
  readonly missing: (arrival: Arrival, asked: string) => string | undefined;
};

/** The features of requests, by the name under which the callers' requests stand. */
export const REQUEST_FEATURES = {
  system: { title: 'system prompt', missing: wants(said('system', SYSTEM), 'the system prompt') },
  'system-late': {
    title: 'system prompt within the conversation',
    missing: wants(inOrder([QUESTION, LATE_SYSTEM, NEXT_QUESTION]), 'the place of the later system prompt'),
  },
  developer: { title: 'developer prompt', missing: wants(said('system', DEVELOPER), 'the developer prompt') },
  'multi-turn': {
    title: 'several turns',
    missing: wants(
      (arrival) => inOrder([QUESTION, ANSWER, NEXT_QUESTION])(arrival) && said('assistant', ANSWER)(arrival),
      'a turn',
    ),
  },
  'image-url': { title: 'picture by address', missing: wants(media('image', [IMAGE_URL, PNG]), 'the picture') },
  'image-base64': { title: 'picture as base64', missing: wants(media('image', [PNG]), 'the picture') },
  'file-base64': { title: 'PDF as base64', missing: wants(media('file', [PDF]), 'the file') },
  'file-url': { title: 'PDF by address', missing: wants(media('file', [FILE_URL, PDF]), 'the file') },
  audio: { title: 'sound', missing: wants(media('audio', [WAV]), 'the sound') },
  tools: { title: 'tools', missing: wants(offers(TOOL), 'the tool') },
  'strict-tool': {
    title: 'strict schema of a tool',
    missing: wants(({ tools }) => tools[0]?.strict === true, 'strictness'),
  },
  'custom-tool': {
    title: 'tool that takes free text',
    missing: wants(({ tools }) => tools[0]?.isCustom === true, 'the tool'),
  },
  'tool-results': { title: 'calls in parallel and their results', missing: missingResults },
  'tool-result-image': {
    title: 'result with a picture',
    missing: wants(
      (arrival) => results(arrival).some(({ images }) => images > 0) || media('image', [PNG])(arrival),
      'the picture',
    ),
  },
  'tool-result-error': {
    title: 'result that tells of a failure',
    missing: wants((arrival) => results(arrival).some(({ isError }) => isError), 'that it failed'),
  },
  'choice-auto': { title: 'tool choice: auto', missing: wants(chooses('auto'), 'the choice') },
  'choice-none': { title: 'tool choice: none', missing: wants(choosesNone, 'the choice') },
  'choice-required': { title: 'tool choice: required', missing: wants(chooses('required'), 'the choice') },
  'choice-named': { title: 'tool choice: one by name', missing: wants(chooses({ names: [TOOL.name] }), 'the choice') },
  'choice-allowed': { title: 'tool choice: some of them', missing: wants(choosesSome, 'the choice') },
  'one-call': {
    title: 'one call at a time',
    missing: wants(({ parallelCalls }) => parallelCalls === false, 'the wish'),
  },
  json: { title: 'JSON output', missing: wants(({ format }) => format?.kind === 'json', 'the format') },
  schema: { title: 'output by JSON Schema', missing: wants(fitsSchema, 'the schema') },
  effort: { title: 'reasoning effort', missing: wants(thinksHard, 'the effort') },
  budget: { title: 'reasoning budget', missing: wants(({ thinking }) => thinking.budget === 2048, 'the budget') },
  'thinking-off': { title: 'reasoning switched off', missing: wants(isOff, 'the wish') },
  'cache-5m': { title: 'cache marker', missing: wants(({ markers }) => markers.length > 0, 'the marker') },
  'cache-1h': {
    title: 'cache marker for an hour',
    missing: wants(({ markers }) => markers.includes('1h'), 'the hour'),
  },
  'cache-key': setting('prompt cache key', 'promptCacheKey', 'a-cache'),
  'tokens-max': setting('most tokens', 'tokensMax', 300),
  temperature: setting('temperature', 'temperature', 0.5),
  'top-p': setting('top-p', 'topP', 0.9),
  'top-k': setting('top-k', 'topK', 40),
  stop: setting('stop sequences', 'stop', ['END']),
  seed: setting('seed', 'seed', 7),
  'presence-penalty': setting('presence penalty', 'presencePenalty', 0.5),
  'frequency-penalty': setting('frequency penalty', 'frequencyPenalty', 0.5),
  'logit-bias': setting('logit bias', 'logitBias', { '50256': -100 }),
  logprobs: setting('log probabilities', 'logprobs', 2),
  choices: setting('several answers', 'choices', 2),
  'service-tier': {
    title: 'service tier',
    // What is standard needs no word.
    missing: ({ settings }, asked) =>
      settings['serviceTier'] === undefined && !asked.includes('"standard_only"') ? 'the tier' : undefined,
  },
  metadata: setting('metadata', 'metadata', { team: 'harbour' }),
  'end-user': setting('end user', 'endUser', 'user-1'),
  verbosity: setting('verbosity', 'verbosity', 'low'),
} as const satisfies Readonly<Record<string, RequestFeature>>;

export type RequestFeatureId = keyof typeof REQUEST_FEATURES;

function wants(test: (arrival: Arrival) => boolean, what: string): RequestFeature['missing'] {
  return (arrival) => (test(arrival) ? undefined : what);
}

/** A setting that arrives as it was said; any value will do where none is given. */
function setting(title: string, name: string, value: JsonValue | undefined): RequestFeature {
  return {
    title,
    missing: ({ settings }) => {
      const arrived = settings[name];
      const isThere = value === undefined ? arrived !== undefined : isDeepStrictEqual(arrived, value);
      return isThere ? undefined : `${name} (${JSON.stringify(arrived)} came)`;
    },
  };
}

function said(role: 'system' | 'assistant', text: string): (arrival: Arrival) => boolean {
  return ({ turns }) =>
    turns.some(
      (each) => each.role === role && each.parts.some((part) => part.kind === 'text' && part.text.includes(text)),
    );
}

function inOrder(texts: readonly string[]): (arrival: Arrival) => boolean {
  return (arrival) => {
    const all = partsOf(arrival).map((part) => (part.kind === 'text' ? part.text : ''));
    const places = texts.map((text) => all.findIndex((each) => each.includes(text)));
    return places.every((place, index) => place !== -1 && (index === 0 || place > (places[index - 1] ?? -1)));
  };
}

function media(kind: 'image' | 'file' | 'audio', sources: readonly string[]): (arrival: Arrival) => boolean {
  return (arrival) =>
    partsOf(arrival).some((part) => part.kind === kind && sources.some((source) => part.from.includes(source)));
}

function offers(tool: typeof TOOL): (arrival: Arrival) => boolean {
  return ({ tools }) => {
    const arrived = tools.find(({ name }) => name === tool.name);
    return arrived?.description === tool.description && hasSchema(arrived.parameters);
  };
}

/** Whether a schema asks for the same: providers write types in capitals, or leave out what they do not know. */
function hasSchema(schema: JsonValue | undefined): boolean {
  const text = JSON.stringify(schema ?? null).toLowerCase();
  return ['"city"', '"days"', '"integer"', '"required"'].every((word) => text.includes(word));
}

type Result = Extract<ArrivedPart, { readonly kind: 'result' }>;

function results(arrival: Arrival): readonly Result[] {
  return partsOf(arrival).filter((part): part is Result => part.kind === 'result');
}

/** Both calls with their arguments, and after them both results, each joined to its call by id, name or place. */
function missingResults(arrival: Arrival): string | undefined {
  const parts = partsOf(arrival);
  const calls = parts.filter((part) => part.kind === 'call');
  const wanted = [CALL_A.arguments, CALL_B.arguments];
  if (
    !isDeepStrictEqual(
      calls.map((call) => call.arguments),
      wanted,
    )
  )
    return 'the calls with their arguments';
  const answered = results(arrival);
  const texts = [RESULT_A, RESULT_B];
  if (answered.length !== 2 || !answered.every(({ text }, index) => text.includes(texts[index] ?? '')))
    return 'the results';
  const isJoined = answered.every(({ id, name }, index) => {
    const call = calls[index];
    return id === undefined ? name === undefined || name === call?.name : id === call?.id;
  });
  return isJoined ? undefined : 'which result belongs to which call';
}

function chooses(wanted: ArrivedChoice): (arrival: Arrival) => boolean {
  // What is said by default says `auto`.
  return ({ toolChoice }) => isDeepStrictEqual(toolChoice, wanted) || (wanted === 'auto' && toolChoice === undefined);
}

/** Tools that are not offered are not called, either. */
function choosesNone({ toolChoice, tools }: Arrival): boolean {
  return toolChoice === 'none' || tools.length === 0;
}

/** One of one named tool, or any of what is offered where the other is held back. */
function choosesSome({ toolChoice, tools }: Arrival): boolean {
  const names = typeof toolChoice === 'object' ? toolChoice.names : undefined;
  if (names !== undefined) return isDeepStrictEqual(names, [TOOL.name]);
  return toolChoice === 'required' && !tools.some(({ name }) => name === OTHER_TOOL.name);
}

function fitsSchema({ format }: Arrival): boolean {
  return format?.kind === 'schema' && hasSchema(format.schema ?? SCHEMA);
}

/** Where there are no levels, an effort becomes a number of tokens. */
function thinksHard({ thinking }: Arrival): boolean {
  return thinking.effort === 'high' || (thinking.effort === undefined && (thinking.budget ?? 0) > 0);
}

function isOff({ thinking }: Arrival): boolean {
  return thinking.isOn === false;
}
