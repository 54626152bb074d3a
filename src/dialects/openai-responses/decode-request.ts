import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { type ChatRequest, PLAIN_CHAT, type ReasoningRequest } from '../../protocol/chat-request.ts';
import {
  endUserOf,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  without,
} from '../fields.ts';
import { refuseHeld } from './decode-content.ts';
import { decodeInput } from './decode-input.ts';
import { decodeFormat, decodeToolChoice, decodeTools } from './decode-tools.ts';
import type { NoteExtra } from './leftovers.ts';
import { INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS, NAME } from './name.ts';
import { refuseBackground } from './read-head.ts';

/** Fields with a common name, or with none because they say nothing to anybody else. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'background',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'service_tier',
  'safety_identifier',
  'user',
  'metadata',
  'prompt_cache_key',
  'include',
]);

/**
 * Reads a whole request: https://platform.openai.com/docs/api-reference/responses/create
 *
 * The hub keeps no answers, so what is only named by its id (an earlier response, a conversation, a stored prompt, an
 * item, a file) cannot be told to a provider of another dialect and is refused.
 * Fields below the top level that have no common name stand in `extra` under their path (`messages.phase`).
 *
 * @throws GatewayError `request.invalid` with the path of the field that is wrong, `request.not_held`
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  refuseBackground(body);
  refuseHeldState(body);
  const extra = without(body, KNOWN);
  dropDefaults(extra);
  const noteExtra: NoteExtra = (field, value) => {
    extra[field] = value;
  };
  const text = optionalObject(body, 'text');
  const include = optionalStrings(body, 'include') ?? [];
  const others = include.filter((what) => what !== INCLUDE_ENCRYPTED && what !== INCLUDE_LOGPROBS);
  if (others.length > 0) noteExtra('include', others);
  return {
    ...PLAIN_CHAT,
    messages: decodeInput(body, noteExtra),
    tools: decodeTools(body, noteExtra),
    toolChoice: decodeToolChoice(body, noteExtra),
    parallelToolCalls: optionalBoolean(body, 'parallel_tool_calls'),
    responseFormat: text === undefined ? undefined : decodeFormat(text),
    verbosity: text === undefined ? undefined : optionalString(text, 'verbosity', 'text'),
    reasoning: decodeReasoning(body, noteExtra),
    maxOutputTokens: optionalCount(body, 'max_output_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    logprobs: decodeLogprobs(body, include),
    serviceTier: optionalString(body, 'service_tier'),
    endUser: endUserOf(body['safety_identifier'] ?? body['user']),
    metadata: optionalStringMap(body, 'metadata'),
    promptCacheKey: optionalString(body, 'prompt_cache_key'),
    streamed: optionalBoolean(body, 'stream') ?? false,
    wantsUsage: true,
    extra,
    dialect: NAME,
  };
}

function refuseHeldState(body: JsonObject): void {
  refuseHeld(body, 'previous_response_id', '');
  refuseHeld(body, 'conversation', '');
  for (const key of ['conversation', 'prompt']) {
    const value = body[key];
    if (isJsonObject(value)) refuseHeld(value, 'id', key);
  }
}

/** What is so anyway is not asked for: a prompt that is too long is refused, and no event is padded. */
function dropDefaults(extra: Record<string, JsonValue | undefined>): void {
  if (extra['truncation'] === 'disabled') delete extra['truncation'];
  const options = extra['stream_options'];
  if (isJsonObject(options) && options['include_obfuscation'] !== true) delete extra['stream_options'];
}

function decodeReasoning(body: JsonObject, noteExtra: NoteExtra): ReasoningRequest | undefined {
  const reasoning = optionalObject(body, 'reasoning');
  if (reasoning === undefined) return undefined;
  const effort = optionalString(reasoning, 'effort', 'reasoning');
  // `generate_summary` is the older name.
  const summary =
    optionalString(reasoning, 'summary', 'reasoning') ?? optionalString(reasoning, 'generate_summary', 'reasoning');
  for (const [key, value] of Object.entries(reasoning)) {
    const isKnown = key === 'effort' || key === 'summary' || key === 'generate_summary';
    if (!isKnown && value !== undefined && value !== null) noteExtra(`reasoning.${key}`, value);
  }
  if (effort === undefined && summary === undefined) return undefined;
  return { effort, budgetTokens: undefined, enabled: undefined, summary };
}

/** Log probabilities are asked for in `include`, or by how many alternatives each token is to have. */
function decodeLogprobs(body: JsonObject, include: readonly string[]): number | undefined {
  const alternatives = optionalCount(body, 'top_logprobs');
  if (include.includes(INCLUDE_LOGPROBS)) return alternatives ?? 0;
  return alternatives === 0 ? undefined : alternatives;
}
