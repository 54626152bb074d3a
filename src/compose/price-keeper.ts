import type { Clock } from '../kernel/clock.ts';
import { type CardCandidate, successorCards } from '../metering/card-versions.ts';
import type { PriceProposalStore, RateCardStore } from '../metering/ports.ts';
import type { PriceDocument } from '../metering/price-documents.ts';
import { driftFrom } from '../metering/price-drift.ts';
import type { PriceRefresh } from '../metering/price-proposal-service.ts';
import { providerPriceCards } from '../metering/provider-prices.ts';
import { findSeedCards } from '../metering/seed-thread.ts';
import type { ConfigurationState } from '../protocol/configuration.ts';
import { modelKey } from '../protocol/rate-card.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import type { Refreshed } from '../providers/models.ts';

/** What prices are kept for: connections and the models that they offer. */
type Offers = Pick<ConfigurationState, 'connections' | 'models' | 'rateCards'>;

/** Where a document of prices was read, and what it says. */
export type ReadPrices = { readonly origin: string; readonly document: PriceDocument };

type PriceKeeperInput = {
  readonly store: RateCardStore;
  readonly proposals: PriceProposalStore;
  readonly catalogue: () => Catalogue;
  readonly clock: Clock;
  readonly newId: (prefix: 'pp') => string;
};

const BUILT_IN = 'built-in';

/**
 * Keeps the price table up to what the providers' own lists say, and fills it for models that have no price. What a
 * catalogue says of a price that is in force already is proposed, and an operator decides.
 */
export class PriceKeeper {
  readonly #input: PriceKeeperInput;

  constructor(input: PriceKeeperInput) {
    this.#input = input;
  }

  /** Adds what the price library knows of models on offer that have no price yet. Returns how many cards. */
  async seedFor(offers: Offers): Promise<number> {
    const { store, clock } = this.#input;
    const known = new Set(offers.rateCards.map(modelKey));
    // The library takes a thread and a while to open: it is not asked of models that have a price.
    const { first } = driftFrom(offers.rateCards, await this.#seedsOf(offers, (key) => !known.has(key)), clock.now());
    if (first.length > 0) await store.insert(first);
    return first.length;
  }

  /** Adds the prices that providers' lists named. Returns how many cards. */
  async addListed(offers: Offers, refreshed: readonly Refreshed[]): Promise<number> {
    const { store, clock } = this.#input;
    const now = clock.now();
    const candidates = refreshed.flatMap(({ connectionId, prices }) => {
      const providerId = offers.connections.find((connection) => connection.id === connectionId)?.providerId;
      if (providerId === undefined) return [];
      return providerPriceCards(
        providerId,
        prices.map(({ model, ...pricing }) => ({ upstreamModel: model, pricing })),
        now,
      );
    });
    const cards = successorCards(offers.rateCards, candidates, now);
    if (cards.length > 0) await store.insert(cards);
    return cards.length;
  }

  /** As {@link seedFor}, and proposes what is said otherwise: by the document that is given, else by the price library. */
  async compare(offers: Offers, read: ReadPrices | undefined): Promise<PriceRefresh> {
    const { store, proposals, clock, newId } = this.#input;
    const now = clock.now();
    const told = this.#modelsOn(offers).flatMap((model) => read?.document.find(model) ?? []);
    const isTold = new Set(told.map(modelKey));
    const seeds = await this.#seedsOf(offers, (key) => !isTold.has(key));
    const { first, changed } = driftFrom(offers.rateCards, [...told, ...seeds], now);
    if (first.length > 0) await store.insert(first);
    const latest = new Map(changed.map((candidate) => [modelKey(candidate), candidate]));
    await proposals.replace(
      [...latest].map(([key, { providerId, model, prices }]) => ({
        id: newId('pp'),
        providerId,
        model,
        prices,
        origin: isTold.has(key) && read !== undefined ? read.origin : BUILT_IN,
        foundAt: now,
        dismissedAt: undefined,
      })),
    );
    return { added: first.length, proposed: latest.size };
  }

  /** What the price library says of models on offer. */
  async #seedsOf(offers: Offers, isAsked: (key: string) => boolean): Promise<readonly CardCandidate[]> {
    const now = this.#input.clock.now();
    const wanted = this.#modelsOn(offers).flatMap(({ pricingId, ...model }) =>
      pricingId === undefined || !isAsked(modelKey(model))
        ? []
        : [{ providerId: model.providerId, pricingId, upstreamModel: model.model, now }],
    );
    return wanted.length === 0 ? [] : await findSeedCards(wanted);
  }

  /** Every model on offer, with what the price library calls its provider; not those of the operator's own machines. */
  #modelsOn({ connections, models }: Offers) {
    const catalogue = this.#input.catalogue();
    const entries = new Map(connections.map(({ id, providerId }) => [id, catalogue.find(providerId)]));
    return models.flatMap(({ connectionId, upstreamModel }) => {
      const entry = entries.get(connectionId);
      if (entry === undefined || entry.pricing === 'local') return [];
      return [{ providerId: entry.id, model: upstreamModel, pricingId: entry.pricing }];
    });
  }
}
