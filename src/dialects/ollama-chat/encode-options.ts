import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import { invalid } from '../fields.ts';

/**
 * Options of a model that no other dialect has. A caller may send each at the top of the body, as other hubs take them, or
 * within `options`: https://docs.ollama.com/modelfile#valid-parameters-and-values and
 * https://github.com/ollama/ollama/blob/main/docs/api.md#generate-request-with-options
 */
export const OPTION_FIELDS: readonly string[] = [
  'num_ctx',
  'num_predict',
  'num_keep',
  'num_batch',
  'num_gpu',
  'num_thread',
  'main_gpu',
  'numa',
  'use_mmap',
  'draft_num_predict',
  'top_k',
  'min_p',
  'typical_p',
  'repeat_last_n',
  'repeat_penalty',
  'penalize_newline',
];

/** Nested deeper than this, a value is no option. */
const SCALARS: ReadonlySet<string> = new Set(['number', 'boolean', 'string']);

/** The options of a call, `undefined` where none is said. What a caller writes in Ollama's own words stands over the rest. */
export function encodeOptions(request: ChatRequest): JsonObject | undefined {
  const options: JsonObject = {};
  const put = (key: string, value: JsonValue | undefined): void => {
    if (value !== undefined) options[key] = value;
  };
  put('temperature', request.temperature);
  put('top_p', request.topP);
  put('top_k', request.topK);
  put('seed', request.seed);
  put('stop', request.stop === undefined ? undefined : [...request.stop]);
  put('num_predict', request.maxOutputTokens);
  put('presence_penalty', request.presencePenalty);
  put('frequency_penalty', request.frequencyPenalty);
  for (const key of OPTION_FIELDS) put(key, ownOption(request.extra[key], key));
  for (const [key, value] of Object.entries(ownOptions(request.extra['options']))) put(key, value ?? undefined);
  return Object.keys(options).length === 0 ? undefined : options;
}

function ownOption(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (!SCALARS.has(typeof value)) throw invalid(key, 'must be a number, true or false');
  return value;
}

function ownOptions(value: JsonValue | undefined): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalid('options', 'must be an object');
  return value;
}
