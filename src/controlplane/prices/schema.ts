import { z } from 'zod';
import { formatUsdPerMillion, usdPerMillion } from '../../kernel/money.ts';
import { PRICE_UNITS } from '../../metering/price-units.ts';
import type { Price, RateCard } from '../../protocol/rate-card.ts';
import { idField, modelField, timeField, timeInputField, toTime } from '../fields.ts';
import { pageQuery } from '../paging.ts';
import type { PricedModel } from '../services.ts';

const PRICES_MAX = 100;
const TOKENS_MAX = 1_000_000_000;
const WORD_CHARS_MAX = 50;

const unitField = z.enum(PRICE_UNITS);

const utcTimeField = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'has to be HH:MM');

/** What a line is the price of, and when it applies. */
export const lineShape = {
  unit: unitField,
  above_input_tokens: z
    .int()
    .min(1)
    .max(TOKENS_MAX)
    .optional()
    .describe('Applies to calls whose whole input is longer than this.'),
  utc_window: z.strictObject({ from: utcTimeField, to: utcTimeField }).optional(),
  image_size: z.string().min(1).max(WORD_CHARS_MAX).optional(),
  image_quality: z.string().min(1).max(WORD_CHARS_MAX).optional(),
  batch: z.boolean().optional().describe('Applies to batch calls only.'),
};

/** An amount for one million of the unit; it fits the store's columns many times over. */
export const perMillionField = z
  .string()
  .max(WORD_CHARS_MAX)
  .regex(/^\d{1,12}(\.\d{1,12})?$/, 'has to be a decimal number');

export const priceSchema = z.strictObject({
  ...lineShape,
  usd_per_million: perMillionField.describe(
    'Dollars for one million of the unit, as decimal text. A price of $0.04 per image is `40000`.',
  ),
});

export const rateCardSchema = z.strictObject({
  id: z.string(),
  provider_id: z.string(),
  model: z.string(),
  version: z.int(),
  source: z.enum(['catalogue', 'provider', 'operator', 'local']),
  effective_from: timeField,
  prices: z.array(priceSchema.extend({ usd_per_million: z.string() })),
});

export const pricedModelSchema = z.strictObject({
  provider_id: z.string(),
  model: z.string(),
  card: rateCardSchema.optional().describe('Missing where no price is known: such calls are recorded as unpriced.'),
});

export const pricesQuery = z.strictObject({
  ...pageQuery,
  provider_id: idField.optional(),
  model: modelField.optional(),
});

export const priceHistoryQuery = z.strictObject({ ...pageQuery, provider_id: idField, model: modelField });

export const newRateCardSchema = z
  .strictObject({
    provider_id: idField,
    model: modelField.describe('The provider’s own id of the model.'),
    effective_from: timeInputField.optional().describe('Now when it is missing.'),
    prices: z.array(priceSchema).min(1).max(PRICES_MAX),
  })
  .meta({
    examples: [
      {
        provider_id: 'openai',
        model: 'gpt-4.1-mini',
        prices: [
          { unit: 'input', usd_per_million: '0.40' },
          { unit: 'output', usd_per_million: '1.60' },
        ],
      },
    ],
  });

export function toRateCard(card: RateCard): z.output<typeof rateCardSchema> {
  return {
    id: card.id,
    provider_id: card.providerId,
    model: card.model,
    version: card.version,
    source: card.source,
    effective_from: toTime(card.effectiveFrom),
    prices: card.prices.map((price) => ({ ...toLine(price), usd_per_million: formatUsdPerMillion(price.price) })),
  };
}

export function toPricedModel(model: PricedModel): z.output<typeof pricedModelSchema> {
  return {
    provider_id: model.providerId,
    model: model.model,
    card: model.card === undefined ? undefined : toRateCard(model.card),
  };
}

export function toPrice(price: z.output<typeof priceSchema>): Price {
  return { ...fromLine(price), price: usdPerMillion(price.usd_per_million) };
}

type Line = z.output<z.ZodObject<typeof lineShape>>;

/** The unit and the conditions of a price. */
export function toLine(price: Omit<Price, 'price'>): Line {
  return {
    unit: price.unit,
    above_input_tokens: price.aboveInputTokens,
    utc_window: price.utcWindow === undefined ? undefined : { ...price.utcWindow },
    image_size: price.imageSize,
    image_quality: price.imageQuality,
    batch: price.batch,
  };
}

export function fromLine(line: Line): Omit<Price, 'price'> {
  return {
    unit: line.unit,
    aboveInputTokens: line.above_input_tokens,
    utcWindow: line.utc_window,
    imageSize: line.image_size,
    imageQuality: line.image_quality,
    batch: line.batch ?? false,
  };
}
