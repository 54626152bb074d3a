import type { Installation } from '../protocol/installation.ts';
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

/** What the operator sets while the hub runs. */
export type InstallationSettings = {
  readonly get: () => Promise<Installation>;
  /** False where the revision is another by now. */
  readonly update: (installation: Omit<Installation, 'revision'>, ifRevision: number) => Promise<boolean>;
};

/** What one credit is worth, in dollars as decimal text. */
export type CreditWorth = {
  /** What it is worth for good, once credit was given. */
  readonly settled: () => Promise<string | undefined>;
  /** Sets it; gives what it is worth for good where that is another. */
  readonly agree: (priceUsd: string) => Promise<string | undefined>;
};
