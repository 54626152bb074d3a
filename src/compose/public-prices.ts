import { formatPerUnit, formatUsdPerMillion, inDollars, usdToNano } from '../kernel/money.ts';
import { chargedCard } from '../metering/price-report.ts';
import type { PublicPrice, PublicPrices } from '../pages/price-page.ts';
import { modelKind } from '../providers/model-kind.ts';
import { type ListedModel, listModels } from '../routing/resolve.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { termsOf } from './credit-terms.ts';

/** Prices begin at whole minutes at the finest that anybody would notice. */
const KEPT_MS = 60_000;

/**
 * What visitors may see of prices; `undefined` where the operator shows none. Worked out once a minute for each snapshot:
 * who pays for nothing must not cost anything.
 */
export function createPublicPrices(current: () => HubSnapshot, now: () => number): () => PublicPrices | undefined {
  let known: { readonly snapshot: HubSnapshot; readonly minute: number; readonly prices: PublicPrices } | undefined;
  return () => {
    const snapshot = current();
    if (!snapshot.showsPrices) return undefined;
    const at = now();
    const minute = Math.floor(at / KEPT_MS);
    if (known?.snapshot === snapshot && known.minute === minute) return known.prices;
    const { name, prefix, decimals } = snapshot.chargingTerms;
    const models = listModels(snapshot.offered).flatMap((model) => pricesOf(snapshot, model, at) ?? []);
    const prices = { look: { name, prefix, decimals }, models };
    known = { snapshot, minute, prices };
    return prices;
  };
}

/** Nothing of where it is served, and of an alias nothing that tells what it stands for. What has no price is no offer. */
function pricesOf(snapshot: HubSnapshot, model: ListedModel, at: number): PublicPrice | undefined {
  const { name, offer, deployments } = model;
  const [first] = deployments;
  const terms = first && termsOf(snapshot, first, { organizationId: undefined, at });
  if (first === undefined || terms === undefined) return undefined;
  const creditPrice = usdToNano(snapshot.chargingTerms.priceUsd);
  return {
    name,
    displayName: offer?.displayName,
    description: offer?.description,
    kind: modelKind(first),
    maker: snapshot.makerOf(name),
    contextTokens: first.facts.contextTokens,
    lines: chargedCard(terms).prices.map(({ price, ...of }) => {
      const usd = inDollars(price, creditPrice);
      return {
        of,
        million: { credits: formatUsdPerMillion(price), usd: formatUsdPerMillion(usd) },
        one: { credits: formatPerUnit(price), usd: formatPerUnit(usd) },
      };
    }),
  };
}
