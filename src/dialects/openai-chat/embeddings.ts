import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../../protocol/embeddings.ts';
import type { InboundEmbeddings, OutboundEmbeddings, Target } from '../contract.ts';
import { at, endUserOf, invalid, optionalCount, optionalString, without } from '../fields.ts';
import { Losses } from '../losses.ts';
import { parseAnswer } from './answer-reader.ts';
import { faultOfEvent } from './decode-fault.ts';
import { encodeUsage } from './encode-usage.ts';
import { OPENAI_CHAT } from './name.ts';
import { isMissed, lossName, REFUSED } from './refused-fields.ts';
import { readOpenAiUsage } from './usage.ts';

/** Embeddings: https://platform.openai.com/docs/api-reference/embeddings/create */

const KNOWN: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);
const FLOAT_BYTES = 4;

export const inboundEmbeddings: InboundEmbeddings = {
  decodeRequest: (body) => ({
    inputs: decodeInputs(body['input']),
    dimensions: optionalCount(body, 'dimensions'),
    encodingFormat: decodeFormat(body),
    endUser: endUserOf(body['user']),
    dialect: OPENAI_CHAT,
    extra: without(body, KNOWN),
  }),
  encodeResponse: (response, request, answering) => ({
    object: 'list',
    data: response.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: request.encodingFormat === 'base64' ? toBase64(vector) : [...vector],
    })),
    model: response.servedModel ?? answering.model,
    usage: encodeUsage(answering.usage),
  }),
};

export const outboundEmbeddings: OutboundEmbeddings = {
  encodeRequest: (request, target) => {
    const losses = new Losses();
    // Without a format the answer holds numbers, which every provider gives.
    const body: JsonObject = {
      model: target.upstreamModel,
      input: request.inputs.map((input) => (typeof input === 'string' ? input : [...input])),
      dimensions: request.dimensions,
      user: request.endUser,
    };
    if (request.dialect === OPENAI_CHAT) Object.assign(body, request.extra);
    else for (const field of Object.keys(request.extra)) losses.add(field, 'the format has no such field');
    leaveOutRefused(body, target, losses);
    return { call: { path: target.path, headers: {}, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
  },
  decodeResponse,
};

/** A text, token numbers, or a list of either. @throws GatewayError `request.invalid` */
function decodeInputs(input: JsonValue | undefined): EmbeddingsRequest['inputs'] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0)
    throw invalid('input', 'must be a string or a list that is not empty');
  if (typeof input[0] === 'number') return [decodeTokens(input, 'input')];
  return input.map((each, index) => {
    const where = at('input', index);
    if (typeof each === 'string') return each;
    if (!Array.isArray(each)) throw invalid(where, 'must be a string or a list of token numbers');
    return decodeTokens(each, where);
  });
}

function decodeTokens(tokens: readonly JsonValue[], where: string): number[] {
  return tokens.map((token, index) => {
    if (typeof token !== 'number' || !Number.isSafeInteger(token)) throw invalid(at(where, index), 'must be a number');
    return token;
  });
}

function decodeFormat(body: JsonObject): EmbeddingsRequest['encodingFormat'] {
  const format = optionalString(body, 'encoding_format') ?? 'float';
  if (format !== 'float' && format !== 'base64') throw invalid('encoding_format', 'must be "float" or "base64"');
  return format;
}

function leaveOutRefused(body: JsonObject, { quirks }: Target, losses: Losses): void {
  for (const field of quirks.refuses) {
    if (field === 'model' || field === 'input') continue;
    if (isMissed(field, body[field])) losses.add(lossName(field), REFUSED);
    delete body[field];
  }
}

/** @throws GatewayError `upstream.invalid_answer`, or the fault that it carries */
function decodeResponse(body: Buffer): EmbeddingsResponse {
  const answer = parseAnswer(body);
  const fault = faultOfEvent(answer);
  if (fault !== undefined) throw fault;
  const { data, model } = answer;
  if (!Array.isArray(data)) throw new GatewayError('upstream.invalid_answer');
  const entries = data.map((entry, place) => {
    if (!isJsonObject(entry)) throw new GatewayError('upstream.invalid_answer');
    const index = typeof entry['index'] === 'number' ? entry['index'] : place;
    return { index, vector: decodeVector(entry['embedding']) };
  });
  return {
    vectors: entries.toSorted((a, b) => a.index - b.index).map(({ vector }) => vector),
    servedModel: typeof model === 'string' && model !== '' ? model : undefined,
    usage: readOpenAiUsage(answer['usage'], 'embeddings'),
  };
}

function decodeVector(embedding: JsonValue | undefined): readonly number[] {
  if (typeof embedding === 'string') return fromBase64(embedding);
  if (!Array.isArray(embedding)) throw new GatewayError('upstream.invalid_answer');
  return embedding.map((value) => {
    if (typeof value !== 'number') throw new GatewayError('upstream.invalid_answer');
    return value;
  });
}

/** Little-endian floats of 32 bits, as OpenAI's SDKs ask for and read. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes.toString('base64');
}

function fromBase64(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  const vector: number[] = [];
  for (let at = 0; at + FLOAT_BYTES <= bytes.length; at += FLOAT_BYTES) vector.push(bytes.readFloatLE(at));
  return vector;
}
