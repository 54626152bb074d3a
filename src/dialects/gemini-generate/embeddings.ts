import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../../protocol/embeddings.ts';
import type { EncodedCall, OutboundEmbeddings, Target } from '../contract.ts';
import { carriedGoogleFault } from '../google-fault.ts';
import { readGoogleUsage } from '../google-usage.ts';
import { Losses } from '../losses.ts';
import { modelPath, resourceName } from './model-path.ts';
import { GEMINI } from './name.ts';

/** Vectors for texts: https://ai.google.dev/api/embeddings#method:-models.batchembedcontents */
export const embeddings: OutboundEmbeddings = { encodeRequest, decodeResponse };

function encodeRequest(request: EmbeddingsRequest, target: Target): EncodedCall {
  const losses = new Losses();
  losses.addIf(request.endUser, 'endUser', `${GEMINI} has no such field`);
  for (const [field, value] of Object.entries(request.extra)) {
    if (value !== undefined && value !== null) losses.add(field, `${GEMINI} has no such field`);
  }
  const model = resourceName(target.upstreamModel);
  const { dimensions } = request;
  const requests = request.inputs.map((input) => ({
    model,
    content: { parts: [{ text: textOf(input) }] },
    ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
  }));
  const body = Buffer.from(JSON.stringify({ requests }));
  return { call: { path: modelPath(target, 'batchEmbedContents'), headers: {}, body }, losses: losses.list };
}

/** Token numbers mean something to the tokenizer alone that made them. */
function textOf(input: string | readonly number[]): string {
  if (typeof input === 'string') return input;
  throw new GatewayError('request.not_expressible', {
    message: 'The provider embeds texts, and no token numbers.',
    param: 'input',
  });
}

function decodeResponse(body: Buffer): EmbeddingsResponse {
  const answer = parseJsonOrUndefined(body.toString());
  const fault = carriedGoogleFault(answer);
  if (fault !== undefined) throw fault;
  const list = isJsonObject(answer) ? answer['embeddings'] : undefined;
  if (!isJsonObject(answer) || !Array.isArray(list)) throw new GatewayError('upstream.invalid_answer');
  return { vectors: list.map(vectorOf), servedModel: undefined, usage: readGoogleUsage(answer['usageMetadata']) };
}

function vectorOf(embedding: JsonValue): readonly number[] {
  const values = isJsonObject(embedding) ? valuesOf(embedding) : undefined;
  if (values === undefined) throw new GatewayError('upstream.invalid_answer');
  return values;
}

function valuesOf({ values }: JsonObject): readonly number[] | undefined {
  if (!Array.isArray(values)) return undefined;
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === values.length ? numbers : undefined;
}
