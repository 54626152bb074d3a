import type { ControlServices } from '../controlplane/services.ts';
import { formatUsd, type NanoUsd, NO_CREDITS, usdToNano } from '../kernel/money.ts';
import { createChargingService } from '../offers/charging-service.ts';
import { createOfferService, type Offerable, type OfferService } from '../offers/offer-service.ts';
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

/** Joins whether and how calls are paid for with credit to the control plane. */
export function chargingServices(core: Core, offers: Pick<OfferService, 'list'>): ControlServices['charging'] {
  const { store, settings, people, mail, tenant } = core;
  const charging = createChargingService({
    settings: settings.credit,
    installation: people.installation,
    worth: {
      settled: async () => inDollars(await store.creditWorth.settled()),
      agree: async (priceUsd) => {
        const wanted = usdToNano(priceUsd);
        const worth = await store.creditWorth.agree(wanted);
        return worth === wanted ? undefined : inDollars(worth);
      },
    },
    countOffered: async () =>
      (await offers.list()).filter(({ offer, obstacle }) => offer.published && obstacle === undefined).length,
    hasOwnCredit: async () => {
      const accountId = `organization/${tenant.organizationId}` as const;
      const [own] = await store.ledgerReader.accounts(tenant, { accountId }, { limit: 1, afterId: undefined });
      return own !== undefined && own.availableNano > NO_CREDITS;
    },
    areMailsSent: mail.kind === 'smtp',
  });
  return { status: charging.status, change: (...change) => changed(core, charging.change(...change)) };
}

function inDollars(worth: NanoUsd | undefined): string | undefined {
  return worth === undefined ? undefined : formatUsd(worth);
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
