import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import {
  type ChatRequest,
  PLAIN_CHAT,
  type ReasoningRequest,
  type ResponseFormat,
} from '../../protocol/chat-request.ts';
import {
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  requiredObject,
  requiredString,
  without,
} from '../fields.ts';
import { Unexpressed } from '../unexpressed.ts';
import { decodeMessages } from './decode-messages.ts';
import { cacheOf } from './decode-parts.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { DIALECT } from './names.ts';

const KNOWN_FIELDS = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'metadata',
  'service_tier',
  'output_config',
  'output_format',
  'cache_control',
]);
const OUTPUT_CONFIG_FIELDS = new Set(['effort', 'format']);
const THINKING_FIELDS = new Set(['type', 'budget_tokens', 'display']);

/**
 * Reads a request of the Messages API: https://docs.anthropic.com/en/api/messages
 * @throws GatewayError `request.invalid` with the path of the field that is wrong
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const unexpressed = new Unexpressed();
  const metadata = optionalObject(body, 'metadata') ?? {};
  const config = optionalObject(body, 'output_config') ?? {};
  return {
    ...PLAIN_CHAT,
    dialect: DIALECT,
    messages: decodeMessages(body, unexpressed),
    tools: decodeTools(body, unexpressed),
    ...decodeToolChoice(body),
    responseFormat: decodeFormat(config, 'output_config', 'format') ?? decodeFormat(body, '', 'output_format'),
    reasoning: decodeReasoning(body, config, unexpressed),
    maxOutputTokens: optionalCount(body, 'max_tokens'),
    temperature: optionalNumber(body, 'temperature'),
    topP: optionalNumber(body, 'top_p'),
    topK: optionalCount(body, 'top_k'),
    stop: optionalStrings(body, 'stop_sequences'),
    serviceTier: optionalString(body, 'service_tier'),
    endUser: optionalString(metadata, 'user_id', 'metadata'),
    metadata: otherMetadata(metadata),
    ...cacheOf(body, ''),
    streamed: optionalBoolean(body, 'stream') === true,
    wantsUsage: true,
    extra: { ...without(body, KNOWN_FIELDS), ...restOf('output_config', config), ...unexpressed.fields },
  };
}

/** What a nested object says beyond what was read of it, under its own name. */
function restOf(key: string, object: JsonObject): Readonly<Record<string, JsonValue | undefined>> {
  const rest = without(object, OUTPUT_CONFIG_FIELDS);
  return Object.keys(rest).length === 0 ? {} : { [key]: rest };
}

function otherMetadata(metadata: JsonObject): Readonly<Record<string, string>> | undefined {
  const { user_id: _endUser, ...rest } = metadata;
  const others = optionalStringMap({ metadata: rest }, 'metadata') ?? {};
  return Object.keys(others).length === 0 ? undefined : others;
}

/** https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs: every schema is kept to strictly. */
function decodeFormat(parent: JsonObject, where: string, key: string): ResponseFormat | undefined {
  const format = optionalObject(parent, key, where);
  if (format === undefined) return undefined;
  const field = where === '' ? key : `${where}.${key}`;
  if (requiredString(format, 'type', field) === 'text') return { kind: 'text' };
  return {
    kind: 'json-schema',
    name: undefined,
    description: undefined,
    schema: requiredObject(format, 'schema', field),
    strict: true,
  };
}

/** https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking and …/effort */
function decodeReasoning(body: JsonObject, config: JsonObject, unexpressed: Unexpressed): ReasoningRequest | undefined {
  const thinking = optionalObject(body, 'thinking');
  const effort = optionalString(config, 'effort', 'output_config');
  if (thinking === undefined) {
    return effort === undefined
      ? undefined
      : { effort, budgetTokens: undefined, enabled: undefined, summary: undefined };
  }
  unexpressed.addRest(thinking, THINKING_FIELDS, 'reasoning');
  const type = requiredString(thinking, 'type', 'thinking');
  const display = optionalString(thinking, 'display', 'thinking');
  return {
    effort,
    budgetTokens: optionalCount(thinking, 'budget_tokens', 'thinking'),
    enabled: decodeEnabled(type, unexpressed),
    summary: display === 'summarized' ? 'auto' : display,
  };
}

function decodeEnabled(type: string, unexpressed: Unexpressed): ReasoningRequest['enabled'] {
  switch (type) {
    case 'enabled':
      return true;
    case 'adaptive':
      return 'adaptive';
    case 'disabled':
      return false;
    default:
      // `between_tools` is off but for short notes between calls, which no other service has.
      unexpressed.add('reasoning.type', type);
      return false;
  }
}
