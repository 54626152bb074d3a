import { GatewayError } from '../../kernel/errors.ts';
import { nanoUsdPerMillion, usdToNano } from '../../kernel/money.ts';
import { compileRateCard } from '../../metering/compile-rate-card.ts';
import type { CustomerGroupStore, PriceProposalStore, PriceRuleStore } from '../../metering/ports.ts';
import { createPriceProposalService } from '../../metering/price-proposal-service.ts';
import { createCustomerGroupService, createPriceRuleService } from '../../metering/price-rule-service.ts';
import type { PriceProposal } from '../../protocol/price-proposal.ts';
import type { CustomerGroup, PriceRule } from '../../protocol/price-rule.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** Prices of customers over stores in memory; a credit is a dollar, and nothing is added to what a model costs. */
export function chargedPriceServices(
  state: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'priceRules' | 'customerGroups' | 'priceProposals'> {
  const groups = memoryGroups();
  const proposals = memoryProposals();
  return {
    priceProposals: createPriceProposalService({
      proposals,
      cards: {
        list: async () => state.cards,
        get: async (wanted) => state.cards.find(({ id }) => id === wanted),
        insert: async (cards) => void state.cards.push(...cards),
      },
      // Proposes twice the price of whatever has one.
      refresh: async () => {
        const doubled = state.cards.map((card) => ({
          id: newId('pp'),
          providerId: card.providerId,
          model: card.model,
          prices: card.prices.map((line) => ({ ...line, price: nanoUsdPerMillion(line.price * 2n) })),
          origin: 'https://prices.example/list.json',
          foundAt: TEST_NOW,
          dismissedAt: undefined,
        }));
        await proposals.replace(doubled);
        return { added: 0, proposed: doubled.length };
      },
      now: () => TEST_NOW,
    }),
    priceRules: createPriceRuleService({
      rules: memoryRules(),
      groups,
      offersAt: () =>
        [...state.models.values()].map(({ connectionId, upstreamModel: model }) => {
          const providerId = state.connections.get(connectionId)?.providerId ?? '';
          const card = state.cards.findLast((each) => each.providerId === providerId && each.model === model);
          return { providerId, model, cost: card && compileRateCard(card) };
        }),
      defaults: () => ({ creditPrice: usdToNano('1'), marginMillionths: 0 }),
      isProvider: (id) => state.providers.has(id),
      newId,
      now: () => TEST_NOW,
    }),
    customerGroups: createCustomerGroupService({ store: groups, newId, now: () => TEST_NOW }),
  };
}

function memoryRules(): PriceRuleStore {
  const rules: PriceRule[] = [];
  return {
    list: async () => [...rules],
    get: async (wanted) => rules.find(({ id }) => id === wanted),
    add: async (follow) => {
      const added = follow(rules);
      rules.push(...added);
      return added;
    },
  };
}

function memoryGroups(): CustomerGroupStore {
  const groups = new Map<string, CustomerGroup>();
  const groupOf = new Map<string, string>();
  const assertFree = (wanted: string): void => {
    if ([...groups.values()].some(({ name }) => name === wanted)) throw new GatewayError('resource.conflict');
  };
  return {
    list: async () => [...groups.values()],
    members: async () => [...groupOf].map(([organizationId, customerGroupId]) => ({ organizationId, customerGroupId })),
    add: async (group) => {
      assertFree(group.name);
      groups.set(group.id, group);
    },
    rename: async (id, name) => {
      const group = groups.get(id);
      if (group === undefined) return false;
      if (group.name !== name) assertFree(name);
      groups.set(id, { ...group, name });
      return true;
    },
    remove: async (id) => {
      if ([...groupOf.values()].includes(id)) return 'in-use';
      return groups.delete(id) ? 'removed' : 'absent';
    },
    assign: async (organizationId, id) => {
      if (id === undefined) groupOf.delete(organizationId);
      else if (groups.has(id)) groupOf.set(organizationId, id);
      else throw new GatewayError('resource.not_found');
    },
  };
}

function memoryProposals(): PriceProposalStore {
  let proposals: readonly PriceProposal[] = [];
  return {
    list: async () => proposals,
    replace: async (found) => {
      proposals = found;
    },
    dismiss: async (ids, at) => {
      proposals = proposals.map((each) => (ids.includes(each.id) ? { ...each, dismissedAt: at } : each));
    },
    remove: async (ids) => {
      proposals = proposals.filter(({ id }) => !ids.includes(id));
    },
  };
}
