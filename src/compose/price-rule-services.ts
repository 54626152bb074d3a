import { readFile } from 'node:fs/promises';
import type { ControlServices } from '../controlplane/services.ts';
import { readPriceDocument } from '../metering/price-documents.ts';
import { createPriceProposalService, type PriceRefresh } from '../metering/price-proposal-service.ts';
import { createCustomerGroupService, createPriceRuleService, type Offer } from '../metering/price-rule-service.ts';
import { modelKey } from '../protocol/rate-card.ts';
import { fetchDocument } from './catalogue-services.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { type Core, changed } from './core.ts';
import { defaultTermsOf } from './credit-terms.ts';
import type { ReadPrices } from './price-keeper.ts';

/** Joins prices that customers pay to the control plane. */
export function chargedPriceServices(
  core: Core,
): Pick<ControlServices, 'priceRules' | 'customerGroups' | 'priceProposals'> {
  const { store, clock, catalogue, snapshot, newId } = core;
  const rules = createPriceRuleService({
    rules: store.priceRules,
    groups: store.customerGroups,
    offersAt: (at) => offersAt(snapshot.current, at),
    defaults: () => defaultTermsOf(snapshot.current.chargingTerms),
    isProvider: (id) => catalogue.current().find(id) !== undefined,
    newId,
    now: clock.now,
  });
  const groups = createCustomerGroupService({ store: store.customerGroups, newId, now: clock.now });
  const proposals = createPriceProposalService({
    proposals: store.priceProposals,
    cards: store.rateCards,
    refresh: () => refreshPrices(core),
    now: clock.now,
  });
  return {
    priceProposals: { ...proposals, approve: (ids) => changed(core, proposals.approve(ids)) },
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

/** The largest list of prices that is read, in bytes; LiteLLM's has under two million. */
const PRICES_BYTES_MAX = 16 * 1024 * 1024;

/** Looks at the document of prices that the settings name, and at the price library; proposes what differs. */
export async function refreshPrices(core: Core): Promise<PriceRefresh> {
  const found = await core.prices.compare(await core.store.configuration.load(), await readCatalogue(core));
  if (found.added > 0) await core.snapshot.refresh();
  return found;
}

async function readCatalogue(core: Core): Promise<ReadPrices | undefined> {
  const { file, url } = core.settings.priceCatalogue;
  const origin = file ?? url;
  if (origin === undefined) return undefined;
  const text = origin === file ? await readFile(file, 'utf8') : await fetchDocument(core, origin, PRICES_BYTES_MAX);
  return { origin, document: readPriceDocument(text, core.clock.now()) };
}

/** Every model that the operator's connections offer, once for each provider, with what it costs if that is known. */
export function offersAt({ directory, resolveCard }: HubSnapshot, at: number): readonly Offer[] {
  const offers = new Map<string, Offer>();
  for (const name of directory.byUpstream.keys()) {
    for (const { connection, upstreamModel } of directory.byUpstream.get(name) ?? []) {
      const { providerId, isLocal } = connection;
      const model = { providerId, model: upstreamModel };
      const key = modelKey(model);
      if (offers.has(key)) continue;
      offers.set(key, { ...model, cost: resolveCard({ providerId, upstreamModel, isLocal, at }) });
    }
  }
  return [...offers.values()];
}
