import type { NanoUsd } from '../kernel/money.ts';
import type { PriceProposal } from '../protocol/price-proposal.ts';
import type { CustomerGroup, CustomerGroupMember, PriceRule } from '../protocol/price-rule.ts';
import type { RateCard } from '../protocol/rate-card.ts';

/** Where rate cards lie. They belong to the installation; versions are never edited, only followed by newer ones. */
export type RateCardStore = {
  readonly list: () => Promise<readonly RateCard[]>;
  readonly get: (id: string) => Promise<RateCard | undefined>;
  /** Inserts cards; one of an id that exists is left as it is. Bumps the configuration version. */
  readonly insert: (cards: readonly RateCard[]) => Promise<void>;
};

/** Where rules of prices lie, every version of them. They belong to the installation. */
export type PriceRuleStore = {
  readonly list: () => Promise<readonly PriceRule[]>;
  readonly get: (id: string) => Promise<PriceRule | undefined>;
  /**
   * Adds versions that follow from those that are there, and gives what was added. Bumps the configuration version.
   * @throws GatewayError `resource.changed` where somebody else added one of the same meanwhile
   */
  readonly add: (follow: (stored: readonly PriceRule[]) => readonly PriceRule[]) => Promise<readonly PriceRule[]>;
};

/** Where groups of customers lie, and which organization is in which. Every change bumps the configuration version. */
export type CustomerGroupStore = {
  readonly list: () => Promise<readonly CustomerGroup[]>;
  readonly members: () => Promise<readonly CustomerGroupMember[]>;
  /** @throws GatewayError `resource.conflict` where the name is taken, here and below */
  readonly add: (group: CustomerGroup) => Promise<void>;
  /** False where the group is not there. */
  readonly rename: (id: string, name: string) => Promise<boolean>;
  /** `in-use` where organizations are in it. */
  readonly remove: (id: string) => Promise<'removed' | 'absent' | 'in-use'>;
  /**
   * Puts an organization into a group, or into none.
   * @throws GatewayError `resource.not_found` where there is no such group or organization
   */
  readonly assign: (organizationId: string, customerGroupId: string | undefined) => Promise<void>;
};

/** Where prices lie that a catalogue proposes: one for a model of a provider at most. */
export type PriceProposalStore = {
  readonly list: () => Promise<readonly PriceProposal[]>;
  /** Puts those that say something new, keeps those that are there already as they are, and removes all others. */
  readonly replace: (proposals: readonly PriceProposal[]) => Promise<void>;
  /** Leaves those prices as they are in force; those that are not there are passed over. */
  readonly dismiss: (ids: readonly string[], at: number) => Promise<void>;
  readonly remove: (ids: readonly string[]) => Promise<void>;
};

/** What one credit is worth. */
export type CreditWorthStore = {
  /** What it is for good, once credit was given; `undefined` before. */
  readonly settled: () => Promise<NanoUsd | undefined>;
  /** Sets it, unless credit was given already at another worth. Gives what holds. */
  readonly agree: (priceNano: NanoUsd) => Promise<NanoUsd>;
};
