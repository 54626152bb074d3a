import type { RateCard } from '../protocol/rate-card.ts';
import { latestAt } from './card-versions.ts';
import { type CompiledRateCard, compileRateCard } from './compile-rate-card.ts';
import { localRateCard } from './local-card.ts';

/** A model as one provider names it. `isLocal` marks a server of the operator's own, such as Ollama. */
export type CardQuery = {
  readonly providerId: string;
  readonly upstreamModel: string;
  readonly isLocal: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** Finds the card in force for a model; `undefined` means that no price is known, which is never the same as zero. */
export type ResolveCard = (query: CardQuery) => CompiledRateCard | undefined;

type Source = RateCard['source'];

/** The operator's word first, then the provider's own list, then the catalogue. */
const PRECEDENCE: readonly Source[] = ['operator', 'provider', 'catalogue'];
/** Listed and catalogue prices are for the hosted model of that name, not for the operator's own machine. */
const LOCAL_PRECEDENCE: readonly Source[] = ['operator'];
const NO_CARDS: readonly RateCard[] = [];

/**
 * Indexes the cards of one snapshot. A card without lines takes its source out of the choice from its date on: so an
 * operator's price is withdrawn, and a provider's when its list drops it. Cards are compiled when first asked for; a
 * local model's own is made then, too.
 */
export function createCardResolver(cards: readonly RateCard[]): ResolveCard {
  const shelves = shelve(cards);
  const compiled = new Map<string, CompiledRateCard>();
  const local = new Map<string, Map<string, CompiledRateCard>>();
  return (query) => {
    const shelf = shelves.get(query.providerId)?.get(query.upstreamModel);
    const card = shelf === undefined ? undefined : inForce(shelf, query);
    if (card !== undefined) return compileOnce(compiled, card);
    return query.isLocal ? localOnce(local, query) : undefined;
  };
}

/** One model's cards by source. */
type Shelf = Map<Source, RateCard[]>;

function shelve(cards: readonly RateCard[]): Map<string, Map<string, Shelf>> {
  const shelves = new Map<string, Map<string, Shelf>>();
  for (const card of cards) {
    const models = shelves.get(card.providerId) ?? new Map<string, Shelf>();
    shelves.set(card.providerId, models);
    const shelf: Shelf = models.get(card.model) ?? new Map();
    models.set(card.model, shelf);
    const versions = shelf.get(card.source);
    if (versions === undefined) shelf.set(card.source, [card]);
    else versions.push(card);
  }
  return shelves;
}

function inForce(shelf: Shelf, query: CardQuery): RateCard | undefined {
  for (const source of query.isLocal ? LOCAL_PRECEDENCE : PRECEDENCE) {
    const card = latestAt(shelf.get(source) ?? NO_CARDS, query.at);
    if (card !== undefined && card.prices.length > 0) return card;
  }
  return undefined;
}

function compileOnce(compiled: Map<string, CompiledRateCard>, card: RateCard): CompiledRateCard {
  const known = compiled.get(card.id);
  if (known !== undefined) return known;
  const made = compileRateCard(card);
  compiled.set(card.id, made);
  return made;
}

function localOnce(local: Map<string, Map<string, CompiledRateCard>>, query: CardQuery): CompiledRateCard {
  const models = local.get(query.providerId) ?? new Map<string, CompiledRateCard>();
  local.set(query.providerId, models);
  const known = models.get(query.upstreamModel);
  if (known !== undefined) return known;
  const made = compileRateCard(localRateCard(query.providerId, query.upstreamModel));
  models.set(query.upstreamModel, made);
  return made;
}
