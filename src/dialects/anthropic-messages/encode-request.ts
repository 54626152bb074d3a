import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { isPath } from '../unexpressed.ts';
import { betaHeaders } from './betas.ts';
import { CacheMarks, encodeMarker } from './cache-marks.ts';
import { encodeMessages, messageOf, type Turn } from './encode-messages.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeThinking, type Thinking, type ThinkingPlace } from './encode-thinking.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { abilitiesOf, type ModelAbilities } from './model-abilities.ts';
import { DIALECT } from './names.ts';
import { toOutputSchema } from './output-schema.ts';

/** The answer's longest length must be said; this is it where neither the caller nor the model's facts say one. */
const MAX_TOKENS_DEFAULT = 4096;
const END_USER_CHARACTERS_MAX = 512;

/** Makes a request of the Messages API: https://docs.anthropic.com/en/api/messages */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const marks = new CacheMarks();
  const abilities = abilitiesOf(target.upstreamModel);
  const tools = encodeTools(request, { abilities, marks, losses });
  const { system, turns } = encodeMessages(request.messages, abilities, { marks, losses });
  const place = { ...answerLength(request, target, losses), abilities, lacksThinkingBlock: lacksThinkingBlock(turns) };
  const thinking = encodeThinking(request, place, losses);
  if (thinking.mode === 'off') dropFinalThinking(turns, losses);
  marks.keepLast(request.cache !== undefined, losses);
  tellUnknown(request, losses);
  const choicePlace = { hasTools: tools.length > 0, abilities, mode: thinking.mode };
  const config = encodeOutputConfig(request, { abilities, effort: thinking.effort }, losses);
  const body: JsonObject = {
    model: target.upstreamModel,
    max_tokens: thinking.maxTokens,
    ...given('system', system),
    messages: turns.map(messageOf),
    ...given('tools', tools.length === 0 ? undefined : [...tools]),
    ...given('tool_choice', encodeToolChoice(request, choicePlace, losses)),
    ...given('thinking', thinking.config),
    ...given('output_config', config),
    ...encodeSampling(request, { abilities, mode: thinking.mode }, losses),
    ...given('metadata', encodeMetadata(request, losses)),
    ...given('service_tier', encodeServiceTier(request.serviceTier, losses)),
    ...given('cache_control', request.cache === undefined ? undefined : encodeMarker(request.cache)),
    ...ownExtra(request, losses),
    ...(request.streamed ? { stream: true } : {}),
  };
  for (const field of target.quirks.refuses) {
    if (!Object.hasOwn(body, field)) continue;
    delete body[field];
    losses.add(field, 'the provider refuses it');
  }
  const headers = betaHeaders(request.tools, request.dialect === DIALECT ? request.extra : {});
  return { call: { path: target.path, headers, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
}

function given(key: string, value: JsonValue | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}

type AnswerLength = Pick<ThinkingPlace, 'maxTokens' | 'isMaxTokensAsked' | 'maxTokensMax'>;

/** A longer answer than the model can give is refused. */
function answerLength({ maxOutputTokens }: ChatRequest, { facts }: Target, losses: Losses): AnswerLength {
  const maxTokensMax = facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  if (maxOutputTokens !== undefined && maxOutputTokens > maxTokensMax) {
    losses.add('maxOutputTokens', `the model answers with at most ${maxTokensMax} tokens`);
  }
  return {
    maxTokens: Math.min(maxOutputTokens ?? facts.maxOutputTokens ?? MAX_TOKENS_DEFAULT, maxTokensMax),
    isMaxTokensAsked: maxOutputTokens !== undefined,
    maxTokensMax,
  };
}

/**
 * Whether results of tools are being answered in a turn whose first message does not begin with thinking, as manual
 * thinking requires: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks
 */
function lacksThinkingBlock(turns: readonly Turn[]): boolean {
  let first: Turn | undefined;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index];
    if (turn?.role === 'assistant') first = turn;
    else if (turn?.role === 'user' && turn.results.length === 0) break;
  }
  const opening = first?.content[0]?.['type'];
  return first !== undefined && opening !== 'thinking' && opening !== 'redacted_thinking';
}

/** A beginning of the answer that is given must not hold thinking where there is to be none. */
function dropFinalThinking(turns: readonly Turn[], losses: Losses): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  const kept = last.content.filter(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  if (kept.length === last.content.length) return;
  losses.add('messages.reasoning', 'the last turn may not think where thinking is off');
  last.content.splice(0, last.content.length, ...kept);
}

/** https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs */
function encodeOutputConfig(
  request: ChatRequest,
  { abilities, effort }: { readonly abilities: ModelAbilities; readonly effort: Thinking['effort'] },
  losses: Losses,
): JsonObject | undefined {
  const { responseFormat, dialect, extra } = request;
  const config: JsonObject = {};
  const rest = extra['output_config'];
  if (dialect === DIALECT && isJsonObject(rest)) Object.assign(config, rest);
  if (effort !== undefined) config['effort'] = effort;
  if (responseFormat?.kind === 'json') losses.add('responseFormat', 'JSON is kept to by a schema only');
  if (responseFormat?.kind === 'json-schema') {
    if (abilities.structuredOutput) {
      const { name, description, schema } = responseFormat;
      const labels = { ...given('title', name), ...given('description', description) };
      const { schema: taken, removed } = toOutputSchema({ ...labels, ...schema });
      for (const keyword of removed) losses.add('responseFormat.schema', `the provider does not know \`${keyword}\``);
      config['format'] = { type: 'json_schema', schema: taken };
    } else losses.add('responseFormat', 'the model keeps to no schema');
  }
  return Object.keys(config).length === 0 ? undefined : config;
}

function encodeMetadata({ endUser, metadata }: ChatRequest, losses: Losses): JsonObject | undefined {
  losses.addIf(metadata, 'metadata', 'the provider takes the id of an end user only');
  if (endUser === undefined) return undefined;
  if (endUser.length <= END_USER_CHARACTERS_MAX) return { user_id: endUser };
  losses.add('endUser', `it is longer than ${END_USER_CHARACTERS_MAX} characters`);
  return undefined;
}

/** https://docs.anthropic.com/en/api/service-tiers: `auto` uses capacity that was reserved, where there is any. */
function encodeServiceTier(tier: string | undefined, losses: Losses): string | undefined {
  switch (tier) {
    case undefined:
    case 'auto':
    case 'standard_only':
      return tier;
    case 'default':
    case 'standard':
      return 'standard_only';
    default:
      losses.add('serviceTier', `the provider has no tier \`${tier}\``);
      return undefined;
  }
}

/** Fields that only this dialect has, for a request that came in it. */
function ownExtra({ dialect, extra }: ChatRequest, losses: Losses): JsonObject {
  if (dialect !== DIALECT) return {};
  const own: JsonObject = {};
  for (const [key, value] of Object.entries(extra)) {
    if (isPath(key)) losses.add(key, 'the hub does not carry it');
    else if (key !== 'output_config') own[key] = value;
  }
  return own;
}

/** What this wire format has no field for. */
function tellUnknown(request: ChatRequest, losses: Losses): void {
  const none = 'the provider has no such parameter';
  losses.addIf(request.seed, 'seed', none);
  losses.addIf(request.presencePenalty === 0 ? undefined : request.presencePenalty, 'presencePenalty', none);
  losses.addIf(request.frequencyPenalty === 0 ? undefined : request.frequencyPenalty, 'frequencyPenalty', none);
  losses.addIf(request.logitBias, 'logitBias', none);
  losses.addIf(request.logprobs, 'logprobs', none);
  losses.addIf(request.verbosity, 'verbosity', none);
  losses.addIf(request.audio, 'audio', none);
  losses.addIf(request.promptCacheKey, 'promptCacheKey', none);
  if ((request.choices ?? 1) > 1) losses.add('choices', 'the provider answers once');
  if (request.modalities?.some((modality) => modality !== 'text') === true) {
    losses.add('modalities', 'the provider answers in text');
  }
  losses.addExtra(request, DIALECT);
}
