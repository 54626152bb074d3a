import type { Clock } from '../kernel/clock.ts';
import { type CardCandidate, successorCards } from '../metering/card-versions.ts';
import type { RateCardStore } from '../metering/ports.ts';
import { providerPriceCards } from '../metering/provider-prices.ts';
import { findSeedCards } from '../metering/seed-thread.ts';
import type { ConfigurationState } from '../protocol/configuration.ts';
import type { Catalogue } from '../providers/catalogue.ts';
import type { Refreshed } from '../providers/models.ts';

/** What prices are kept for: connections and the models that they offer. */
type Offers = Pick<ConfigurationState, 'connections' | 'models' | 'rateCards'>;

/** Keeps the price table up to what the catalogue and the providers' own lists say. */
export class PriceKeeper {
  readonly #store: RateCardStore;
  readonly #catalogue: () => Catalogue;
  readonly #clock: Clock;

  constructor(input: { readonly store: RateCardStore; readonly catalogue: () => Catalogue; readonly clock: Clock }) {
    this.#store = input.store;
    this.#catalogue = input.catalogue;
    this.#clock = input.clock;
  }

  /** Adds what the price library knows of the models on offer and the table does not say yet. Returns how many cards. */
  async seedFor(offers: Offers): Promise<number> {
    const modelsOf = Map.groupBy(offers.models, (model) => model.connectionId);
    const wanted = offers.connections.flatMap((connection) => {
      const entry = this.#catalogue().find(connection.providerId);
      const pricingId = entry?.pricing;
      if (entry === undefined || pricingId === undefined || pricingId === 'local') return [];
      const models = modelsOf.get(connection.id) ?? [];
      return models.map((model) => ({ providerId: entry.id, pricingId, upstreamModel: model.upstreamModel }));
    });
    if (wanted.length === 0) return 0;
    const now = this.#clock.now();
    return this.#add(offers, await findSeedCards(wanted.map((query) => ({ ...query, now }))));
  }

  /** Adds the prices that providers' lists named. Returns how many cards. */
  async addListed(offers: Offers, refreshed: readonly Refreshed[]): Promise<number> {
    const now = this.#clock.now();
    const candidates = refreshed.flatMap(({ connectionId, prices }) => {
      const providerId = offers.connections.find((connection) => connection.id === connectionId)?.providerId;
      if (providerId === undefined) return [];
      return providerPriceCards(
        providerId,
        prices.map(({ model, ...pricing }) => ({ upstreamModel: model, pricing })),
        now,
      );
    });
    return this.#add(offers, candidates);
  }

  async #add(offers: Offers, candidates: readonly CardCandidate[]): Promise<number> {
    const cards = successorCards(offers.rateCards, candidates, this.#clock.now());
    if (cards.length > 0) await this.#store.insert(cards);
    return cards.length;
  }
}
