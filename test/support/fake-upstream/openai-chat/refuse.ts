import { isJsonObject, type JsonObject } from '../../../../src/kernel/json.ts';
import { firstOf, objectsIn, stringAt, textOf, unknownField } from '../prompt.ts';
import type { Refusal } from '../speech.ts';

/** The fields of https://platform.openai.com/docs/api-reference/chat/create */
const FIELDS: ReadonlySet<string> = new Set([
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'modalities',
  'model',
  'moderation',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
]);
const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const STOPS_MAX = 4;

const refusal = (message: string, param?: string, code?: string): Refusal => ({ status: 400, message, param, code });

/** Why OpenAI refuses a chat request. Servers that copy the format take more. */
export function refuseChat(body: JsonObject): Refusal | undefined {
  return firstOf(
    () => refuseFields(body),
    () => refuseMessages(body),
    () => refuseCalls(objectsIn(body['messages'])),
  );
}

function refuseFields(body: JsonObject): Refusal | undefined {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== undefined) return refusal(`Unrecognized request argument supplied: ${unknown}`);
  const { stop, stream_options, stream, tools, tool_choice } = body;
  if (stream_options !== undefined && stream !== true) {
    return refusal("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  }
  if (tool_choice !== undefined && tools === undefined) {
    return refusal(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      'tool_choice',
    );
  }
  if (body['parallel_tool_calls'] !== undefined && tools === undefined) {
    return refusal(
      "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
      'parallel_tool_calls',
    );
  }
  if (Array.isArray(tools) && tools.length === 0) {
    return refusal("Invalid 'tools': empty array. Expected an array with minimum length 1.", 'tools', 'empty_array');
  }
  if (Array.isArray(stop) && stop.length > STOPS_MAX) {
    return refusal("Invalid 'stop': array too long.", 'stop', 'array_above_max_length');
  }
  if (body['top_logprobs'] !== undefined && body['logprobs'] !== true) {
    return refusal("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", 'top_logprobs');
  }
  if (body['max_tokens'] !== undefined && body['max_completion_tokens'] !== undefined) {
    return refusal("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", 'max_tokens');
  }
  return undefined;
}

function refuseMessages(body: JsonObject): Refusal | undefined {
  const { messages } = body;
  if (!Array.isArray(messages))
    return refusal("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (messages.length === 0) {
    return refusal(
      "Invalid 'messages': empty array. Expected an array with minimum length 1.",
      'messages',
      'empty_array',
    );
  }
  for (const [index, message] of messages.entries()) {
    const where = `messages[${index}]`;
    if (!isJsonObject(message))
      return refusal(`Invalid type for '${where}': expected an object.`, where, 'invalid_type');
    const role = stringAt(message, 'role');
    if (role === undefined || !ROLES.has(role)) {
      return refusal(`Invalid value: '${role}'.`, `${where}.role`, 'invalid_value');
    }
    const hasCalls = role === 'assistant' && message['tool_calls'] !== undefined;
    const hasOther = role === 'assistant' && (isText(message['refusal']) || isJsonObject(message['audio']));
    const { content } = message;
    if (!hasCalls && !hasOther && !isText(content) && !Array.isArray(content)) {
      return refusal("Invalid value for 'content': expected a string, got null.", `${where}.content`);
    }
  }
  const isJsonMode = isJsonObject(body['response_format']) && body['response_format']['type'] === 'json_object';
  if (
    isJsonMode &&
    !/json/i.test(messages.map((message) => (isJsonObject(message) ? textOf(message['content']) : '')).join())
  ) {
    return refusal(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      'messages',
    );
  }
  return undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Every call has its result right after it, and every result its call. */
function refuseCalls(messages: readonly JsonObject[]): Refusal | undefined {
  let waiting = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const where = `messages.[${index}].role`;
    if (message['role'] === 'tool') {
      const id = stringAt(message, 'tool_call_id') ?? '';
      if (!waiting.delete(id)) {
        return refusal(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          where,
        );
      }
      continue;
    }
    if (waiting.size > 0) return unanswered(waiting, where);
    waiting = new Set(objectsIn(message['tool_calls']).map((call) => stringAt(call, 'id') ?? ''));
  }
  return waiting.size > 0 ? unanswered(waiting, 'messages') : undefined;
}

function unanswered(ids: ReadonlySet<string>, param: string): Refusal {
  return refusal(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. ` +
      `The following tool_call_ids did not have response messages: ${[...ids].join(', ')}`,
    param,
  );
}
