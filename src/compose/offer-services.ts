import type { ControlServices } from '../controlplane/services.ts';
import { createOfferService, type Offerable } from '../offers/offer-service.ts';
import { listModels } from '../routing/resolve.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { type Core, changed } from './core.ts';
import { termsOf } from './credit-terms.ts';

/** Joins the list of what customers are offered to the control plane. */
export function offerServices(core: Core): ControlServices['offers'] {
  const { store, snapshot, clock } = core;
  const offers = createOfferService({
    store: store.modelOffers,
    offerables: () => offerablesAt(snapshot.current, clock.now()),
  });
  return {
    list: offers.list,
    change: (changes) => changed(core, offers.change(changes)),
    order: (names) => changed(core, offers.order(names)),
  };
}

/** Every name that the operator's connections serve: models and aliases. */
function offerablesAt(snapshot: HubSnapshot, at: number): readonly Offerable[] {
  const { directory } = snapshot;
  return listModels({ directory, denialOf: undefined }).map(({ name, alias, deployments }) => ({
    name,
    target: alias ? directory.aliases.get(name) : undefined,
    displayName: deployments[0]?.facts.displayName,
    operations: [...(deployments[0]?.endpoints.keys() ?? [])],
    places: deployments.map((deployment) => ({
      connection: deployment.connection.name,
      providerId: deployment.connection.providerId,
      upstreamModel: deployment.upstreamModel,
      model: deployment.canonicalModel,
      isPriced: termsOf(snapshot, deployment, { organizationId: undefined, at }) !== undefined,
    })),
  }));
}
