import type { ModelOffer } from '../protocol/model-offer.ts';

/** What is changed of an offer; what is missing stays. One that nobody has changed before is hidden and has no words. */
export type ModelOfferChange = Pick<ModelOffer, 'name'> &
  Partial<Pick<ModelOffer, 'published' | 'displayName' | 'description'>>;

/** Where the list of what is offered lies. It belongs to the installation; every change bumps the configuration version. */
export type ModelOfferStore = {
  readonly list: () => Promise<readonly ModelOffer[]>;
  /** Makes all changes or none; those to one offer at the same time do not undo one another. */
  readonly change: (changes: readonly ModelOfferChange[]) => Promise<void>;
  /** Gives the names places in this order, and all others none. */
  readonly order: (names: readonly string[]) => Promise<void>;
};
