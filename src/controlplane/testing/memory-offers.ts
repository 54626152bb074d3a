import { createChargingService } from '../../offers/charging-service.ts';
import { createOfferService, type OfferService } from '../../offers/offer-service.ts';
import type { InstallationSettings, ModelOfferStore } from '../../offers/ports.ts';
import { NOTHING_SAID } from '../../protocol/charging.ts';
import { hiddenOffer, type ModelOffer } from '../../protocol/model-offer.ts';
import type { ControlServices } from '../services.ts';
import type { MemoryState } from './memory-state.ts';

/** What is sold, and whether it is: credit was given at no worth yet, and the operator has none. */
export function sellingServices(
  state: MemoryState,
  installation: InstallationSettings,
): Pick<ControlServices, 'offers' | 'charging'> {
  const offers = offerServices(state);
  const charging = createChargingService({
    settings: NOTHING_SAID,
    installation,
    worth: { settled: async () => undefined, agree: async () => undefined },
    countOffered: async () => (await offers.list()).filter(({ offer }) => offer.published).length,
    hasOwnCredit: async () => false,
    areMailsSent: false,
  });
  return { offers, charging };
}

/** What customers are offered of the models and aliases of the state; a model has a price once a card was set for it. */
function offerServices(state: MemoryState): OfferService {
  return createOfferService({
    store: memoryOffers(),
    offerables: () => {
      const models = [...state.models.values()].map(({ connectionId, upstreamModel, facts }) => {
        const connection = state.connections.get(connectionId);
        const providerId = connection?.providerId ?? '';
        const isPriced = state.cards.some((card) => card.providerId === providerId && card.model === upstreamModel);
        const place = { connection: connection?.name ?? '', providerId, upstreamModel, model: upstreamModel, isPriced };
        return {
          name: upstreamModel,
          target: undefined,
          displayName: facts.displayName,
          operations: ['chat'] as const,
          places: [place],
        };
      });
      const aliases = [...state.aliases.values()].flatMap(({ name, target }) =>
        models.filter((model) => model.name === target).map((model) => ({ ...model, name, target })),
      );
      return [...models, ...aliases];
    },
  });
}

function memoryOffers(): ModelOfferStore {
  const offers = new Map<string, ModelOffer>();
  const known = (name: string): ModelOffer => offers.get(name) ?? hiddenOffer(name);
  return {
    list: async () => [...offers.values()],
    change: async (changes) => {
      for (const change of changes) offers.set(change.name, { ...known(change.name), ...change });
    },
    order: async (names) => {
      for (const offer of offers.values()) offers.set(offer.name, { ...offer, position: undefined });
      for (const [position, name] of names.entries()) offers.set(name, { ...known(name), position });
    },
  };
}
