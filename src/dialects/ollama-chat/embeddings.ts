import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { EmbeddingsRequest, EmbeddingsResponse } from '../../protocol/embeddings.ts';
import type { EncodedCall, OutboundEmbeddings, Target } from '../contract.ts';
import { at, invalid } from '../fields.ts';
import { Losses } from '../losses.ts';
import { faultOfLine } from './faults.ts';
import { readUsage } from './usage.ts';

/** Ollama's own fields, which a caller of any dialect may send. */
const OWN_FIELDS = ['truncate', 'keep_alive', 'options'] as const;
const OWN: ReadonlySet<string> = new Set(OWN_FIELDS);

/** `/api/embed`: https://docs.ollama.com/api/embed */
export const embeddings: OutboundEmbeddings = { encodeRequest, decodeResponse };

/**
 * Unless a caller says otherwise, a text beyond the model's context is an error: the vector of its beginning alone would
 * pass for that of all of it.
 */
function encodeRequest(request: EmbeddingsRequest, target: Target): EncodedCall {
  const losses = new Losses();
  const input = request.inputs.map((item, index) => {
    if (typeof item !== 'string') throw invalid(at('input', index), 'must be text: Ollama takes no token numbers');
    return item;
  });
  const body: Record<string, JsonValue | undefined> = {
    model: target.upstreamModel,
    input,
    truncate: false,
    dimensions: request.dimensions,
  };
  for (const key of OWN_FIELDS) if (request.extra[key] !== undefined) body[key] = request.extra[key];
  losses.addIf(request.endUser, 'endUser', 'Ollama has no such field');
  for (const [key, value] of Object.entries(request.extra)) {
    if (!OWN.has(key)) losses.addIf(value, key, 'Ollama has no such field');
  }
  return { call: { path: target.path, headers: {}, body: Buffer.from(JSON.stringify(body)) }, losses: losses.list };
}

function decodeResponse(body: Buffer): EmbeddingsResponse {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const fault = faultOfLine(answer);
  if (fault !== undefined) throw fault;
  const vectors = answer['embeddings'];
  if (!Array.isArray(vectors)) throw new GatewayError('upstream.invalid_answer');
  const { model } = answer;
  return {
    vectors: vectors.map(readVector),
    servedModel: typeof model === 'string' ? model : undefined,
    usage: readUsage(answer),
  };
}

function readVector(value: JsonValue): readonly number[] {
  if (!Array.isArray(value)) throw new GatewayError('upstream.invalid_answer');
  return value.map((item) => {
    if (typeof item !== 'number') throw new GatewayError('upstream.invalid_answer');
    return item;
  });
}
