import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { EmbeddingsRequest } from '../../protocol/embeddings.ts';
import type { InboundEmbeddings } from '../contract.ts';
import { at, invalid, optionalCount, requiredObject, without } from '../fields.ts';
import { GEMINI } from './name.ts';
import { objectsAt, withCamelKeys } from './wire-keys.ts';

/** Vectors for one content, or for several: https://ai.google.dev/api/embeddings */

const KNOWN: ReadonlySet<string> = new Set(['model', 'content', 'outputDimensionality']);
const SEVERAL = 'requests';

export const inboundEmbeddings: InboundEmbeddings = {
  decodeRequest,
  encodeResponse: ({ vectors }, { isSingle }) => {
    const embeddings = vectors.map((values) => ({ values: [...values] }));
    const [embedding] = embeddings;
    return isSingle === true && embedding !== undefined ? { embedding } : { embeddings };
  },
};

/** @throws GatewayError `request.invalid`, or `request.not_expressible` for contents that are to be embedded otherwise each */
function decodeRequest(wire: JsonObject): EmbeddingsRequest {
  const body = withCamelKeys(wire);
  const isSingle = body[SEVERAL] === undefined;
  const requests = isSingle ? [body] : (objectsAt(body, SEVERAL, '') ?? []);
  if (requests.length === 0) throw invalid(SEVERAL, 'must be a list that is not empty');
  const places = requests.map((_request, index) => (isSingle ? '' : at(SEVERAL, index)));
  const sizes = requests.map((request, index) => optionalCount(request, 'outputDimensionality', places[index] ?? ''));
  const others = requests.map((request) => without(request, KNOWN));
  const [dimensions] = sizes;
  const [extra = {}] = others;
  const odd = requests.findIndex((_request, index) => sizes[index] !== dimensions || !isSame(others[index], extra));
  if (odd > 0) {
    throw new GatewayError('request.not_expressible', {
      message: 'The provider embeds all contents of a request in the same way.',
      param: places[odd],
    });
  }
  return {
    inputs: requests.map((request, index) => textOf(request, places[index] ?? '')),
    dimensions,
    encodingFormat: 'float',
    endUser: undefined,
    dialect: GEMINI,
    ...(isSingle ? { isSingle } : {}),
    extra,
  };
}

function textOf(request: JsonObject, where: string): string {
  const content = requiredObject(request, 'content', where);
  const parts = objectsAt(content, 'parts', at(where, 'content')) ?? [];
  if (parts.length === 0) throw invalid(at(where, 'content.parts'), 'must be a list that is not empty');
  return parts.map((part, index) => textPart(part, at(at(where, 'content.parts'), index))).join('\n');
}

/** Only the API itself embeds pictures and sounds. */
function textPart({ text }: JsonObject, where: string): string {
  if (typeof text === 'string') return text;
  throw new GatewayError('request.not_expressible', {
    message: 'The provider embeds texts, and nothing else.',
    param: where,
  });
}

function isSame(
  some: Readonly<Record<string, JsonValue | undefined>> | undefined,
  others: Readonly<Record<string, JsonValue | undefined>>,
): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
