import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import type { FoundModel } from './ports.ts';

/** The most models of one list; the largest known one has under 1,000. */
export const LIST_MODELS_MAX = 20_000;
/** The longest model id. */
export const MODEL_ID_CHARACTERS_MAX = 256;
const NAME_CHARACTERS_MAX = 200;
const MODALITIES_MAX = 16;
/** Above any real context window; a larger number is a mistake and is treated as not said. */
const TOKENS_MAX = 1_000_000_000;
const SECONDS_OF_YEAR_2000 = 946_684_800;
const SECONDS_OF_YEAR_2200 = 7_258_118_400;

const UNSAFE_CHARACTER = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const DECIMAL = /^\d{1,12}(?:\.\d{1,24})?(?:[eE]-?\d{1,2})?$/;

/** Prices of one model as its provider's list names them: US dollars per single unit, as plain decimal text. */
export type ListedPrice = { readonly model: string } & { readonly [name in ListedPriceName]?: string };

/** The names that OpenRouter uses: https://openrouter.ai/docs/api-reference/list-available-models */
export const LISTED_PRICE_NAMES = [
  'prompt',
  'completion',
  'request',
  'image',
  'audio',
  'web_search',
  'internal_reasoning',
  'input_cache_read',
  'input_cache_write',
] as const;

export type ListedPriceName = (typeof LISTED_PRICE_NAMES)[number];

/** What a provider's list said. */
export type ModelList = {
  /** Each id once, in the list's order. */
  readonly models: readonly FoundModel[];
  readonly prices: readonly ListedPrice[];
  /** How many rows had no usable id: none, too long, or with control characters in it. */
  readonly refused: number;
  /** What `owned_by` says where every row says the same. */
  readonly ownedBy: string | undefined;
};

/** The facts of a model about which nothing was said. */
export const NO_FACTS: ModelFacts = {
  displayName: undefined,
  contextTokens: undefined,
  maxOutputTokens: undefined,
  inputModalities: undefined,
  outputModalities: undefined,
  embeddingDimensions: undefined,
  createdAt: undefined,
};

/**
 * Reads a provider's answer to a request for its models.
 * @throws GatewayError `upstream.invalid_answer` when it is not a list, `upstream.answer_too_large`
 */
export function parseModelList(body: Buffer, shape: 'openai' | 'ollama-tags'): ModelList {
  const rows = rowsOf(parseJsonOrUndefined(body.toString('utf8')), shape);
  if (rows === undefined) {
    throw new GatewayError('upstream.invalid_answer', { message: 'The provider’s list of models could not be read.' });
  }
  if (rows.length > LIST_MODELS_MAX) {
    throw new GatewayError('upstream.answer_too_large', {
      message: `The provider lists more than ${LIST_MODELS_MAX} models.`,
    });
  }
  const models = new Map<string, FoundModel>();
  const prices: ListedPrice[] = [];
  const owners = new Set<string | undefined>();
  let refused = 0;
  for (const row of rows) {
    const id = isJsonObject(row) ? (textOf(row['id']) ?? textOf(row['model']) ?? textOf(row['name'])) : undefined;
    if (!isJsonObject(row) || id === undefined || !isModelId(id)) {
      refused += 1;
      continue;
    }
    owners.add(textOf(row['owned_by']));
    if (models.has(id)) continue;
    models.set(id, { upstreamModel: id, facts: factsOf(id, row) });
    const price = priceOf(id, row['pricing']);
    if (price !== undefined) prices.push(price);
  }
  const [owner] = owners;
  return { models: [...models.values()], prices, refused, ownedBy: owners.size === 1 ? owner : undefined };
}

/** True for ids that may be stored, shown and sent: short, without control characters or white space around them. */
export function isModelId(id: string): boolean {
  return id !== '' && id.length <= MODEL_ID_CHARACTERS_MAX && id.trim() === id && !UNSAFE_CHARACTER.test(id);
}

/** `{ data: [ … ] }` as OpenAI has it, a bare array as Together has it, or Ollama's `{ models: [ … ] }`. */
function rowsOf(answer: JsonValue | undefined, shape: 'openai' | 'ollama-tags'): readonly JsonValue[] | undefined {
  if (Array.isArray(answer)) return shape === 'openai' ? answer : undefined;
  if (!isJsonObject(answer)) return undefined;
  const rows = answer[shape === 'openai' ? 'data' : 'models'];
  // Ollama writes `null` for an empty list on its OpenAI-compatible address.
  if (rows === null) return [];
  return Array.isArray(rows) ? rows : undefined;
}

/** Every provider says these in its own words; what is not said stays `undefined`. */
function factsOf(id: string, row: JsonObject): ModelFacts {
  const top = objectOf(row['top_provider']);
  const architecture = objectOf(row['architecture']);
  const capabilities = objectOf(row['capabilities']);
  const vision = capabilities['vision'] === true ? ['text', 'image'] : undefined;
  const name = textOf(row['display_name']) ?? textOf(row['name']);
  return {
    displayName: name === undefined || name === id ? undefined : printable(name),
    contextTokens:
      tokensOf(row['context_length']) ??
      tokensOf(row['context_window']) ??
      tokensOf(row['max_context_length']) ??
      tokensOf(row['max_model_len']) ??
      tokensOf(objectOf(row['meta'])['n_ctx_train']) ??
      tokensOf(top['context_length']),
    maxOutputTokens:
      tokensOf(top['max_completion_tokens']) ??
      tokensOf(row['max_completion_tokens']) ??
      tokensOf(row['max_output_tokens']) ??
      tokensOf(row['max_output_length']),
    inputModalities: modalitiesOf(architecture['input_modalities']) ?? modalitiesOf(row['input_modalities']) ?? vision,
    outputModalities: modalitiesOf(architecture['output_modalities']) ?? modalitiesOf(row['output_modalities']),
    embeddingDimensions: tokensOf(row['embedding_dimensions']) ?? tokensOf(objectOf(row['meta'])['n_embd_out']),
    createdAt: timeOf(row['created']) ?? timeOf(row['created_at']),
  };
}

function priceOf(model: string, pricing: JsonValue | undefined): ListedPrice | undefined {
  if (!isJsonObject(pricing)) return undefined;
  const price: Partial<Record<ListedPriceName, string>> = {};
  for (const name of LISTED_PRICE_NAMES) {
    const value = pricing[name];
    // A negative price stands for "it depends" on routers of models; it is no price.
    if (typeof value === 'string' && DECIMAL.test(value)) price[name] = value;
  }
  return price.prompt === undefined && price.completion === undefined ? undefined : { model, ...price };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function tokensOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= TOKENS_MAX ? value : undefined;
}

function modalitiesOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((word): word is string => typeof word === 'string' && /^[a-z_-]{1,32}$/.test(word));
  return words.length === 0 ? undefined : words.slice(0, MODALITIES_MAX);
}

/** Seconds since the epoch or RFC 3339 text → milliseconds. Zero and other placeholders are "not said". */
function timeOf(value: JsonValue | undefined): number | undefined {
  const seconds = typeof value === 'string' ? Date.parse(value) / 1000 : value;
  if (typeof seconds !== 'number' || !(seconds > SECONDS_OF_YEAR_2000 && seconds < SECONDS_OF_YEAR_2200)) {
    return undefined;
  }
  return Math.round(seconds * 1000);
}

function printable(name: string): string | undefined {
  const clean = name.replace(/\p{C}/gu, '').trim().slice(0, NAME_CHARACTERS_MAX);
  return clean === '' ? undefined : clean;
}
