import type { JsonObject } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { LEGACY_FUNCTIONS } from './decode-request.ts';
import { encodeMessages } from './encode-messages.ts';
import { cacheField, type PartTarget } from './encode-parts.ts';
import { encodeReasoningRequest } from './encode-reasoning.ts';
import { encodeResponseFormat, encodeToolFields } from './encode-tools.ts';
import { isLeftover } from './leftovers.ts';
import { OPENAI_CHAT } from './name.ts';
import { isMissed, lossName, REFUSED } from './refused-fields.ts';

/** https://platform.openai.com/docs/api-reference/chat/create#chat-create-stop */
const STOP_SEQUENCES_MAX = 4;
/** That of its successor: https://platform.openai.com/docs/api-reference/chat/create#chat-create-safety_identifier */
const END_USER_CHARACTERS_MAX = 64;
const SERVICE_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast']);
/** The words of other dialects for the tier that is nothing special. */
const STANDARD_TIERS: ReadonlySet<string> = new Set(['standard', 'standard_only']);

/**
 * A canonical request in OpenAI's chat format, without the fields that the endpoint's quirks rule out:
 * https://platform.openai.com/docs/api-reference/chat/create
 */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const { quirks } = target;
  const parts: PartTarget = { quirks, losses, isOwn: request.dialect === OPENAI_CHAT };
  const body: JsonObject = {
    model: target.upstreamModel,
    messages: encodeMessages(request.messages, parts),
    ...encodeToolFields(request, parts),
    response_format: encodeResponseFormat(request.responseFormat, parts),
    ...encodeReasoningRequest(request.reasoning, parts),
    [quirks.maxTokensField ?? 'max_completion_tokens']: request.maxOutputTokens,
    ...encodeSampling(request, losses),
    ...encodeLabels(request, losses),
    modalities: request.modalities === undefined ? undefined : [...request.modalities],
    audio: request.audio,
    verbosity: request.verbosity,
    prompt_cache_key: request.promptCacheKey,
    ...cacheField(request.cache, 'cache', parts),
    ...encodeExtra(request, losses),
    ...encodeStream(request, target),
  };
  leaveOutRefused(body, target, losses);
  return { call: { path: target.path, headers: {}, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
}

function encodeSampling(request: ChatRequest, losses: Losses): JsonObject {
  const isOwn = request.dialect === OPENAI_CHAT;
  // OpenAI refuses `top_k`, so it is sent only for a caller who wrote it in this format, for a provider that takes it.
  if (!isOwn) losses.addIf(request.topK, 'topK', 'the format has no such field');
  const { logprobs } = request;
  return {
    temperature: request.temperature,
    top_p: request.topP,
    top_k: isOwn ? request.topK : undefined,
    stop: encodeStop(request, losses),
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    logit_bias: request.logitBias,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs === 0 ? undefined : logprobs,
    n: request.choices,
  };
}

/** A caller of this format may write more: some of those who copied it take more. */
function encodeStop({ stop, dialect }: ChatRequest, losses: Losses): string[] | undefined {
  if (stop === undefined) return undefined;
  if (dialect === OPENAI_CHAT || stop.length <= STOP_SEQUENCES_MAX) return [...stop];
  losses.add('stop', `a request has at most ${STOP_SEQUENCES_MAX} stop sequences`);
  return stop.slice(0, STOP_SEQUENCES_MAX);
}

function encodeLabels(request: ChatRequest, losses: Losses): JsonObject {
  const isOwn = request.dialect === OPENAI_CHAT;
  // OpenAI takes metadata only with answers that it is to store: https://platform.openai.com/docs/guides/distillation
  if (!isOwn) losses.addIf(request.metadata, 'metadata', 'it is taken only where the answer is to be stored');
  return {
    service_tier: encodeServiceTier(request, losses),
    user: encodeEndUser(request, losses),
    metadata: isOwn && request.metadata !== undefined ? { ...request.metadata } : undefined,
  };
}

/** Other formats allow longer ones: the one that Claude Code sends has over 150 characters. */
function encodeEndUser({ endUser, dialect }: ChatRequest, losses: Losses): string | undefined {
  if (endUser === undefined || dialect === OPENAI_CHAT || endUser.length <= END_USER_CHARACTERS_MAX) return endUser;
  losses.add('endUser', `it is longer than ${END_USER_CHARACTERS_MAX} characters`);
  return undefined;
}

function encodeServiceTier({ serviceTier, dialect }: ChatRequest, losses: Losses): string | undefined {
  if (serviceTier === undefined || dialect === OPENAI_CHAT || SERVICE_TIERS.has(serviceTier)) return serviceTier;
  if (STANDARD_TIERS.has(serviceTier)) return 'default';
  losses.add('serviceTier', 'the format has no such tier');
  return undefined;
}

function encodeExtra(request: ChatRequest, losses: Losses): JsonObject {
  if (request.dialect !== OPENAI_CHAT) {
    losses.addExtra(request, OPENAI_CHAT);
    return {};
  }
  const extra: JsonObject = {};
  for (const [field, value] of Object.entries(request.extra)) {
    if (isLeftover(field)) losses.add(field, 'it cannot be put back in its place');
    else if (field !== LEGACY_FUNCTIONS) extra[field] = value;
  }
  return extra;
}

/** Usage is always asked for: the hub accounts for it, whoever wants to see it. */
function encodeStream(request: ChatRequest, { quirks }: Target): JsonObject {
  if (!request.streamed) return { stream_options: undefined };
  if (quirks.noStreamOptions) return { stream: true, stream_options: undefined };
  const options = request.dialect === OPENAI_CHAT ? request.extra['stream_options'] : undefined;
  const own = typeof options === 'object' && options !== null && !Array.isArray(options) ? options : {};
  return { stream: true, stream_options: { ...own, include_usage: true } };
}

function leaveOutRefused(body: JsonObject, { quirks }: Target, losses: Losses): void {
  for (const field of quirks.refuses) {
    if (field === 'model' || field === 'messages') continue;
    if (isMissed(field, body[field]) && field !== 'stream_options') losses.add(lossName(field), REFUSED);
    delete body[field];
  }
}
