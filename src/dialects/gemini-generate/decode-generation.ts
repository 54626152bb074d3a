import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../protocol/chat-request.ts';
import {
  at,
  invalid,
  lookUp,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
} from '../fields.ts';
import type { Unexpressed } from '../unexpressed.ts';
import { jsonSchemaOf } from './json-schema.ts';

const WHERE = 'generationConfig';
const KNOWN_FIELDS = new Set([
  'candidateCount',
  'stopSequences',
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
  'speechConfig',
]);
const THINKING_FIELDS = new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel']);
const VOICE_PATH = ['voiceConfig', 'prebuiltVoiceConfig', 'voiceName'] as const;
const MODALITIES: Readonly<Record<string, string>> = { TEXT: 'text', IMAGE: 'image', AUDIO: 'audio' };
/** Sound comes as samples: https://ai.google.dev/gemini-api/docs/speech-generation */
const AUDIO_FORMAT = 'pcm16';
const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain';
/** The model decides how long it thinks. */
const DYNAMIC_BUDGET = -1;

type Generation = Pick<
  ChatRequest,
  | 'responseFormat'
  | 'reasoning'
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logprobs'
  | 'choices'
  | 'modalities'
  | 'audio'
>;

/** https://ai.google.dev/api/generate-content#generationconfig. @throws GatewayError `request.invalid` */
export function decodeGeneration(config: JsonObject, unexpressed: Unexpressed): Generation {
  unexpressed.addRest(config, KNOWN_FIELDS, WHERE);
  return {
    responseFormat: decodeFormat(config, unexpressed),
    reasoning: decodeThinking(config, unexpressed),
    maxOutputTokens: optionalCount(config, 'maxOutputTokens', WHERE),
    temperature: optionalNumber(config, 'temperature', WHERE),
    topP: optionalNumber(config, 'topP', WHERE),
    topK: optionalNumber(config, 'topK', WHERE),
    stop: optionalStrings(config, 'stopSequences', WHERE),
    seed: optionalNumber(config, 'seed', WHERE),
    presencePenalty: optionalNumber(config, 'presencePenalty', WHERE),
    frequencyPenalty: optionalNumber(config, 'frequencyPenalty', WHERE),
    logprobs: decodeLogprobs(config),
    choices: optionalCount(config, 'candidateCount', WHERE),
    modalities: decodeModalities(config, unexpressed),
    audio: decodeSpeech(config, unexpressed),
  };
}

/** How many alternatives are wanted counts only where probabilities are. */
function decodeLogprobs(config: JsonObject): number | undefined {
  const wanted = optionalCount(config, 'logprobs', WHERE);
  return optionalBoolean(config, 'responseLogprobs', WHERE) === true ? (wanted ?? 0) : undefined;
}

/** https://ai.google.dev/gemini-api/docs/structured-output */
function decodeFormat(config: JsonObject, unexpressed: Unexpressed): ResponseFormat | undefined {
  const type = optionalString(config, 'responseMimeType', WHERE);
  const own = optionalObject(config, 'responseSchema', WHERE);
  const schema =
    optionalObject(config, 'responseJsonSchema', WHERE) ?? optionalObject(config, '_responseJsonSchema', WHERE);
  if (type !== undefined && type !== JSON_TYPE && type !== TEXT_TYPE) {
    // One word of a list, without the quotation marks that JSON has.
    unexpressed.add(`${WHERE}.responseMimeType`, type);
    if (own !== undefined) unexpressed.add(`${WHERE}.responseSchema`, own);
    return undefined;
  }
  const json = schema ?? own;
  if (json === undefined) return type === JSON_TYPE ? { kind: 'json' } : undefined;
  if (type !== JSON_TYPE)
    throw invalid(at(WHERE, 'responseMimeType'), `must be \`${JSON_TYPE}\` where there is a schema`);
  const converted = schema ?? jsonSchemaOf(json);
  return {
    kind: 'json-schema',
    name: undefined,
    description: undefined,
    // What was an object is one.
    schema: converted as JsonObject,
    strict: undefined,
  };
}

/** https://ai.google.dev/gemini-api/docs/thinking. Who does not ask for thoughts is not shown them. */
function decodeThinking(config: JsonObject, unexpressed: Unexpressed): ReasoningRequest | undefined {
  const thinking = optionalObject(config, 'thinkingConfig', WHERE);
  if (thinking === undefined) return undefined;
  const where = at(WHERE, 'thinkingConfig');
  unexpressed.addRest(thinking, THINKING_FIELDS, where);
  const budget = optionalNumber(thinking, 'thinkingBudget', where);
  if (budget !== undefined && (!Number.isSafeInteger(budget) || budget < DYNAMIC_BUDGET)) {
    throw invalid(at(where, 'thinkingBudget'), 'must be a whole number, or -1');
  }
  const isShown = optionalBoolean(thinking, 'includeThoughts', where);
  const level = optionalString(thinking, 'thinkingLevel', where)?.toLowerCase();
  const effort = level === 'thinking_level_unspecified' ? undefined : level;
  if (budget === undefined && isShown === undefined && effort === undefined) return undefined;
  return {
    effort,
    budgetTokens: budget !== undefined && budget > 0 ? budget : undefined,
    enabled: enabledBy(budget),
    summary: summaryOf(isShown, budget),
  };
}

function enabledBy(budget: number | undefined): ReasoningRequest['enabled'] {
  if (budget === 0) return false;
  if (budget === DYNAMIC_BUDGET) return 'adaptive';
  return undefined;
}

/** Of a budget that the model chooses others show what was thought, unless they are told not to. */
function summaryOf(isShown: boolean | undefined, budget: number | undefined): string | undefined {
  if (isShown === true) return 'auto';
  return isShown === false || budget === DYNAMIC_BUDGET ? 'omitted' : undefined;
}

function decodeModalities(config: JsonObject, unexpressed: Unexpressed): readonly string[] | undefined {
  const words = optionalStrings(config, 'responseModalities', WHERE);
  if (words === undefined) return undefined;
  const known = words.map((word) => lookUp(MODALITIES, word.toUpperCase()));
  if (known.includes(undefined)) unexpressed.add(`${WHERE}.responseModalities`, [...words]);
  return known.filter((word) => word !== undefined);
}

/** One voice by its name; several speakers, and voices that were cloned, only the API itself has. */
function decodeSpeech(config: JsonObject, unexpressed: Unexpressed): ChatRequest['audio'] {
  const speech = optionalObject(config, 'speechConfig', WHERE);
  if (speech === undefined) return undefined;
  const [config1, config2, name] = VOICE_PATH;
  const voiceConfig = optionalObject(speech, config1, at(WHERE, 'speechConfig'));
  const prebuilt =
    voiceConfig === undefined ? undefined : optionalObject(voiceConfig, config2, `${WHERE}.speechConfig.${config1}`);
  const voice = prebuilt?.[name];
  const isWhole = typeof voice === 'string' && Object.keys(speech).length === 1;
  if (!isWhole) unexpressed.add(`${WHERE}.speechConfig`, speech);
  return isWhole ? { voice, format: AUDIO_FORMAT } : undefined;
}
