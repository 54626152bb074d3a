import { useEffect } from 'react';
import { useRows } from '../../api/pages.ts';
import type { RateCard } from '../../api/types.ts';
import { usePlace } from '../../app/session.tsx';
import { price } from '../../format/amounts.ts';

/** The rate card in force for a provider's model; `undefined` for who may not read prices. */
export type CardOf = ((providerId: string | undefined, model: string) => RateCard | undefined) | undefined;

/** The prices of all models, which only who runs the hub may read. */
export function usePrices(): CardOf {
  const { isOperator } = usePlace();
  const { rows, hasMore, isLoadingMore, loadMore } = useRows('listPrices', { limit: 500 }, { enabled: isOperator });
  useEffect(() => {
    if (hasMore && !isLoadingMore) loadMore();
  });
  if (!isOperator || rows === undefined) return undefined;
  const cards = new Map(rows.map(({ provider_id, model, card }) => [`${provider_id} ${model}`, card]));
  return (providerId, model) => cards.get(`${providerId} ${model}`);
}

/** The price of a unit where nothing special applies, as `$0.15`. */
export function plainPrice(card: RateCard | undefined, unit: 'input' | 'output', language: string): string | undefined {
  const plain = card?.prices.find(
    (line) =>
      line.unit === unit &&
      line.above_input_tokens === undefined &&
      line.utc_window === undefined &&
      line.batch !== true,
  );
  return plain === undefined ? undefined : price(plain.usd_per_million, language);
}
