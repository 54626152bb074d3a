import type { ControlServices } from '../controlplane/services.ts';
import { createCustomerGroupService, createPriceRuleService, type Offer } from '../metering/price-rule-service.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { type Core, changed } from './core.ts';
import { defaultTermsOf } from './credit-terms.ts';

/** Joins prices that customers pay to the control plane. */
export function chargedPriceServices(core: Core): Pick<ControlServices, 'priceRules' | 'customerGroups'> {
  const { store, clock, catalogue, snapshot, settings, newId } = core;
  const rules = createPriceRuleService({
    rules: store.priceRules,
    groups: store.customerGroups,
    offersAt: (at) => offersAt(snapshot.current, at),
    defaults: defaultTermsOf(settings),
    isProvider: (id) => catalogue.current().find(id) !== undefined,
    newId,
    now: clock.now,
  });
  const groups = createCustomerGroupService({ store: store.customerGroups, newId, now: clock.now });
  return {
    priceRules: { ...rules, add: (...input) => changed(core, rules.add(...input)) },
    customerGroups: {
      ...groups,
      add: (name) => changed(core, groups.add(name)),
      rename: (...input) => changed(core, groups.rename(...input)),
      remove: (id) => changed(core, groups.remove(id)),
      assign: (...input) => changed(core, groups.assign(...input)),
    },
  };
}

/** Every model that the operator's connections offer, once for each provider, with what it costs if that is known. */
export function offersAt({ directory, resolveCard }: HubSnapshot, at: number): readonly Offer[] {
  const offers = new Map<string, Offer>();
  for (const name of directory.byUpstream.keys()) {
    for (const { connection, upstreamModel } of directory.byUpstream.get(name) ?? []) {
      const { providerId, isLocal } = connection;
      const key = `${providerId}/${upstreamModel}`;
      if (offers.has(key)) continue;
      const cost = resolveCard({ providerId, upstreamModel, isLocal, at });
      offers.set(key, { providerId, model: upstreamModel, cost });
    }
  }
  return [...offers.values()];
}
