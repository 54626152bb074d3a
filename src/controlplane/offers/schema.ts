import { z } from 'zod';
import { type ListedOffer, OFFER_OBSTACLES, type OfferChange } from '../../offers/offer-service.ts';
import type { LocalWords } from '../../protocol/model-offer.ts';
import { OPERATIONS } from '../../protocol/operation.ts';
import { modelField, searchField } from '../fields.ts';
import { pageQuery } from '../paging.ts';

/** Offers in one request: as many as a page of them has. */
const OFFERS_MAX = 500;
const ORDERED_MAX = 5000;
const DISPLAY_NAME_CHARS_MAX = 100;
const DESCRIPTION_CHARS_MAX = 500;

/** Words by language; a language is missing where nobody wrote any. */
export const wordsSchema = z.strictObject({ en: z.string().optional(), 'zh-TW': z.string().optional() });

export const OFFER_STATES = ['published', 'hidden', 'unpublishable'] as const;

export const modelOffersQuery = z.strictObject({
  ...pageQuery,
  search: searchField.optional().describe('Part of a name, in any case.'),
  state: z
    .enum(OFFER_STATES)
    .optional()
    .describe('`unpublishable`: what something stands in the way of, published or not.'),
});

export const modelOfferSchema = z.strictObject({
  name: z.string().describe('What to call it by.'),
  published: z.boolean().describe('Whether it is there for customers at all.'),
  obstacle: z
    .enum(OFFER_OBSTACLES)
    .optional()
    .describe(
      'Why customers could not call it: somewhere it has no price, what the alias stands for is hidden, or nothing serves it. It cannot be published then.',
    ),
  target: z.string().optional().describe('What an alias stands for.'),
  provider_display_name: z.string().optional().describe('What its provider says it is called.'),
  display_name: wordsSchema,
  description: wordsSchema,
  position: z.int().optional().describe('Its place in the lists of customers; what has none follows by name.'),
  operations: z.array(z.enum(OPERATIONS)),
  places: z
    .array(
      z.strictObject({
        connection: z.string(),
        provider_id: z.string(),
        model: z.string().describe('The provider’s own id of it.'),
        priced: z.boolean(),
      }),
    )
    .describe('Where it is served, in the order in which that is tried.'),
});

export const modelOffersSchema = z.strictObject({
  data: z.array(modelOfferSchema),
  next_cursor: z.string().optional(),
  in_force: z.boolean().describe('Whether calls are paid for with credit: else everybody sees every model.'),
  counts: z.strictObject({
    all: z.int(),
    published: z.int(),
    hidden: z.int(),
    unpublishable: z.int(),
  }),
});

const wordsChangeSchema = (charsMax: number) => {
  const word = z
    .string()
    .trim()
    .min(1)
    .max(charsMax)
    .regex(/^[^\p{Cc}]+$/u, 'has control characters')
    .nullable()
    .optional();
  return z.strictObject({ en: word, 'zh-TW': word }).describe('`null` takes the words of a language away.');
};

export const offerChangesSchema = z
  .strictObject({
    offers: z
      .array(
        z.strictObject({
          name: modelField,
          published: z.boolean().optional(),
          display_name: wordsChangeSchema(DISPLAY_NAME_CHARS_MAX).optional(),
          description: wordsChangeSchema(DESCRIPTION_CHARS_MAX).optional(),
        }),
      )
      .min(1)
      .max(OFFERS_MAX),
  })
  .meta({
    examples: [
      {
        offers: [
          { name: 'gpt-5', published: true, display_name: { en: 'GPT-5', 'zh-TW': 'GPT-5' } },
          { name: 'text-embedding-3-small', published: false },
        ],
      },
    ],
  });

export const changedOffersSchema = z.strictObject({ data: z.array(modelOfferSchema) });

export const offerOrderSchema = z
  .strictObject({
    names: z.array(modelField).max(ORDERED_MAX).describe('Those that are not named follow by name.'),
  })
  .meta({ examples: [{ names: ['gpt-5', 'claude-sonnet-4-5'] }] });

export function toModelOffer({ offer, offerable, obstacle }: ListedOffer): z.output<typeof modelOfferSchema> {
  return {
    name: offer.name,
    published: offer.published,
    obstacle,
    target: offerable.target,
    provider_display_name: offerable.displayName,
    display_name: toWords(offer.displayName),
    description: toWords(offer.description),
    position: offer.position,
    operations: [...offerable.operations],
    places: offerable.places.map(({ connection, providerId, upstreamModel, isPriced }) => ({
      connection,
      provider_id: providerId,
      model: upstreamModel,
      priced: isPriced,
    })),
  };
}

export function toWords({ en, 'zh-TW': zhTw }: LocalWords): z.output<typeof wordsSchema> {
  return { en, 'zh-TW': zhTw };
}

export function toOfferChanges({ offers }: z.output<typeof offerChangesSchema>): readonly OfferChange[] {
  return offers.map(({ name, published, display_name: displayName, description }) => ({
    name,
    published,
    displayName,
    description,
  }));
}
