import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { AudioRequest, ChatRequest, ReasoningRequest } from '../../protocol/chat-request.ts';
import {
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  requiredList,
  without,
} from '../fields.ts';
import { decodeMessages } from './decode-messages.ts';
import { readCache } from './decode-parts.ts';
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './decode-tools.ts';
import type { Leftovers } from './leftovers.ts';
import { OPENAI_CHAT } from './name.ts';
import { readEndUser, readWantsUsage } from './read-head.ts';

/** The top-level fields that have a place of their own in the canonical request. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'n',
  'service_tier',
  'user',
  'metadata',
  'verbosity',
  'modalities',
  'prompt_cache_key',
  'cache_control',
  'stream',
]);

/**
 * The extra field that tells a caller of the older `functions`, who expects a `function_call` in the answer. It is empty
 * and therefore no loss for a dialect that cannot say it.
 */
export const LEGACY_FUNCTIONS = 'functions';

/**
 * Reads a whole request of `/v1/chat/completions`: https://platform.openai.com/docs/api-reference/chat/create
 * Beside OpenAI's own fields it takes those by which others switch thinking: `reasoning` (OpenRouter:
 * https://openrouter.ai/docs/use-cases/reasoning-tokens), `thinking` (DeepSeek, Z.ai, Doubao) and `enable_thinking` with
 * `thinking_budget` (Model Studio: https://www.alibabacloud.com/help/en/model-studio/deep-thinking).
 *
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const leftovers: Leftovers = {};
  const messages = decodeMessages(requiredList(body, 'messages'), leftovers);
  const streamed = optionalBoolean(body, 'stream') === true;
  const asksLogprobs = optionalBoolean(body, 'logprobs') === true;
  const topLogprobs = optionalCount(body, 'top_logprobs');
  const responseFormat = decodeResponseFormat(body);
  const audio = decodeAudio(body);
  return {
    messages,
    tools: decodeTools(body, leftovers),
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: optionalBoolean(body, 'parallel_tool_calls'),
    responseFormat,
    reasoning: decodeReasoning(body),
    maxOutputTokens: optionalCount(body, 'max_completion_tokens') ?? optionalCount(body, 'max_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    topK: optionalNumber(body, 'top_k'),
    stop: optionalStrings(body, 'stop'),
    seed: optionalNumber(body, 'seed'),
    presencePenalty: optionalNumber(body, 'presence_penalty'),
    frequencyPenalty: optionalNumber(body, 'frequency_penalty'),
    logitBias: optionalObject(body, 'logit_bias'),
    logprobs: asksLogprobs ? (topLogprobs ?? 0) : undefined,
    choices: optionalCount(body, 'n'),
    serviceTier: optionalString(body, 'service_tier'),
    endUser: readEndUser(body),
    metadata: optionalStringMap(body, 'metadata'),
    verbosity: optionalString(body, 'verbosity'),
    modalities: optionalStrings(body, 'modalities'),
    audio,
    promptCacheKey: optionalString(body, 'prompt_cache_key'),
    cache: readCache(body),
    streamed,
    wantsUsage: streamed && readWantsUsage(body),
    extra: { ...readExtra(body, { responseFormat, audio }), ...leftovers },
    dialect: OPENAI_CHAT,
  };
}

/** What the format has no common name for; what was read in part is there as a whole or not at all. */
function readExtra(body: JsonObject, read: Pick<ChatRequest, 'responseFormat' | 'audio'>): ChatRequest['extra'] {
  const extra = without(body, KNOWN);
  if (read.responseFormat !== undefined) delete extra['response_format'];
  if (read.audio !== undefined) delete extra['audio'];
  if (body['user'] === undefined || body['user'] === null || body['user'] === body['safety_identifier']) {
    delete extra['safety_identifier'];
  }
  const options = optionsBesideUsage(body);
  if (options === undefined) delete extra['stream_options'];
  else extra['stream_options'] = options;
  if (Array.isArray(body['functions']) && !Array.isArray(body['tools'])) extra[LEGACY_FUNCTIONS] = [];
  return extra;
}

/** `stream_options` without what is said elsewhere, and without a padding that was declined and nobody else adds. */
function optionsBesideUsage(body: JsonObject): JsonObject | undefined {
  const options = optionalObject(body, 'stream_options');
  if (options === undefined) return undefined;
  const { include_usage: _usage, include_obfuscation: obfuscation, ...rest } = options;
  const kept = obfuscation === true ? { ...rest, include_obfuscation: true } : rest;
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function decodeReasoning(body: JsonObject): ReasoningRequest | undefined {
  const reasoning = optionalObject(body, 'reasoning') ?? {};
  const thinking = optionalObject(body, 'thinking') ?? {};
  const asked = {
    effort: optionalString(body, 'reasoning_effort') ?? optionalString(reasoning, 'effort', 'reasoning'),
    budgetTokens:
      optionalCount(reasoning, 'max_tokens', 'reasoning') ??
      optionalCount(thinking, 'budget_tokens', 'thinking') ??
      optionalCount(body, 'thinking_budget'),
    enabled:
      optionalBoolean(reasoning, 'enabled', 'reasoning') ??
      readThinkingType(optionalString(thinking, 'type', 'thinking')) ??
      optionalBoolean(body, 'enable_thinking'),
    summary:
      optionalBoolean(reasoning, 'exclude', 'reasoning') === true
        ? 'omitted'
        : optionalString(reasoning, 'summary', 'reasoning'),
  };
  return Object.values(asked).every((value) => value === undefined) ? undefined : asked;
}

/** `auto` is Doubao's word for leaving it to the model: https://www.volcengine.com/docs/82379/1449737 */
function readThinkingType(type: string | undefined): ReasoningRequest['enabled'] {
  if (type === 'enabled') return true;
  if (type === 'disabled') return false;
  return type === 'adaptive' || type === 'auto' ? 'adaptive' : undefined;
}

/** A voice of one's own is given by an id within an object, which has no common name. */
function decodeAudio(body: JsonObject): AudioRequest | undefined {
  const { audio } = body;
  if (!isJsonObject(audio) || isJsonObject(audio['voice'])) return undefined;
  const voice = optionalString(audio, 'voice', 'audio');
  const format = optionalString(audio, 'format', 'audio');
  return voice === undefined || format === undefined ? undefined : { voice, format };
}
