import type { NanoUsdPerMillion } from '../kernel/money.ts';
import type { Price, PriceUnit } from '../protocol/rate-card.ts';

/** A line that applies to every call, unless conditions are given. */
export function priceLine(
  unit: PriceUnit,
  price: NanoUsdPerMillion,
  conditions: Pick<Partial<Price>, 'aboveInputTokens' | 'utcWindow'> = {},
): Price {
  return {
    unit,
    price,
    aboveInputTokens: conditions.aboveInputTokens,
    utcWindow: conditions.utcWindow,
    imageSize: undefined,
    imageQuality: undefined,
    batch: false,
  };
}
