import { isJsonObject, type JsonObject } from '../../../../src/kernel/json.ts';
import { isSealed } from '../answers.ts';
import { firstOf, numberAt, objectsIn, stringAt, unknownField } from '../prompt.ts';
import type { Refusal } from '../speech.ts';

/** The fields of https://platform.openai.com/docs/api-reference/responses/create */
const FIELDS: ReadonlySet<string> = new Set([
  'background',
  'context_management',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
]);
const OUTPUT_TOKENS_MIN = 16;
const INPUT_TYPES: readonly string[] = ['input_text', 'input_image', 'input_file', 'input_audio'];
const OUTPUT_TYPES: readonly string[] = ['output_text', 'refusal'];

const refusal = (message: string, param: string, code?: string): Refusal => ({ status: 400, message, param, code });

/** Why OpenAI refuses a request for a response. */
export function refuseResponse(body: JsonObject): Refusal | undefined {
  return firstOf(
    () => refuseFields(body),
    () => refuseItems(objectsIn(body['input'])),
    () => refuseCalls(objectsIn(body['input'])),
    () => refuseTools(objectsIn(body['tools'])),
  );
}

function refuseFields(body: JsonObject): Refusal | undefined {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== undefined) return refusal(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  const { input } = body;
  if (input === undefined)
    return refusal("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  if (typeof input !== 'string' && !Array.isArray(input)) {
    return refusal("Invalid type for 'input': expected one of a string or array.", 'input', 'invalid_type');
  }
  const tokens = numberAt(body, 'max_output_tokens');
  if (tokens !== undefined && tokens < OUTPUT_TOKENS_MIN) {
    return refusal(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${OUTPUT_TOKENS_MIN}, but got ${tokens} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    );
  }
  if (stringAt(body, 'previous_response_id') !== undefined) {
    const id = stringAt(body, 'previous_response_id');
    return refusal(
      `Previous response with id '${id}' not found.`,
      'previous_response_id',
      'previous_response_not_found',
    );
  }
  return undefined;
}

function refuseItems(items: readonly JsonObject[]): Refusal | undefined {
  for (const [index, item] of items.entries()) {
    const where = `input[${index}]`;
    const type = stringAt(item, 'type') ?? 'message';
    if (type === 'message') {
      const found = refuseMessage(item, where);
      if (found !== undefined) return found;
    }
    const encrypted = item['encrypted_content'];
    if (type === 'reasoning' && typeof encrypted === 'string' && !isSealed(encrypted)) {
      return refusal(
        `The encrypted content for item ${stringAt(item, 'id')} could not be verified.`,
        where,
        'invalid_encrypted_content',
      );
    }
    const next = items[index + 1];
    if (type === 'reasoning' && (next === undefined || next['role'] === 'user')) {
      return refusal(
        `Item '${stringAt(item, 'id')}' of type 'reasoning' was provided without its required following item.`,
        'input',
      );
    }
  }
  return undefined;
}

function refuseMessage(item: JsonObject, where: string): Refusal | undefined {
  const role = stringAt(item, 'role');
  if (role === undefined || !['user', 'assistant', 'system', 'developer'].includes(role)) {
    return refusal(`Invalid value: '${role}'.`, `${where}.role`, 'invalid_value');
  }
  const { content } = item;
  if (typeof content === 'string') return undefined;
  const allowed = role === 'assistant' ? OUTPUT_TYPES : INPUT_TYPES;
  const at = objectsIn(content).findIndex((part) => !allowed.includes(stringAt(part, 'type') ?? ''));
  if (at === -1 && Array.isArray(content)) return undefined;
  const type = stringAt(objectsIn(content)[at] ?? {}, 'type');
  return refusal(
    `Invalid value: '${type}'. Supported values are: ${allowed.map((word) => `'${word}'`).join(', ')}.`,
    `${where}.content[${Math.max(0, at)}]`,
    'invalid_value',
  );
}

/** Every call has its output somewhere after it, and every output its call. */
function refuseCalls(items: readonly JsonObject[]): Refusal | undefined {
  const idsOf = (...types: string[]): Set<string> =>
    new Set(
      items
        .filter((item) => types.includes(stringAt(item, 'type') ?? ''))
        .map((item) => stringAt(item, 'call_id') ?? ''),
    );
  const calls = idsOf('function_call', 'custom_tool_call');
  const outputs = idsOf('function_call_output', 'custom_tool_call_output');
  const unanswered = [...calls].find((id) => !outputs.has(id));
  if (unanswered !== undefined) return refusal(`No tool output found for function call ${unanswered}.`, 'input');
  const uncalled = [...outputs].find((id) => !calls.has(id));
  if (uncalled !== undefined) {
    return refusal(`No tool call found for function call output with call_id ${uncalled}.`, 'input');
  }
  return undefined;
}

function refuseTools(tools: readonly JsonObject[]): Refusal | undefined {
  for (const [index, tool] of tools.entries()) {
    const isFunction = tool['type'] === 'function';
    if (isFunction && stringAt(tool, 'name') === undefined) {
      return refusal(
        `Missing required parameter: 'tools[${index}].name'.`,
        `tools[${index}].name`,
        'missing_required_parameter',
      );
    }
    const { parameters } = tool;
    const isClosed = isJsonObject(parameters) && parameters['additionalProperties'] === false;
    if (isFunction && tool['strict'] === true && !isClosed) {
      return refusal(
        `Invalid schema for function '${stringAt(tool, 'name')}': 'additionalProperties' is required to be supplied and to be false.`,
        `tools[${index}].parameters`,
        'invalid_function_parameters',
      );
    }
  }
  return undefined;
}
