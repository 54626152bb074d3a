import { assertNever } from '../kernel/assert.ts';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import type { ModelFacts } from '../protocol/configuration.ts';
import type { FoundModel } from './ports.ts';
import type { ProviderEntry } from './schema.ts';

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

const GEMINI_PREFIX = 'models/';
/** Methods by which a model of Google's serves something that a caller may ask for. */
const METHODS_SPOKEN: ReadonlySet<string> = new Set([
  'generateContent',
  'embedContent',
  'batchEmbedContents',
  'predict',
  'predictLongRunning',
]);

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

/** The forms in which providers list their models; Bedrock's two lists are read in bedrock-list.ts. */
export type ListShape = Exclude<Extract<ProviderEntry['models'], { from: 'list' }>['shape'], 'bedrock'>;

/** Puts a list together that may come in pages. */
export type ModelListReader = {
  /**
   * Takes one page, and gives the query that asks for the next: `undefined` after the last.
   * @throws GatewayError `upstream.invalid_answer` when it is not a list, `upstream.answer_too_large`
   */
  readonly addPage: (body: Buffer) => string | undefined;
  readonly list: () => ModelList;
};

export function createModelListReader(shape: ListShape): ModelListReader {
  const models = new Map<string, FoundModel>();
  const prices: ListedPrice[] = [];
  const owners = new Set<string | undefined>();
  let refused = 0;
  let rowCount = 0;
  const addRow = (row: JsonValue): void => {
    const id = isJsonObject(row) ? idOf(row, shape) : undefined;
    if (!isJsonObject(row) || id === undefined || !isModelId(id)) {
      refused += 1;
      return;
    }
    owners.add(textOf(row['owned_by']));
    if (models.has(id) || !isOffered(row)) return;
    models.set(id, { upstreamModel: id, facts: factsOf(id, row) });
    const price = priceOf(id, row['pricing']);
    if (price !== undefined) prices.push(price);
  };
  return {
    addPage: (body) => {
      const answer = parseJsonOrUndefined(body.toString('utf8'));
      const rows = rowsOf(answer, shape) ?? emptyLastPage(answer, rowCount);
      if (rows === undefined) throw unreadable();
      rowCount += rows.length;
      if (rowCount > LIST_MODELS_MAX) {
        throw new GatewayError('upstream.answer_too_large', {
          message: `The provider lists more than ${LIST_MODELS_MAX} models.`,
        });
      }
      for (const row of rows) addRow(row);
      return isJsonObject(answer) ? nextPage(answer, shape) : undefined;
    },
    list: () => {
      const [owner] = owners;
      return { models: [...models.values()], prices, refused, ownedBy: owners.size === 1 ? owner : undefined };
    },
  };
}

/** A list that came in one answer. @throws GatewayError as its reader does */
export function parseModelList(body: Buffer, shape: ListShape): ModelList {
  const reader = createModelListReader(shape);
  reader.addPage(body);
  return reader.list();
}

/** True for ids that may be stored, shown and sent: short, without control characters or white space around them. */
export function isModelId(id: string): boolean {
  return id !== '' && id.length <= MODEL_ID_CHARACTERS_MAX && id.trim() === id && !UNSAFE_CHARACTER.test(id);
}

/** `{ data: [ … ] }` as OpenAI and Anthropic have it, a bare array as Together has it, or `{ models: [ … ] }`. */
function rowsOf(answer: JsonValue | undefined, shape: ListShape): readonly JsonValue[] | undefined {
  if (Array.isArray(answer)) return shape === 'openai' ? answer : undefined;
  if (!isJsonObject(answer)) return undefined;
  const rows = answer[rowsField(shape)];
  // Ollama writes `null` for an empty list on its OpenAI-compatible address.
  if (rows === null) return [];
  return Array.isArray(rows) ? rows : undefined;
}

/** Google leaves empty lists out, and the last page may be one. Where nothing came before, it is no list at all. */
function emptyLastPage(answer: JsonValue | undefined, rowCount: number): readonly JsonValue[] | undefined {
  return rowCount > 0 && isJsonObject(answer) && Object.keys(answer).length === 0 ? [] : undefined;
}

function rowsField(shape: ListShape): 'data' | 'models' {
  switch (shape) {
    case 'openai':
    case 'anthropic':
      return 'data';
    case 'ollama-tags':
    case 'gemini':
      return 'models';
    default:
      return assertNever(shape);
  }
}

/**
 * Anthropic says whether there is more and names the last of the page (https://docs.anthropic.com/en/api/models-list);
 * Google gives a token (https://ai.google.dev/api/models#method:-models.list). What is not all there would look withdrawn.
 */
function nextPage(answer: JsonObject, shape: ListShape): string | undefined {
  switch (shape) {
    case 'anthropic': {
      if (answer['has_more'] !== true) return undefined;
      const lastId = textOf(answer['last_id']);
      if (lastId === undefined) throw unreadable();
      return `after_id=${encodeURIComponent(lastId)}`;
    }
    case 'gemini': {
      const token = textOf(answer['nextPageToken']);
      return token === undefined ? undefined : `pageToken=${encodeURIComponent(token)}`;
    }
    case 'openai':
    case 'ollama-tags':
      return undefined;
    default:
      return assertNever(shape);
  }
}

function unreadable(): GatewayError {
  return new GatewayError('upstream.invalid_answer', { message: 'The provider’s list of models could not be read.' });
}

/** Google names its models by their place, `models/gemini-2.5-pro`; it takes the bare name as well. */
function idOf(row: JsonObject, shape: ListShape): string | undefined {
  const id = textOf(row['id']) ?? textOf(row['model']) ?? textOf(row['name']);
  return shape === 'gemini' && id?.startsWith(GEMINI_PREFIX) === true ? id.slice(GEMINI_PREFIX.length) : id;
}

/** Google lists models that are there for other things: to count tokens, or to talk with over a socket. */
function isOffered({ supportedGenerationMethods: methods }: JsonObject): boolean {
  return !Array.isArray(methods) || methods.some((method) => typeof method === 'string' && METHODS_SPOKEN.has(method));
}

/** Every provider says these in its own words; what is not said stays `undefined`. */
function factsOf(id: string, row: JsonObject): ModelFacts {
  const top = objectOf(row['top_provider']);
  const architecture = objectOf(row['architecture']);
  const capabilities = objectOf(row['capabilities']);
  const vision = capabilities['vision'] === true ? ['text', 'image'] : undefined;
  const name = textOf(row['display_name']) ?? textOf(row['displayName']) ?? textOf(row['name']);
  return {
    displayName: name === undefined || name === id || name === `${GEMINI_PREFIX}${id}` ? undefined : printable(name),
    contextTokens:
      tokensOf(row['context_length']) ??
      tokensOf(row['context_window']) ??
      tokensOf(row['max_context_length']) ??
      tokensOf(row['max_model_len']) ??
      tokensOf(row['max_input_tokens']) ??
      tokensOf(row['inputTokenLimit']) ??
      tokensOf(objectOf(row['meta'])['n_ctx_train']) ??
      tokensOf(top['context_length']),
    maxOutputTokens:
      tokensOf(top['max_completion_tokens']) ??
      tokensOf(row['max_completion_tokens']) ??
      tokensOf(row['max_output_tokens']) ??
      tokensOf(row['max_output_length']) ??
      // A field of that name is the context in some lists; Anthropic's rows are known by their type.
      tokensOf(row['type'] === 'model' ? row['max_tokens'] : undefined) ??
      tokensOf(row['outputTokenLimit']),
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
