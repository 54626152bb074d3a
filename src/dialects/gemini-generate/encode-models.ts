import type { JsonObject } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import { invalid } from '../fields.ts';
import { MODELS_PREFIX } from './name.ts';

/** Models as the API lists them: https://ai.google.dev/api/models */

const PAGE_MODELS_DEFAULT = 50;
const PAGE_MODELS_MAX = 1000;
/** What each operation is called there. */
const METHODS: readonly (readonly [Operation, readonly string[]])[] = [
  ['chat', ['generateContent', 'streamGenerateContent', 'countTokens']],
  ['embeddings', ['embedContent', 'batchEmbedContents']],
];

/** A model as the hub knows it. */
export type GeminiModel = {
  readonly id: string;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
  readonly inputTokenLimit: number | undefined;
  readonly outputTokenLimit: number | undefined;
  readonly operations: readonly string[];
};

/** The part of the list that is asked for, as in the query: text, or `undefined`. */
export type GeminiPage = { readonly pageSize: string | undefined; readonly pageToken: string | undefined };

/**
 * One page of the list, in the order given. A token names the last model of the page before.
 * @throws GatewayError `request.invalid` for a size or a token that is none
 */
export function encodeGeminiModels(models: readonly GeminiModel[], page: GeminiPage): JsonObject {
  const size = readSize(page.pageSize);
  const from = page.pageToken === undefined || page.pageToken === '' ? 0 : placeAfter(models, page.pageToken);
  const shown = models.slice(from, from + size);
  const last = shown.at(-1);
  const hasMore = from + size < models.length && last !== undefined;
  return {
    models: shown.map(encodeGeminiModel),
    ...(hasMore ? { nextPageToken: Buffer.from(last.id).toString('base64url') } : {}),
  };
}

export function encodeGeminiModel(model: GeminiModel): JsonObject {
  const { id, displayName, description, inputTokenLimit, outputTokenLimit, operations } = model;
  return {
    name: id.startsWith('tunedModels/') ? id : `${MODELS_PREFIX}${id}`,
    baseModelId: id,
    version: '001',
    displayName: displayName ?? id,
    ...(description === undefined ? {} : { description }),
    ...(inputTokenLimit === undefined ? {} : { inputTokenLimit }),
    ...(outputTokenLimit === undefined ? {} : { outputTokenLimit }),
    supportedGenerationMethods: METHODS.flatMap(([operation, methods]) =>
      operations.includes(operation) ? [...methods] : [],
    ),
  };
}

/** More than the most is the most: https://ai.google.dev/api/models#method:-models.list */
function readSize(pageSize: string | undefined): number {
  if (pageSize === undefined || pageSize === '' || pageSize === '0') return PAGE_MODELS_DEFAULT;
  if (!/^\d{1,9}$/.test(pageSize)) throw invalid('pageSize', 'must be a whole number and not negative');
  return Math.min(Number(pageSize), PAGE_MODELS_MAX);
}

function placeAfter(models: readonly GeminiModel[], token: string): number {
  const id = Buffer.from(token, 'base64url').toString();
  const place = models.findIndex((model) => model.id === id);
  if (place < 0) throw invalid('pageToken', 'is of no page of this list');
  return place + 1;
}
