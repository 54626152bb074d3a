import type { JsonValue } from '../../../../src/kernel/json.ts';
import { isJsonObject } from '../../../../src/kernel/json.ts';
import type { CallerRequests } from '../caller.ts';
import { OPENAI_CHAT_REQUESTS } from './openai-chat.ts';

/** What the documentation writes in camelCase. */
const CAMEL_CASE: Readonly<Record<string, string>> = {
  max_completion_tokens: 'maxCompletionTokens',
  top_p: 'topP',
  top_k: 'topK',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  tool_choice: 'toolChoice',
  parallel_tool_calls: 'parallelToolCalls',
  response_format: 'responseFormat',
  tool_calls: 'toolCalls',
  tool_call_id: 'toolCallId',
  image_url: 'imageUrl',
  json_schema: 'jsonSchema',
};

/** The documented AIGNE API takes the requests of OpenAI’s chat format, in camelCase as well. */
export const AIGNE_CHAT_REQUESTS: CallerRequests = Object.fromEntries(
  Object.entries(OPENAI_CHAT_REQUESTS).map(([feature, request]) => [feature, inCamelCase(request)]),
  // The keys are those of the record that it is made of.
) as CallerRequests;

/** Keys are renamed; what is said stays, and a schema keeps the names of its properties. */
function inCamelCase<T extends JsonValue>(value: T): JsonValue {
  if (Array.isArray(value)) return value.map((item) => inCamelCase(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      CAMEL_CASE[key] ?? key,
      inner === undefined ? inner : inCamelCase(inner),
    ]),
  );
}
