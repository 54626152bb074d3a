import { z } from 'zod';
import { parseJson } from '../kernel/json.ts';
import { formatUsdPerMillion, nanoUsdPerMillion, usdPerMillion } from '../kernel/money.ts';
import { linePlace, type Price, type RateCard } from '../protocol/rate-card.ts';
import { PRICE_UNITS } from './price-units.ts';

/** Rate cards as JSON: for people and programs with prices in decimal dollars, for the store with whole nano-dollars. */

const PRICES_MAX = 200;
const MODEL_CHARS_MAX = 256;
const PROVIDER_CHARS_MAX = 64;
const IMAGE_WORD_CHARS_MAX = 64;
const INPUT_TOKENS_MAX = 1_000_000_000;
/** A million dollars per million units: far above any price there is, so that a slip of the unit is caught. */
const PRICE_MAX = usdPerMillion('1000000');
const DECIMAL_PRICE = /^\d{1,10}(?:\.\d{1,9})?$/;
const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const WHOLE_NUMBER = /^\d{1,30}$/;

const decimalPrice = z
  .string()
  .regex(DECIMAL_PRICE, 'must be decimal dollars per million units, with at most nine places, such as "2.50"')
  .transform(usdPerMillion)
  .refine((price) => price <= PRICE_MAX, 'must not be above 1,000,000 dollars per million units');

const timeOfDay = z.string().regex(TIME_OF_DAY, 'must be a time of day in UTC as HH:MM');
const imageWord = z.string().min(1).max(IMAGE_WORD_CHARS_MAX);

/** One line of a rate card in a request: `usd_per_million` is dollars for a million units, as decimal text. */
export const priceInputSchema = z
  .strictObject({
    unit: z.enum(PRICE_UNITS),
    usd_per_million: decimalPrice,
    above_input_tokens: z.int().nonnegative().max(INPUT_TOKENS_MAX).optional(),
    utc_window: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
    image_size: imageWord.optional(),
    image_quality: imageWord.optional(),
    batch: z.boolean().default(false),
  })
  .transform(
    (line): Price => ({
      unit: line.unit,
      price: line.usd_per_million,
      aboveInputTokens: line.above_input_tokens,
      utcWindow: line.utc_window,
      imageSize: line.image_size,
      imageQuality: line.image_quality,
      batch: line.batch,
    }),
  );

/**
 * The lines of a card in a request. Two lines for the same unit under the same conditions are refused. No lines at all
 * hand the model back to its provider's own list or the catalogue.
 */
export const pricesInputSchema = z
  .array(priceInputSchema)
  .max(PRICES_MAX)
  .refine((lines) => new Set(lines.map(linePlace)).size === lines.length, 'has two lines for one unit and condition');

/** A card that an operator sets; the hub adds id, version and, where it is missing, the time it takes force. */
export const rateCardInputSchema = z
  .strictObject({
    provider_id: z.string().min(1).max(PROVIDER_CHARS_MAX),
    model: z.string().min(1).max(MODEL_CHARS_MAX),
    effective_from: z.iso.datetime({ offset: true }).optional(),
    prices: pricesInputSchema,
  })
  .transform((card) => ({
    providerId: card.provider_id,
    model: card.model,
    effectiveFrom: card.effective_from === undefined ? undefined : new Date(card.effective_from).getTime(),
    prices: card.prices,
  }));

/** One line of a rate card in an answer. */
export const priceDocumentSchema = z.strictObject({
  unit: z.enum(PRICE_UNITS),
  usd_per_million: z.string(),
  above_input_tokens: z.int().optional(),
  utc_window: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  image_size: z.string().optional(),
  image_quality: z.string().optional(),
  batch: z.boolean(),
});

/** A rate card in an answer; `effective_from` is ISO 8601. */
export const rateCardDocumentSchema = z.strictObject({
  id: z.string(),
  provider_id: z.string(),
  model: z.string(),
  version: z.int(),
  source: z.enum(['catalogue', 'provider', 'operator', 'local']),
  effective_from: z.string(),
  prices: z.array(priceDocumentSchema),
});

export type PriceDocument = z.output<typeof priceDocumentSchema>;
export type RateCardDocument = z.output<typeof rateCardDocumentSchema>;

export function toPriceDocument(line: Price): PriceDocument {
  return {
    unit: line.unit,
    usd_per_million: formatUsdPerMillion(line.price),
    above_input_tokens: line.aboveInputTokens,
    utc_window: line.utcWindow,
    image_size: line.imageSize,
    image_quality: line.imageQuality,
    batch: line.batch,
  };
}

export function toRateCardDocument(card: RateCard): RateCardDocument {
  return {
    id: card.id,
    provider_id: card.providerId,
    model: card.model,
    version: card.version,
    source: card.source,
    effective_from: new Date(card.effectiveFrom).toISOString(),
    prices: card.prices.map(toPriceDocument),
  };
}

const storedPrice = z
  .strictObject({
    unit: z.enum(PRICE_UNITS),
    price: z.string().regex(WHOLE_NUMBER),
    aboveInputTokens: z.int().nonnegative().optional(),
    utcWindow: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
    imageSize: z.string().optional(),
    imageQuality: z.string().optional(),
    batch: z.boolean(),
  })
  .transform(
    (line): Price => ({
      unit: line.unit,
      price: nanoUsdPerMillion(BigInt(line.price)),
      aboveInputTokens: line.aboveInputTokens,
      utcWindow: line.utcWindow,
      imageSize: line.imageSize,
      imageQuality: line.imageQuality,
      batch: line.batch,
    }),
  );

const storedPrices = z.array(storedPrice);

/**
 * A card's lines as text for the store: `price` is whole nano-dollars per million units, as text so that none is lost.
 * Equal lines give equal text.
 */
export function writeStoredPrices(prices: readonly Price[]): string {
  return JSON.stringify(
    prices.map((line) => ({
      unit: line.unit,
      price: line.price.toString(),
      aboveInputTokens: line.aboveInputTokens,
      utcWindow: line.utcWindow === undefined ? undefined : { from: line.utcWindow.from, to: line.utcWindow.to },
      imageSize: line.imageSize,
      imageQuality: line.imageQuality,
      batch: line.batch,
    })),
  );
}

/** Reads back what {@link writeStoredPrices} wrote. @throws SyntaxError or ZodError on anything else. */
export function readStoredPrices(text: string): readonly Price[] {
  return storedPrices.parse(parseJson(text));
}
