import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatRequest, ChatTool, ReasoningRequest } from '../../protocol/chat-request.ts';
import type { EncodedCall, Target } from '../contract.ts';
import { Losses } from '../losses.ts';
import { encodeInput } from './encode-input.ts';
import { isLeftover } from './leftovers.ts';
import { INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS, NAME } from './name.ts';
import { writeFormat, writeTool, writeToolChoice } from './wire-settings.ts';

/** Fewer are refused (`integer_below_min_value`). */
const OUTPUT_TOKENS_MIN = 16;
/** https://platform.openai.com/docs/api-reference/responses/create#responses-create-safety_identifier */
const END_USER_CHARACTERS_MAX = 64;
/** https://platform.openai.com/docs/api-reference/responses/create#responses-create-metadata */
const METADATA_PAIRS_MAX = 16;
const METADATA_KEY_CHARACTERS_MAX = 64;
const METADATA_VALUE_CHARACTERS_MAX = 512;
/**
 * The API knows efforts alone. Google equates them with 1,024, 8,192 and 24,576 tokens, and a budget is told as the
 * nearest: https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const LOW_BUDGET_TOKENS_MAX = 4608;
const MEDIUM_BUDGET_TOKENS_MAX = 16_384;

const SERVICE_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'priority', 'scale']);

/**
 * A request for an answer that nobody keeps: https://platform.openai.com/docs/api-reference/responses/create
 * Reasoning is asked for in its encrypted form, so that the next turn can bring it along.
 */
export function encodeRequest(request: ChatRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const tools = keptTools(request, losses);
  const body: JsonObject = {
    model: target.upstreamModel,
    input: [
      ...encodeInput(request.messages, {
        losses,
        newId: target.newId,
        noDeveloperRole: target.quirks.noDeveloperRole,
        keepsMarkers: request.dialect === NAME,
      }),
    ],
    store: false,
    ...(request.streamed ? { stream: true } : {}),
    ...limitsOf(request, losses),
    ...toolSettings(request, tools, losses),
    ...textSettings(request, target, losses),
    ...thinkingSettings(request, losses),
    ...identity(request, losses),
  };
  noteUnknown(request, losses);
  addExtra(body, request, losses);
  refuse(body, target, losses);
  return { call: { path: target.path, headers: {}, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
}

function limitsOf(request: ChatRequest, losses: Losses): JsonObject {
  const { maxOutputTokens: max, temperature, topP } = request;
  if (max !== undefined && max < OUTPUT_TOKENS_MIN) {
    losses.add('maxOutputTokens', `the provider takes no fewer than ${OUTPUT_TOKENS_MIN}`);
  }
  return {
    ...(max === undefined ? {} : { max_output_tokens: Math.max(max, OUTPUT_TOKENS_MIN) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
  };
}

function keptTools(request: ChatRequest, losses: Losses): readonly ChatTool[] {
  return request.tools.filter((tool) => {
    if (tool.kind === 'function') losses.addIf(tool.cache, 'tools[].cache', 'tools carry no cache markers');
    if (tool.kind !== 'foreign' || tool.dialect === NAME) return true;
    losses.add(`tools[].${tool.type}`, `it belongs to ${tool.dialect}`);
    return false;
  });
}

/** How tools are chosen is only said where there are tools: the provider refuses a choice among none. */
function toolSettings(request: ChatRequest, tools: readonly ChatTool[], losses: Losses): JsonObject {
  const { toolChoice, parallelToolCalls } = request;
  if (tools.length === 0) {
    if (toolChoice !== undefined && toolChoice.kind !== 'none' && toolChoice.kind !== 'auto') {
      losses.add('toolChoice', 'there is no tool to choose');
    }
    return {};
  }
  return {
    tools: tools.map(writeTool),
    ...(toolChoice === undefined ? {} : { tool_choice: writeToolChoice(toolChoice, tools) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

function textSettings(request: ChatRequest, target: Target, losses: Losses): JsonObject {
  const { verbosity, responseFormat } = request;
  const isCut = responseFormat?.kind === 'json-schema' && target.quirks.jsonObjectOnly;
  if (isCut) losses.add('responseFormat.schema', 'the provider takes no schema');
  const format = isCut ? { type: 'json_object' } : responseFormat && writeFormat(responseFormat);
  if (format === undefined && verbosity === undefined) return {};
  return { text: { ...(format === undefined ? {} : { format }), ...(verbosity === undefined ? {} : { verbosity }) } };
}

function thinkingSettings(request: ChatRequest, losses: Losses): JsonObject {
  const { reasoning, logprobs } = request;
  const include: string[] = [];
  const settings = reasoning === undefined ? undefined : reasoningOf(reasoning, losses);
  if (settings !== undefined && settings['effort'] !== 'none') include.push(INCLUDE_ENCRYPTED);
  if (logprobs !== undefined) include.push(INCLUDE_LOGPROBS);
  return {
    ...(settings === undefined || Object.keys(settings).length === 0 ? {} : { reasoning: settings }),
    ...(include.length === 0 ? {} : { include }),
    ...(logprobs === undefined || logprobs === 0 ? {} : { top_logprobs: logprobs }),
  };
}

/** What is said of thinking; `undefined` where nothing may be said, because not every model takes being told not to. */
function reasoningOf(reasoning: ReasoningRequest, losses: Losses): JsonObject | undefined {
  const { effort, budgetTokens, enabled, summary } = reasoning;
  if (enabled === false && effort === undefined) {
    losses.add('reasoning.enabled', 'a model of this API thinks or does not; only some can be told not to');
    return undefined;
  }
  losses.addIf(budgetTokens, 'reasoning.budgetTokens', 'the nearest effort stands for it');
  const chosen = effort ?? effortOf(budgetTokens) ?? (enabled === true ? 'medium' : undefined);
  const isShown = summary !== undefined && summary !== 'omitted';
  return { ...(chosen === undefined ? {} : { effort: chosen }), ...(isShown ? { summary } : {}) };
}

function effortOf(budgetTokens: number | undefined): string | undefined {
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens <= LOW_BUDGET_TOKENS_MAX) return 'low';
  return budgetTokens <= MEDIUM_BUDGET_TOKENS_MAX ? 'medium' : 'high';
}

function identity(request: ChatRequest, losses: Losses): JsonObject {
  const { endUser, promptCacheKey } = request;
  const isEndUserTooLong = endUser !== undefined && endUser.length > END_USER_CHARACTERS_MAX;
  if (isEndUserTooLong) losses.add('endUser', `it is longer than ${END_USER_CHARACTERS_MAX} characters`);
  const metadata = metadataOf(request, losses);
  const tier = tierOf(request, losses);
  return {
    ...(endUser === undefined || isEndUserTooLong ? {} : { safety_identifier: endUser }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(promptCacheKey === undefined ? {} : { prompt_cache_key: promptCacheKey }),
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function metadataOf(request: ChatRequest, losses: Losses): JsonObject | undefined {
  const pairs = Object.entries(request.metadata ?? {});
  const fits = pairs.every(
    ([key, value]) => key.length <= METADATA_KEY_CHARACTERS_MAX && value.length <= METADATA_VALUE_CHARACTERS_MAX,
  );
  if (pairs.length > METADATA_PAIRS_MAX || !fits) {
    losses.add('metadata', 'it has more or longer values than the provider takes');
    return undefined;
  }
  return pairs.length === 0 ? undefined : { ...request.metadata };
}

/** Others call the usual tier standard. */
function tierOf({ serviceTier, dialect }: ChatRequest, losses: Losses): string | undefined {
  if (serviceTier === undefined || SERVICE_TIERS.has(serviceTier) || dialect === NAME) return serviceTier;
  if (serviceTier === 'standard' || serviceTier === 'standard_only') return 'default';
  losses.add('serviceTier', `the provider has no tier \`${serviceTier}\``);
  return undefined;
}

/** What the API has no field for. */
function noteUnknown(request: ChatRequest, losses: Losses): void {
  const reason = 'the Responses API has no such field';
  for (const field of ['topK', 'stop', 'seed', 'logitBias', 'audio'] as const) {
    losses.addIf(request[field], field, reason);
  }
  // A penalty of nothing is none.
  for (const field of ['presencePenalty', 'frequencyPenalty'] as const) {
    losses.addIf(request[field] === 0 ? undefined : request[field], field, reason);
  }
  if ((request.choices ?? 1) > 1) losses.add('choices', reason);
  if (request.modalities?.some((modality) => modality !== 'text') === true) losses.add('modalities', reason);
  // A prompt is cached unasked, but for an hour only by chance.
  if (request.cache?.ttl === '1h') losses.add('cache', 'the provider decides how long a prompt stays in its cache');
  losses.addExtra(request, NAME);
}

/** Fields of this dialect's own go on; one from below the top level has no place to go back to. */
function addExtra(body: JsonObject, request: ChatRequest, losses: Losses): void {
  if (request.dialect !== NAME) return;
  for (const [field, value] of Object.entries(request.extra)) {
    if (isLeftover(field)) losses.add(field, 'it is only kept where the request passes as it came');
    else if (field === 'include') body['include'] = [...strings(body['include']), ...strings(value)];
    else if (field !== 'store') body[field] = value;
    else if (value === true) losses.add('store', 'the hub keeps no answers');
  }
}

function strings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function refuse(body: JsonObject, target: Target, losses: Losses): void {
  for (const field of target.quirks.refuses) {
    if (body[field] === undefined) continue;
    delete body[field];
    losses.add(field, 'the provider refuses the field');
  }
}
