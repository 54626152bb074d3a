import type { ConditionalPrice, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import type { CardCandidate } from './card-versions.ts';
import { compileMatch, type Matcher } from './match-clause.ts';
import { pricePeriods } from './seed-prices.ts';

/** Which model's catalogue prices are asked for. */
export type SeedQuery = {
  /** The hub's own provider id, which the cards are made for. */
  readonly providerId: string;
  /** The catalogue library's id of that provider. */
  readonly pricingId: string;
  readonly upstreamModel: string;
  /** Milliseconds since the epoch; prices that ended before are left out. */
  readonly now: number;
};

/** The catalogue of prices that comes with the hub. */
export type Seed = {
  /**
   * The cards of one model: the one in force now, then those that take force later. None when the catalogue does not
   * know the model, or prices it by something that a card cannot hold.
   */
  readonly findCards: (query: SeedQuery) => readonly CardCandidate[];
};

type Shelf = { readonly entries: readonly Entry[]; readonly fallbacks: readonly string[] };
type Entry = { readonly matches: Matcher; readonly prices: readonly ConditionalPrice[] };

const UNKNOWN_PROVIDER: Shelf = { entries: [], fallbacks: [] };
/** A date written in one go at the end of a model's id: the catalogue writes it with dashes. */
const JOINED_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/**
 * Opens the catalogue. Its data is a module of close to a megabyte that takes tens of milliseconds and about 20 MB to
 * load, so it is loaded when it is asked and not with this file. The module is only data and pure functions; nothing is
 * fetched.
 */
export async function openSeed(): Promise<Seed> {
  const { findProvider } = await import('@pydantic/genai-prices');
  const shelves = new Map<string, Shelf>();
  const shelfOf = (pricingId: string): Shelf => {
    const known = shelves.get(pricingId);
    if (known !== undefined) return known;
    const provider = findProvider({ providerId: pricingId });
    const shelf = provider === undefined ? UNKNOWN_PROVIDER : toShelf(provider);
    shelves.set(pricingId, shelf);
    return shelf;
  };
  return {
    findCards: ({ providerId, pricingId, upstreamModel, now }) =>
      pricePeriods(findEntry(shelfOf, pricingId, upstreamModel)?.prices ?? [], now).map(({ from, prices }) => ({
        providerId,
        model: upstreamModel,
        source: 'catalogue',
        effectiveFrom: from,
        prices,
      })),
  };
}

function toShelf(provider: Provider): Shelf {
  return {
    entries: provider.models.map((model) => ({
      matches: compileMatch(model.match),
      prices: toConditional(model.prices),
    })),
    fallbacks: provider.fallback_model_providers ?? [],
  };
}

function toConditional(prices: ModelInfo['prices']): readonly ConditionalPrice[] {
  return isConditional(prices) ? prices : [{ prices }];
}

function isConditional(prices: ConditionalPrice[] | ModelPrice): prices is ConditionalPrice[] {
  return Array.isArray(prices);
}

function findEntry(shelfOf: (pricingId: string) => Shelf, pricingId: string, upstreamModel: string): Entry | undefined {
  const model = upstreamModel.trim().toLowerCase();
  const dashed = model.replace(JOINED_DATE, '-$1-$2-$3');
  const shelf = shelfOf(pricingId);
  return findOnShelves(shelfOf, shelf, model) ?? (dashed === model ? undefined : findOnShelves(shelfOf, shelf, dashed));
}

/** The first entry that matches here or, for a provider that resells others' models, at the first of those. */
function findOnShelves(shelfOf: (pricingId: string) => Shelf, shelf: Shelf, model: string): Entry | undefined {
  for (const { entries } of [shelf, ...shelf.fallbacks.map(shelfOf)]) {
    const entry = entries.find(({ matches }) => matches(model));
    if (entry !== undefined) return entry;
  }
  return undefined;
}
