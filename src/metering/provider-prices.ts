import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';
import { type NanoUsdPerMillion, usdPerMillion, usdPerUnit } from '../kernel/money.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';
import type { CardCandidate } from './card-versions.ts';
import { priceLine } from './price-line.ts';

/**
 * Prices as OpenRouter lists them beside its models, in decimal dollars for a single unit:
 * https://openrouter.ai/docs/api-reference/models/get-models
 */

/** A model of a provider's list: its id and the list's `pricing` object as it came. */
export type ListedModel = { readonly upstreamModel: string; readonly pricing: JsonValue | undefined };

type PriceKey = { readonly key: string; readonly unit: PriceUnit };

/** The prices without which a model has no card. */
const BASE_KEYS: readonly PriceKey[] = [
  { key: 'prompt', unit: 'input' },
  { key: 'completion', unit: 'output' },
];
/** Prices of parts. A zero means that the part has no price of its own, not that it is free. */
const PART_KEYS: readonly PriceKey[] = [
  { key: 'input_cache_read', unit: 'cached-input' },
  { key: 'input_cache_write', unit: 'cache-write-5m' },
  { key: 'input_cache_write_1h', unit: 'cache-write-1h' },
  { key: 'audio', unit: 'audio-input' },
  { key: 'audio_output', unit: 'audio-output' },
  { key: 'internal_reasoning', unit: 'reasoning' },
  { key: 'request', unit: 'request' },
  { key: 'web_search', unit: 'tool-call' },
];

const PRICE_CHARS_MAX = 40;
const OVERRIDES_MAX = 24;
const INPUT_TOKENS_MAX = 1_000_000_000;
/** Ten cents for one token is over a hundred times the dearest model there is; a request may cost more than a token. */
const TOKEN_PRICE_MAX = usdPerMillion('100000');
const EACH_PRICE_MAX = usdPerMillion('100000000');

/**
 * The cards that a provider's list gives, in force from `now` (milliseconds since the epoch). A model whose base prices
 * are missing, negative (`"-1"` says that the price depends on where the call is routed) or absurd gets one without
 * lines, which withdraws what an earlier list said.
 */
export function providerPriceCards(
  providerId: string,
  models: readonly ListedModel[],
  now: number,
): readonly CardCandidate[] {
  return models.map(({ upstreamModel, pricing }) => ({
    providerId,
    model: upstreamModel,
    source: 'provider',
    effectiveFrom: now,
    prices: isJsonObject(pricing) ? readPricing(pricing) : [],
  }));
}

function readPricing(pricing: JsonObject): readonly Price[] {
  const prices: Price[] = [];
  for (const { key, unit } of BASE_KEYS) {
    const price = readPrice(pricing[key], unit);
    if (price === undefined) return [];
    prices.push(priceLine(unit, price));
  }
  for (const { key, unit } of PART_KEYS) {
    const price = readPrice(pricing[key], unit);
    if (price !== undefined && price > 0n) prices.push(priceLine(unit, price));
  }
  return [...prices, ...readOverrides(pricing['overrides'])];
}

/** Long-context and time-of-day prices. Where two entries of one kind meet, the later one wins, as in a rate card. */
function readOverrides(overrides: JsonValue | undefined): readonly Price[] {
  if (!Array.isArray(overrides)) return [];
  return overrides.slice(0, OVERRIDES_MAX).flatMap((entry) => (isJsonObject(entry) ? readOverride(entry) : []));
}

function readOverride(entry: JsonObject): readonly Price[] {
  const conditions = readConditions(entry);
  if (conditions === undefined) return [];
  const lines: Price[] = [];
  for (const { key, unit } of [...BASE_KEYS, ...PART_KEYS]) {
    const price = readPrice(entry[key], unit);
    if (price !== undefined) lines.push(priceLine(unit, price, conditions));
  }
  return lines;
}

/** The entry's conditions, or `undefined` where there is none, or one that is not understood. */
function readConditions(entry: JsonObject): Pick<Price, 'aboveInputTokens' | 'utcWindow'> | undefined {
  const { min_prompt_tokens: above, utc_start: start, utc_end: end, ...rest } = entry;
  const known = new Set([...BASE_KEYS, ...PART_KEYS].map(({ key }) => key).concat('input_audio_cache'));
  if (Object.keys(rest).some((key) => !known.has(key))) return undefined;
  const isTiered = typeof above === 'number' && Number.isInteger(above) && above >= 0 && above <= INPUT_TOKENS_MAX;
  const utcWindow = readWindow(start, end);
  const isTimed = utcWindow !== undefined;
  if ((above !== undefined && !isTiered) || ((start !== undefined || end !== undefined) && !isTimed)) return undefined;
  return isTiered || isTimed ? { aboveInputTokens: isTiered ? above : undefined, utcWindow } : undefined;
}

/** Times of day come as numbers whose digits are hours and minutes: 1030 is 10:30. */
function readWindow(start: JsonValue | undefined, end: JsonValue | undefined): Price['utcWindow'] {
  const from = clockText(start);
  const to = clockText(end);
  return from === undefined || to === undefined ? undefined : { from, to };
}

function clockText(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 2400) return undefined;
  const hours = Math.floor(value / 100) % 24;
  const minutes = value % 100;
  if (minutes > 59) return undefined;
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

function readPrice(value: JsonValue | undefined, unit: PriceUnit): NanoUsdPerMillion | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > PRICE_CHARS_MAX) return undefined;
  if (!/^\d{1,12}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,2})?$/.test(text)) return undefined;
  const price = usdPerUnit(text);
  const highest = unit === 'request' || unit === 'tool-call' ? EACH_PRICE_MAX : TOKEN_PRICE_MAX;
  return price <= highest ? price : undefined;
}
