import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatRequest, ReasoningRequest } from '../../protocol/chat-request.ts';
import {
  at,
  endUserOf,
  invalid,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  without,
} from '../fields.ts';

const WHERE = 'input.modelOptions';

/** Every option that is read; any other has no common name. `preferInputFileType` speaks to the client alone. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'temperature',
  'topP',
  'topK',
  'frequencyPenalty',
  'presencePenalty',
  'parallelToolCalls',
  'modalities',
  'preferInputFileType',
  'reasoningEffort',
  'cacheConfig',
  'maxTokens',
  'maxOutputTokens',
  'maxCompletionTokens',
  'stop',
  'stopSequences',
  'seed',
  'logitBias',
  'serviceTier',
  'user',
  'metadata',
  'verbosity',
  'promptCacheKey',
]);

type Options = Pick<
  ChatRequest,
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'frequencyPenalty'
  | 'presencePenalty'
  | 'parallelToolCalls'
  | 'modalities'
  | 'reasoning'
  | 'maxOutputTokens'
  | 'stop'
  | 'seed'
  | 'logitBias'
  | 'serviceTier'
  | 'endUser'
  | 'metadata'
  | 'verbosity'
  | 'promptCacheKey'
>;

/**
 * `input.modelOptions`. The framework names a few and passes any other through; what has a common name under the
 * framework's way of writing is taken for that.
 * @throws GatewayError `request.invalid`
 */
export function decodeModelOptions(options: JsonObject): Options {
  return {
    temperature: optionalNumber(options, 'temperature', WHERE),
    topP: optionalNumber(options, 'topP', WHERE),
    topK: optionalNumber(options, 'topK', WHERE),
    frequencyPenalty: optionalNumber(options, 'frequencyPenalty', WHERE),
    presencePenalty: optionalNumber(options, 'presencePenalty', WHERE),
    parallelToolCalls: optionalBoolean(options, 'parallelToolCalls', WHERE),
    modalities: optionalStrings(options, 'modalities', WHERE),
    reasoning: decodeReasoning(options['reasoningEffort']),
    maxOutputTokens:
      optionalCount(options, 'maxOutputTokens', WHERE) ??
      optionalCount(options, 'maxTokens', WHERE) ??
      optionalCount(options, 'maxCompletionTokens', WHERE),
    stop: optionalStrings(options, 'stop', WHERE) ?? optionalStrings(options, 'stopSequences', WHERE),
    seed: optionalNumber(options, 'seed', WHERE),
    logitBias: optionalObject(options, 'logitBias', WHERE),
    serviceTier: optionalString(options, 'serviceTier', WHERE),
    endUser: endUserOf(options['user']),
    metadata: optionalStringMap(options, 'metadata', WHERE),
    verbosity: optionalString(options, 'verbosity', WHERE),
    promptCacheKey: optionalString(options, 'promptCacheKey', WHERE),
  };
}

/** The options that have no common name. */
export function otherOptions(options: JsonObject): ChatRequest['extra'] {
  return without(options, KNOWN);
}

/** A word, or the most tokens to think for: 0 switches thinking off and -1 leaves the amount to the model. */
function decodeReasoning(effort: JsonValue | undefined): ReasoningRequest | undefined {
  if (effort === undefined || effort === null) return undefined;
  const unsaid: ReasoningRequest = {
    effort: undefined,
    budgetTokens: undefined,
    enabled: undefined,
    summary: undefined,
  };
  if (typeof effort === 'string') return { ...unsaid, effort };
  const field = at(WHERE, 'reasoningEffort');
  if (typeof effort !== 'number') throw invalid(field, 'must be a word or a number of tokens');
  if (effort === 0) return { ...unsaid, enabled: false };
  if (effort === -1) return { ...unsaid, enabled: 'adaptive' };
  if (!Number.isSafeInteger(effort) || effort < 0) throw invalid(field, 'must be a whole number of tokens');
  return { ...unsaid, budgetTokens: effort, enabled: true };
}
