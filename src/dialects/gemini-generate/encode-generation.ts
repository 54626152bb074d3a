import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import { lookUp } from '../fields.ts';
import type { Losses } from '../losses.ts';
import type { ModelRules } from './model-rules.ts';
import { encodeSchema } from './schema.ts';
import { encodeThinking } from './thinking.ts';
import { voiceNamed } from './voices.ts';

/** https://ai.google.dev/api/generate-content#generationconfig */
const STOP_SEQUENCES_MAX = 5;
const SEED_MAX = 2 ** 31 - 1;
const MODALITIES: Readonly<Record<string, string>> = { text: 'TEXT', image: 'IMAGE', audio: 'AUDIO' };
/** Sound comes as samples and in no other format: https://ai.google.dev/gemini-api/docs/speech-generation */
const AUDIO_FORMAT = 'pcm16';

/** `generationConfig`, or `undefined` where nothing is asked for. */
export function encodeGeneration(request: ChatRequest, rules: ModelRules, losses: Losses): JsonObject | undefined {
  const config: JsonObject = {};
  set(config, 'temperature', request.temperature);
  set(config, 'topP', request.topP);
  set(config, 'topK', request.topK);
  set(config, 'maxOutputTokens', request.maxOutputTokens);
  set(config, 'stopSequences', encodeStop(request.stop, losses));
  set(config, 'seed', encodeSeed(request.seed, losses));
  set(config, 'presencePenalty', penalty(request.presencePenalty, 'presencePenalty', rules, losses));
  set(config, 'frequencyPenalty', penalty(request.frequencyPenalty, 'frequencyPenalty', rules, losses));
  if ((request.choices ?? 1) > 1) set(config, 'candidateCount', request.choices);
  encodeLogprobs(request.logprobs, config);
  encodeFormat(request, rules, config, losses);
  encodeModalities(request, config, losses);
  set(config, 'thinkingConfig', encodeThinking(request.reasoning, rules.thinking, losses));
  return Object.keys(config).length === 0 ? undefined : config;
}

function set(config: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) config[key] = value;
}

function encodeStop(stop: readonly string[] | undefined, losses: Losses): JsonValue | undefined {
  const told = stop?.filter((text) => text !== '');
  if (told === undefined || told.length === 0) return undefined;
  if (told.length > STOP_SEQUENCES_MAX)
    losses.add('stop', `a request has at most ${STOP_SEQUENCES_MAX} stop sequences`);
  return told.slice(0, STOP_SEQUENCES_MAX);
}

function encodeSeed(seed: number | undefined, losses: Losses): number | undefined {
  if (seed === undefined || (Number.isInteger(seed) && Math.abs(seed) <= SEED_MAX)) return seed;
  losses.add('seed', 'a seed has 32 bits');
  return undefined;
}

function penalty(
  value: number | undefined,
  field: 'presencePenalty' | 'frequencyPenalty',
  rules: ModelRules,
  losses: Losses,
): number | undefined {
  if (rules.penalties || value === undefined) return value;
  if (value !== 0) losses.add(field, 'the model takes no penalties');
  return undefined;
}

function encodeLogprobs(logprobs: number | undefined, config: JsonObject): void {
  if (logprobs === undefined) return;
  config['responseLogprobs'] = true;
  if (logprobs > 0) config['logprobs'] = logprobs;
}

/** https://ai.google.dev/gemini-api/docs/structured-output */
function encodeFormat(request: ChatRequest, rules: ModelRules, config: JsonObject, losses: Losses): void {
  const { responseFormat: format, tools } = request;
  if (format === undefined || format.kind === 'text') return;
  if (!rules.schemaWithTools && tools.some(({ kind }) => kind === 'function')) {
    losses.add('responseFormat', 'the model takes functions or a format of its answer, not both');
    return;
  }
  config['responseMimeType'] = 'application/json';
  if (format.kind === 'json') return;
  const { name, description } = format;
  // What the schema is called stands nowhere else than in the schema itself.
  const schema: JsonObject = {
    ...(name === undefined ? {} : { title: name }),
    ...(description === undefined ? {} : { description }),
  };
  const encoded = encodeSchema(format.schema);
  config['responseJsonSchema'] = isJsonObject(encoded) ? { ...schema, ...encoded } : encoded;
}

function encodeModalities({ modalities, audio }: ChatRequest, config: JsonObject, losses: Losses): void {
  const named = modalities?.map((word) => lookUp(MODALITIES, word)) ?? [];
  if (named.includes(undefined)) losses.add('modalities', 'answers are text, pictures or sound');
  const known = named.filter((word) => word !== undefined);
  // Text alone is what every model gives unasked.
  if (known.some((word) => word !== 'TEXT')) config['responseModalities'] = known;
  if (audio === undefined) return;
  const voice = voiceNamed(audio.voice);
  if (voice === undefined) losses.add('audio.voice', 'there is no such voice');
  else config['speechConfig'] = { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } };
  if (audio.format !== AUDIO_FORMAT) losses.add('audio.format', `sound comes as ${AUDIO_FORMAT}`);
}
