import { GatewayError } from '../../kernel/errors.ts';
import { usdToNano } from '../../kernel/money.ts';
import { compileRateCard } from '../../metering/compile-rate-card.ts';
import type { CustomerGroupStore, PriceRuleStore } from '../../metering/ports.ts';
import { createCustomerGroupService, createPriceRuleService } from '../../metering/price-rule-service.ts';
import type { CustomerGroup, PriceRule } from '../../protocol/price-rule.ts';
import type { ControlServices } from '../services.ts';
import { type MemoryState, TEST_NOW } from './memory-state.ts';

/** Prices of customers over stores in memory; a credit is a dollar, and nothing is added to what a model costs. */
export function chargedPriceServices(
  state: MemoryState,
  newId: (prefix: string) => string,
): Pick<ControlServices, 'priceRules' | 'customerGroups'> {
  const groups = memoryGroups();
  return {
    priceRules: createPriceRuleService({
      rules: memoryRules(),
      groups,
      offersAt: () =>
        [...state.models.values()].map(({ connectionId, upstreamModel: model }) => {
          const providerId = state.connections.get(connectionId)?.providerId ?? '';
          const card = state.cards.findLast((each) => each.providerId === providerId && each.model === model);
          return { providerId, model, cost: card && compileRateCard(card) };
        }),
      defaults: { creditPrice: usdToNano('1'), marginMillionths: 0 },
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
