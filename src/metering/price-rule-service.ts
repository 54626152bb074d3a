import { GatewayError } from '../kernel/errors.ts';
import type { CustomerGroup, CustomerGroupMember, NewPriceRule, PriceRule } from '../protocol/price-rule.ts';
import type { CompiledRateCard } from './compile-rate-card.ts';
import type { CustomerGroupStore, PriceRuleStore } from './ports.ts';
import type { PriceTerms } from './price-call.ts';
import { createTermsResolver, type DefaultTerms, nextRules, type ResolveTerms } from './price-rules.ts';

/** A model at a provider, with what the provider bills; `undefined` where nobody knows. */
export type Offer = {
  readonly providerId: string;
  readonly model: string;
  readonly cost: CompiledRateCard | undefined;
};

/** A model at a provider, and on what terms calls of it are paid; `undefined` where they have no price. */
export type PricedOffer = Omit<Offer, 'cost'> & { readonly terms: PriceTerms | undefined };

/** A model's terms for a group, or for everybody else, before and after. */
export type PriceChange = {
  readonly customerGroupId: string | undefined;
  readonly before: PricedOffer;
  readonly after: PricedOffer;
};

/** How rules come to be. */
export type RuleMaking = {
  readonly effectiveFrom: number | undefined;
  readonly actorId: string | undefined;
  readonly reason: string | undefined;
};

/** What calls cost whoever pays for them. Times are milliseconds since the epoch. */
export type PriceRuleService = {
  readonly offers: (customerGroupId: string | undefined, at: number) => Promise<readonly PricedOffer[]>;
  /** Every version of every rule. */
  readonly list: () => Promise<readonly PriceRule[]>;
  /**
   * Every offer before and after, for every group.
   * @throws GatewayError `resource.not_found` where a rule is about what is not there; here and below
   */
  readonly preview: (wanted: readonly NewPriceRule[], from: number | undefined) => Promise<readonly PriceChange[]>;
  /** Adds all of them, or none. Gives those that were not in force already. */
  readonly add: (wanted: readonly NewPriceRule[], making: RuleMaking) => Promise<readonly PriceRule[]>;
};

export type PriceRuleDeps = {
  readonly rules: PriceRuleStore;
  readonly groups: Pick<CustomerGroupStore, 'list'>;
  /** Every model that the operator's connections offer, once for each provider. */
  readonly offersAt: (at: number) => readonly Offer[];
  /** How calls are paid that no rule is about. */
  readonly defaults: () => DefaultTerms;
  readonly isProvider: (id: string) => boolean;
  readonly newId: (prefix: 'pr') => string;
  readonly now: () => number;
};

export function createPriceRuleService(deps: PriceRuleDeps): PriceRuleService {
  const { rules, groups, defaults, now } = deps;
  return {
    offers: async (customerGroupId, at) => {
      const priced = pricedBy(createTermsResolver(await rules.list(), defaults()), customerGroupId, at);
      return deps.offersAt(at).map(priced);
    },
    list: rules.list,
    preview: async (wanted, from) => {
      await assertKnown(deps, wanted);
      const stored = await rules.list();
      const at = startOf(from, now());
      const added = nextRules(stored, wanted, at).map((rule) => ({ ...rule, ...NOT_MADE, createdAt: at }));
      const resolveBefore = createTermsResolver(stored, defaults());
      const resolveAfter = createTermsResolver([...stored, ...added], defaults());
      const offers = deps.offersAt(at);
      return [undefined, ...(await groups.list())].flatMap((group) => {
        const customerGroupId = group?.id;
        const before = pricedBy(resolveBefore, customerGroupId, at);
        const after = pricedBy(resolveAfter, customerGroupId, at);
        return offers.map((offer) => ({ customerGroupId, before: before(offer), after: after(offer) }));
      });
    },
    add: async (wanted, { effectiveFrom, actorId, reason }) => {
      await assertKnown(deps, wanted);
      const createdAt = now();
      return rules.add((stored) =>
        nextRules(stored, wanted, startOf(effectiveFrom, createdAt)).map((rule) => ({
          ...rule,
          id: deps.newId('pr'),
          createdAt,
          actorId,
          reason,
        })),
      );
    },
  };
}

function pricedBy(resolveTerms: ResolveTerms, customerGroupId: string | undefined, at: number) {
  return ({ providerId, model, cost }: Offer): PricedOffer => ({
    providerId,
    model,
    terms: resolveTerms({ customerGroupId, providerId, upstreamModel: model, cost, at }),
  });
}

/** Organizations that pay alike. @throws GatewayError `resource.not_found`, `resource.conflict` */
export type CustomerGroupService = {
  readonly list: () => Promise<readonly CustomerGroup[]>;
  readonly members: () => Promise<readonly CustomerGroupMember[]>;
  readonly get: (id: string) => Promise<CustomerGroup | undefined>;
  readonly add: (name: string) => Promise<CustomerGroup>;
  readonly rename: (id: string, name: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  /** `undefined`: into none. */
  readonly assign: (organizationId: string, customerGroupId: string | undefined) => Promise<void>;
};

type CustomerGroupDeps = {
  readonly store: CustomerGroupStore;
  readonly newId: (prefix: 'grp') => string;
  readonly now: () => number;
};

export function createCustomerGroupService({ store, newId, now }: CustomerGroupDeps): CustomerGroupService {
  return {
    list: store.list,
    members: store.members,
    get: async (id) => (await store.list()).find((group) => group.id === id),
    add: async (name) => {
      const group = { id: newId('grp'), name, createdAt: now() };
      await store.add(group);
      return group;
    },
    rename: async (id, name) => {
      if (!(await store.rename(id, name))) throw new GatewayError('resource.not_found');
    },
    remove: async (id) => {
      const outcome = await store.remove(id);
      if (outcome === 'absent') throw new GatewayError('resource.not_found');
      if (outcome === 'in-use') {
        const message = 'Organizations are in the group: put them into another one or into none first.';
        throw new GatewayError('resource.conflict', { message });
      }
    },
    assign: store.assign,
  };
}

/** What a rule that is only looked at has not. */
const NOT_MADE = { id: '', actorId: undefined, reason: undefined } as const;

/** What calls were agreed to cost stays: no rule begins in the past. */
function startOf(wanted: number | undefined, now: number): number {
  return Math.max(now, wanted ?? now);
}

async function assertKnown({ groups, isProvider }: PriceRuleDeps, wanted: readonly NewPriceRule[]): Promise<void> {
  const known = new Set((await groups.list()).map(({ id }) => id));
  for (const { customerGroupId, providerId } of wanted) {
    if (customerGroupId !== undefined && !known.has(customerGroupId)) {
      throw new GatewayError('resource.not_found', { param: 'customer_group_id' });
    }
    if (providerId !== undefined && !isProvider(providerId)) {
      throw new GatewayError('resource.not_found', { param: 'provider_id' });
    }
  }
}
