import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** Models as Anthropic lists them: https://docs.anthropic.com/en/api/models-list */

const PAGE_MODELS_DEFAULT = 20;
const PAGE_MODELS_MAX = 1000;

/** A model as the hub knows it. `createdAtMs` is milliseconds since the epoch. */
export type AnthropicModel = {
  readonly id: string;
  readonly displayName: string | undefined;
  readonly createdAtMs: number | undefined;
  readonly maxInputTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
};

/** The part of the list that is asked for, as in the query: text, or `undefined`. */
export type ModelPage = {
  readonly limit: string | undefined;
  readonly afterId: string | undefined;
  readonly beforeId: string | undefined;
};

/**
 * One page of the list, in the order given.
 * @throws GatewayError `request.invalid` for a limit that is none, or an id that is not in the list
 */
export function encodeAnthropicModels(models: readonly AnthropicModel[], page: ModelPage): JsonObject {
  const limit = readLimit(page.limit);
  const from = page.afterId === undefined ? 0 : placeOf(models, page.afterId, 'after_id') + 1;
  const to = page.beforeId === undefined ? models.length : placeOf(models, page.beforeId, 'before_id');
  // A page before an id is the one right before it.
  const start = page.beforeId === undefined || page.afterId !== undefined ? from : Math.max(from, to - limit);
  const end = Math.min(start + limit, to);
  const shown = models.slice(start, end);
  const hasMore = page.beforeId === undefined || page.afterId !== undefined ? end < to : start > 0;
  return {
    data: shown.map(encodeAnthropicModel),
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

/** One model. A day of release that nobody knows is the epoch's, as Anthropic itself does. */
export function encodeAnthropicModel(model: AnthropicModel): JsonObject {
  return {
    type: 'model',
    id: model.id,
    display_name: model.displayName ?? model.id,
    created_at: new Date(model.createdAtMs ?? 0).toISOString(),
    max_input_tokens: model.maxInputTokens ?? null,
    max_tokens: model.maxOutputTokens ?? null,
  };
}

function readLimit(limit: string | undefined): number {
  if (limit === undefined) return PAGE_MODELS_DEFAULT;
  const count = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count >= 1 && count <= PAGE_MODELS_MAX) return count;
  throw new GatewayError('request.invalid', {
    message: `\`limit\` must be a whole number from 1 to ${PAGE_MODELS_MAX}.`,
    param: 'limit',
  });
}

function placeOf(models: readonly AnthropicModel[], id: string, param: string): number {
  const place = models.findIndex((model) => model.id === id);
  if (place >= 0) return place;
  throw new GatewayError('request.invalid', { message: `\`${param}\` names no model of the list.`, param });
}
