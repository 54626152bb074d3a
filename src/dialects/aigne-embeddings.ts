import { type JsonObject, type JsonValue } from '../kernel/json.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../protocol/embeddings.ts';
import type { Usage } from '../protocol/usage.ts';
import { encodeCharge } from './aigne-charge.ts';
import type { Answering } from './contract.ts';
import { at, endUserOf, invalid, optionalCount, optionalObject, optionalString, without } from './fields.ts';
import { inputTotal } from './usage-totals.ts';

/**
 * Embeddings as AIGNE's clients ask for them: flat as OpenAI has it (https://platform.openai.com/docs/api-reference/embeddings),
 * with the documented camelCase beside snake_case, or in the framework's frame. The answer is the same for all: OpenAI's
 * list with the framework's fields beside it.
 */

const FLOAT_BYTES = 4;
const FLAT_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'encodingFormat',
  'user',
]);
const FRAME_FIELDS: ReadonlySet<string> = new Set([...FLAT_FIELDS, 'modelOptions']);

/** `{ input: { input, modelOptions } }`, or flat. @throws GatewayError `request.invalid` */
export function decodeFramedEmbeddings(body: JsonObject): EmbeddingsRequest {
  if (typeof body['input'] === 'string' || Array.isArray(body['input'])) return decodeFlatEmbeddings(body);
  const frame = optionalObject(body, 'input') ?? {};
  const options = optionalObject(frame, 'modelOptions', 'input') ?? {};
  const extra = { ...without(options, FLAT_FIELDS), ...without(frame, FRAME_FIELDS) };
  return decodeFields({ ...options, ...frame }, 'input', extra);
}

function decodeFlatEmbeddings(body: JsonObject): EmbeddingsRequest {
  return decodeFields(body, '', without(body, FLAT_FIELDS));
}

function decodeFields(fields: JsonObject, where: string, extra: EmbeddingsRequest['extra']): EmbeddingsRequest {
  return {
    inputs: decodeInputs(fields['input'], at(where, 'input')),
    dimensions: optionalCount(fields, 'dimensions', where),
    encodingFormat: decodeFormat(fields, where),
    endUser: endUserOf(fields['user']),
    extra,
  };
}

function decodeInputs(input: JsonValue | undefined, field: string): EmbeddingsRequest['inputs'] {
  if (typeof input === 'string') return [input];
  const must = 'must be a string, a list of strings, or tokens';
  if (!Array.isArray(input) || input.length === 0) throw invalid(field, must);
  if (input.every((item) => typeof item === 'number')) return [readTokens(input, field)];
  return input.map((item, index) => {
    if (typeof item === 'string') return item;
    if (Array.isArray(item) && item.length > 0) return readTokens(item, at(field, index));
    throw invalid(at(field, index), must);
  });
}

function readTokens(tokens: readonly JsonValue[], field: string): readonly number[] {
  return tokens.map((token, index) => {
    if (typeof token !== 'number' || !Number.isSafeInteger(token)) throw invalid(at(field, index), 'must be a token');
    return token;
  });
}

function decodeFormat(fields: JsonObject, where: string): EmbeddingsRequest['encodingFormat'] {
  const format = optionalString(fields, 'encoding_format', where) ?? optionalString(fields, 'encodingFormat', where);
  if (format === undefined || format === 'float') return 'float';
  if (format === 'base64') return 'base64';
  throw invalid(at(where, 'encoding_format'), 'must be `float` or `base64`');
}

export function encodeEmbeddings(
  response: EmbeddingsResponse,
  request: EmbeddingsRequest,
  answering: Omit<Answering, 'request'> & { readonly usage: Usage },
): JsonObject {
  const inBase64 = request.encodingFormat === 'base64';
  const tokens = inputTotal(answering.usage);
  return {
    object: 'list',
    data: response.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: inBase64 ? vectorInBase64(vector) : [...vector],
    })),
    model: response.servedModel ?? answering.model,
    modelWithProvider: answering.modelWithProvider,
    ...encodeUsage(tokens, answering),
  };
}

function encodeUsage(
  told: number | undefined,
  { charge, recordId }: Pick<Answering, 'charge' | 'recordId'>,
): { readonly usage?: JsonObject } {
  if (told === undefined && charge === undefined) return {};
  return { usage: { ...tokensOf(told ?? 0), ...encodeCharge(charge, recordId) } };
}

function tokensOf(tokens: number): JsonObject {
  return {
    prompt_tokens: tokens,
    total_tokens: tokens,
    promptTokens: tokens,
    totalTokens: tokens,
    inputTokens: tokens,
    outputTokens: 0,
  };
}

function vectorInBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes.toString('base64');
}
