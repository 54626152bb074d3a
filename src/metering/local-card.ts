import { nanoUsdPerMillion } from '../kernel/money.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { contentId } from './card-versions.ts';
import { priceLine } from './price-line.ts';
import { PRICE_UNITS } from './price-units.ts';

const FREE = nanoUsdPerMillion(0n);

/** The card of a model on the operator's own machine: every unit is priced, explicitly, at zero. */
export function localRateCard(providerId: string, model: string): RateCard {
  const card = {
    providerId,
    model,
    source: 'local',
    effectiveFrom: 0,
    prices: PRICE_UNITS.map((unit) => priceLine(unit, FREE)),
  } as const;
  return { ...card, id: contentId(card, 1), version: 1 };
}
