import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { invalid } from '../fields.ts';

/**
 * The documented AIGNE API writes OpenAI's fields in camelCase, and its readers send either. Here they all become
 * OpenAI's: https://platform.openai.com/docs/api-reference/chat/create
 */

const TOP_LEVEL: ReadonlyMap<string, string> = new Map([
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['maxTokens', 'max_tokens'],
  ['maxCompletionTokens', 'max_completion_tokens'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['toolChoice', 'tool_choice'],
  ['parallelToolCalls', 'parallel_tool_calls'],
  ['responseFormat', 'response_format'],
  ['reasoningEffort', 'reasoning_effort'],
  ['logitBias', 'logit_bias'],
  ['topLogprobs', 'top_logprobs'],
  ['streamOptions', 'stream_options'],
  ['serviceTier', 'service_tier'],
  ['promptCacheKey', 'prompt_cache_key'],
  ['safetyIdentifier', 'safety_identifier'],
]);
const IN_MESSAGE: ReadonlyMap<string, string> = new Map([
  ['toolCalls', 'tool_calls'],
  ['toolCallId', 'tool_call_id'],
  ['reasoningContent', 'reasoning_content'],
]);
const IN_PART: ReadonlyMap<string, string> = new Map([
  ['imageUrl', 'image_url'],
  ['inputAudio', 'input_audio'],
  ['cacheControl', 'cache_control'],
]);
const IN_FORMAT: ReadonlyMap<string, string> = new Map([['jsonSchema', 'json_schema']]);
const PART_TYPES: ReadonlyMap<string, string> = new Map([
  ['imageUrl', 'image_url'],
  ['inputAudio', 'input_audio'],
]);

/**
 * The body in OpenAI's words. `prompt` becomes the only message. Whatever is in neither form stays as it is.
 * @throws GatewayError `request.invalid` where both ways of writing say different things
 */
export function normalizeBody(body: JsonObject): JsonObject {
  const renamed = rename(body, TOP_LEVEL, '');
  const { prompt, messages, response_format: format, ...rest } = renamed;
  return {
    ...rest,
    messages: promptOrMessages(prompt, messages),
    ...(format === undefined
      ? {}
      : { response_format: isJsonObject(format) ? rename(format, IN_FORMAT, 'response_format') : format }),
  };
}

function promptOrMessages(prompt: JsonValue | undefined, messages: JsonValue | undefined): JsonValue | undefined {
  if (prompt === undefined || prompt === null) {
    return Array.isArray(messages) ? messages.map(normalizeMessage) : messages;
  }
  if (messages !== undefined && messages !== null) throw invalid('prompt', 'must not stand beside `messages`');
  if (typeof prompt !== 'string') throw invalid('prompt', 'must be a string');
  return [{ role: 'user', content: prompt }];
}

function normalizeMessage(message: JsonValue, index: number): JsonValue {
  if (!isJsonObject(message)) return message;
  const where = `messages[${index}]`;
  const renamed = rename(message, IN_MESSAGE, where);
  const { content } = renamed;
  if (!Array.isArray(content)) return renamed;
  return { ...renamed, content: content.map((part, at) => normalizePart(part, `${where}.content[${at}]`)) };
}

function normalizePart(part: JsonValue, where: string): JsonValue {
  if (!isJsonObject(part)) return part;
  const renamed = rename(part, IN_PART, where);
  const type = typeof renamed['type'] === 'string' ? PART_TYPES.get(renamed['type']) : undefined;
  return type === undefined ? renamed : { ...renamed, type };
}

/** The object under OpenAI's names. The same object where nothing is to be renamed. */
function rename(object: JsonObject, names: ReadonlyMap<string, string>, where: string): JsonObject {
  if (!Object.keys(object).some((key) => names.has(key))) return object;
  const renamed: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const name = names.get(key) ?? key;
    const said = renamed[name];
    if (said !== undefined && said !== null && value !== undefined && value !== null && said !== value) {
      const field = where === '' ? key : `${where}.${key}`;
      throw invalid(field, `must not stand beside \`${names.has(key) ? name : key}\` with another value`);
    }
    if (said === undefined || said === null) renamed[name] = value;
  }
  return renamed;
}
