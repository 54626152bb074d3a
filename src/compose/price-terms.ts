import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import { nanoUsd } from '../kernel/money.ts';
import { compileRateCard } from '../metering/compile-rate-card.ts';
import { localRateCard } from '../metering/local-card.ts';
import type { PriceTerms } from '../metering/price-call.ts';
import type { RateCard } from '../protocol/rate-card.ts';

/** Terms as a hold keeps them: which version of which prices was agreed. */
export function describeTerms({
  cost: { card },
  creditPrice,
  marginMillionths,
  isBelowCostAllowed,
}: PriceTerms): string {
  return JSON.stringify({
    card: card.id,
    // Cards of local models are made, and not kept.
    ...(card.source === 'local' ? { provider: card.providerId, model: card.model } : {}),
    price: String(creditPrice),
    margin: marginMillionths,
    ...(isBelowCostAllowed ? { below_cost: true } : {}),
  });
}

/** The terms that were described; `undefined` where their prices are not there any more. */
export function readTerms(text: string, cards: readonly RateCard[]): PriceTerms | undefined {
  const told = parseJsonOrUndefined(text);
  if (!isJsonObject(told)) return undefined;
  const { card: id, provider, model, price, margin } = told;
  const card =
    typeof provider === 'string' && typeof model === 'string'
      ? localRateCard(provider, model)
      : cards.find((each) => each.id === id);
  if (card === undefined || typeof price !== 'string' || typeof margin !== 'number') return undefined;
  return {
    cost: compileRateCard(card),
    creditPrice: nanoUsd(BigInt(price)),
    marginMillionths: margin,
    list: undefined,
    isBelowCostAllowed: told['below_cost'] === true,
  };
}
