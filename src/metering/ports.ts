import type { RateCard } from '../protocol/rate-card.ts';

/** Where rate cards lie. They belong to the installation; versions are never edited, only followed by newer ones. */
export type RateCardStore = {
  readonly list: () => Promise<readonly RateCard[]>;
  /** Inserts cards; one of an id that exists is left as it is. Bumps the configuration version. */
  readonly insert: (cards: readonly RateCard[]) => Promise<void>;
};
