import { GatewayError } from '../kernel/errors.ts';
import type { PriceProposal } from '../protocol/price-proposal.ts';
import { modelKey, type RateCard } from '../protocol/rate-card.ts';
import type { PriceProposalStore, RateCardStore } from './ports.ts';
import { approvedCard, comparedTo, driftOf } from './price-drift.ts';

/** A proposal beside the card whose place it would take. */
export type ComparedProposal = {
  readonly proposal: PriceProposal;
  readonly current: RateCard | undefined;
  /** In millionths; `undefined` where there are other lines than before. */
  readonly driftMillionths: number | undefined;
};

/** What a look at the catalogue of prices found. */
export type PriceRefresh = { readonly added: number; readonly proposed: number };

/** Prices that a catalogue says otherwise than those in force; they come into force when an operator approves. */
export type PriceProposalService = {
  readonly list: () => Promise<readonly ComparedProposal[]>;
  /** Gives the cards that came into force. @throws GatewayError `resource.not_found` where one is not there */
  readonly approve: (ids: readonly string[]) => Promise<readonly RateCard[]>;
  /** Leaves the prices as they are until the catalogue says something else. @throws as `approve` */
  readonly dismiss: (ids: readonly string[]) => Promise<void>;
  /** Looks at the catalogue now. @throws GatewayError where it cannot be read */
  readonly refresh: () => Promise<PriceRefresh>;
};

export type PriceProposalDeps = {
  readonly proposals: PriceProposalStore;
  readonly cards: RateCardStore;
  readonly refresh: () => Promise<PriceRefresh>;
  readonly now: () => number;
};

export function createPriceProposalService({
  proposals,
  cards,
  refresh,
  now,
}: PriceProposalDeps): PriceProposalService {
  const require = async (ids: readonly string[]): Promise<readonly PriceProposal[]> => {
    const known = new Map((await proposals.list()).map((proposal) => [proposal.id, proposal]));
    return [...new Set(ids)].map((id) => {
      const proposal = known.get(id);
      if (proposal === undefined) throw new GatewayError('resource.not_found', { param: 'ids' });
      return proposal;
    });
  };
  return {
    list: async () => {
      const [found, stored] = await Promise.all([proposals.list(), cards.list()]);
      const shelves = Map.groupBy(stored, modelKey);
      return found.map((proposal) => {
        const current = comparedTo(shelves.get(modelKey(proposal)) ?? [], now());
        return { proposal, current, driftMillionths: current && driftOf(current.prices, proposal.prices) };
      });
    },
    approve: async (ids) => {
      const approved = await require(ids);
      const stored = await cards.list();
      const added = approved.flatMap((proposal) => approvedCard(proposal, stored, now()) ?? []);
      await cards.insert(added);
      await proposals.remove(ids);
      return added;
    },
    dismiss: async (ids) => {
      await require(ids);
      await proposals.dismiss(ids, now());
    },
    refresh,
  };
}
