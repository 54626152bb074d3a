import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import { type NanoUsdPerMillion, usdPerMillion, usdPerUnit } from '../kernel/money.ts';
import { type ModelAtProvider, modelKey, type Price, type PriceUnit } from '../protocol/rate-card.ts';
import type { CardCandidate } from './card-versions.ts';
import { priceLine } from './price-line.ts';
import { rateCardInputSchema } from './rate-card-schema.ts';

/** Documents of prices that an operator names: the hub's own, or LiteLLM's list of models. */

const CARDS_MAX = 20_000;
const PRICE_CHARS_MAX = 40;
/** Ten cents for one token is over a hundred times the dearest model there is: such a number is a slip. */
const TOKEN_PRICE_MAX = usdPerMillion('100000');
const EACH_PRICE_MAX = usdPerMillion('1000000000');

/** What a document says of a model; `undefined` where it does not know it. */
export type PriceDocument = { readonly find: (of: ModelAtProvider) => CardCandidate | undefined };

const ownDocument = z.strictObject({ prices: z.array(rateCardInputSchema).max(CARDS_MAX) });

/**
 * Reads a document, by its form.
 * @param now milliseconds since the epoch
 * @throws GatewayError `request.invalid`, with what is wrong with it
 */
export function readPriceDocument(text: string, now: number): PriceDocument {
  const document = parseJsonOrUndefined(text);
  if (!isJsonObject(document)) throw invalid('is not a JSON object');
  return Array.isArray(document['prices']) ? ownPrices(document, now) : litellmPrices(document, now);
}

function ownPrices(document: JsonObject, now: number): PriceDocument {
  const read = ownDocument.safeParse(document);
  if (!read.success) throw invalid(z.prettifyError(read.error));
  const cards = new Map(read.data.prices.map((card) => [modelKey(card), card]));
  return {
    find: (of) => {
      const card = cards.get(modelKey(of));
      if (card === undefined) return undefined;
      return { ...of, source: 'catalogue', effectiveFrom: card.effectiveFrom ?? now, prices: card.prices };
    },
  };
}

/**
 * Names of providers in LiteLLM's list where they are not those of the hub's catalogue:
 * https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json
 */
const LITELLM_NAMES: Readonly<Record<string, readonly string[]>> = {
  'amazon-bedrock': ['bedrock', 'bedrock_converse'],
  'azure-openai': ['azure'],
  cohere: ['cohere', 'cohere_chat'],
  fireworks: ['fireworks_ai'],
  google: ['gemini'],
  openai: ['openai', 'text-completion-openai'],
  together: ['together_ai'],
};

/** Fields of that list, in dollars for one of the unit. */
const LITELLM_FIELDS: readonly (readonly [field: string, unit: PriceUnit])[] = [
  ['input_cost_per_token', 'input'],
  ['output_cost_per_token', 'output'],
  ['cache_read_input_token_cost', 'cached-input'],
  ['cache_creation_input_token_cost', 'cache-write-5m'],
  ['cache_creation_input_token_cost_above_1hr', 'cache-write-1h'],
  ['input_cost_per_audio_token', 'audio-input'],
  ['output_cost_per_audio_token', 'audio-output'],
  ['output_cost_per_reasoning_token', 'reasoning'],
  ['input_cost_per_image_token', 'image-input'],
  ['output_cost_per_image_token', 'image-output'],
  ['output_cost_per_image', 'image'],
  ['input_cost_per_character', 'character'],
];
const TIER = /^_above_(\d{1,4})k_tokens$/;
const BATCHES = '_batches';

function litellmPrices(document: JsonObject, now: number): PriceDocument {
  const known = Object.values(document).some((entry) => isJsonObject(entry) && 'litellm_provider' in entry);
  if (!known) throw invalid('has neither `prices` nor models with a `litellm_provider`');
  return {
    find: (of) => {
      const names = LITELLM_NAMES[of.providerId] ?? [of.providerId];
      const keys = [of.model, ...names.map((name) => `${name}/${of.model}`)];
      for (const key of keys) {
        const entry = document[key];
        const provider = isJsonObject(entry) ? entry['litellm_provider'] : undefined;
        if (!isJsonObject(entry) || typeof provider !== 'string' || !names.includes(provider)) continue;
        const prices = litellmLines(entry);
        if (prices.length > 0) return { ...of, source: 'catalogue', effectiveFrom: now, prices };
      }
      return undefined;
    },
  };
}

/** The lines of one model. A part without a price of its own is billed as its whole, so a zero of a part is left out. */
function litellmLines(entry: JsonObject): readonly Price[] {
  const lines: Price[] = [];
  for (const [name, value] of Object.entries(entry)) {
    const found = LITELLM_FIELDS.findLast(([field]) => name.startsWith(field));
    if (found === undefined) continue;
    const [field, unit] = found;
    const conditions = conditionsOf(name.slice(field.length));
    const price = readPrice(value, unit);
    if (conditions === undefined || price === undefined) continue;
    const isWhole = unit === 'input' || unit === 'output';
    if (price === 0n && !isWhole) continue;
    lines.push({ ...priceLine(unit, price, conditions), batch: conditions.batch });
  }
  return lines.some(({ unit }) => unit === 'input' || unit === 'image' || unit === 'character') ? lines : [];
}

/** What stands behind a field's name; `undefined` for conditions that cards do not have, as of other service tiers. */
function conditionsOf(rest: string) {
  if (rest === '' || rest === BATCHES) return { aboveInputTokens: undefined, batch: rest === BATCHES };
  const [, thousands] = TIER.exec(rest) ?? [];
  return thousands === undefined ? undefined : { aboveInputTokens: Number(thousands) * 1000, batch: false };
}

function readPrice(value: JsonValue | undefined, unit: PriceUnit): NanoUsdPerMillion | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  const text = String(value);
  if (text.length > PRICE_CHARS_MAX) return undefined;
  const price = usdPerUnit(text);
  return price <= (unit === 'image' ? EACH_PRICE_MAX : TOKEN_PRICE_MAX) ? price : undefined;
}

function invalid(problem: string): GatewayError {
  return new GatewayError('request.invalid', { message: `The document of prices ${problem}.` });
}
