import type { NanoUsd } from '../kernel/money.ts';
import { type NewPriceRule, type PriceRule, type RulePrice, scopeKey } from '../protocol/price-rule.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { latestAt } from './card-versions.ts';
import { type CompiledRateCard, compileRateCard } from './compile-rate-card.ts';
import type { PriceTerms } from './price-call.ts';
import { writeStoredPrices } from './rate-card-schema.ts';

/** What of a call decides by which rule it is paid. */
export type RuleQuery = {
  readonly customerGroupId: string | undefined;
  readonly providerId: string;
  readonly upstreamModel: string;
  /** What the provider bills; `undefined` where it is not known. */
  readonly cost: CompiledRateCard | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** Finds on what terms a call is paid; `undefined` where it has no price, which is never the same as zero. */
export type ResolveTerms = (query: RuleQuery) => PriceTerms | undefined;

/** How calls are paid that no rule is about. */
export type DefaultTerms = { readonly creditPrice: NanoUsd; readonly marginMillionths: number };

const NO_KEYS: readonly string[] = [];

/**
 * Indexes the rules of one snapshot. The one for the caller's group wins over the one for everybody, whatever they are
 * about: a group is what was agreed with its customers. Within each, a model wins over its provider, and that over all. A
 * margin on a cost that nobody knows is passed over.
 */
export function createTermsResolver(rules: readonly PriceRule[], defaults: DefaultTerms): ResolveTerms {
  const versions = Map.groupBy(rules, scopeKey);
  const lists = new Map<string, CompiledRateCard>();
  const { creditPrice } = defaults;
  return (query) => {
    const { cost, at, providerId, upstreamModel } = query;
    for (const key of rules.length === 0 ? NO_KEYS : keysOf(query)) {
      const rule = latestAt(versions.get(key) ?? [], at);
      if (rule === undefined || rule.price.kind === 'none') continue;
      const { id: ruleId, isBelowCostAllowed, price } = rule;
      if (price.kind === 'list') {
        const list = listOnce(lists, rule, price);
        const known = cost ?? unknownCost(providerId, upstreamModel);
        return { cost: known, creditPrice, marginMillionths: 0, list, isBelowCostAllowed, ruleId };
      }
      if (cost === undefined) continue;
      const { marginMillionths } = price;
      return { cost, creditPrice, marginMillionths, list: undefined, isBelowCostAllowed, ruleId };
    }
    if (cost === undefined) return undefined;
    return { cost, ...defaults, list: undefined, isBelowCostAllowed: false, ruleId: undefined };
  };
}

/** A card that prices nothing, for calls that an operator's own list prices. */
export function unknownCost(providerId: string, model: string): CompiledRateCard {
  return compileRateCard({ id: '', providerId, model, version: 0, source: 'operator', effectiveFrom: 0, prices: [] });
}

/** The list of a rule in the form in which calls are priced by it. */
export function compileList(rule: PriceRule, prices: RateCard['prices']): CompiledRateCard {
  const { id, version, effectiveFrom, providerId = '', model = '' } = rule;
  return compileRateCard({ id, providerId, model, version, source: 'operator', effectiveFrom, prices });
}

/**
 * The versions to add so that rules say what is wanted. What is in force then and says the same is left out, as is the
 * withdrawal of what is not there.
 * @param from milliseconds since the epoch, not before now: what calls were agreed to cost stays
 */
export function nextRules(
  stored: readonly PriceRule[],
  wanted: readonly NewPriceRule[],
  from: number,
): readonly (NewPriceRule & Pick<PriceRule, 'version' | 'effectiveFrom'>)[] {
  const versions = Map.groupBy(stored, scopeKey);
  return wanted.flatMap((rule) => {
    const known = versions.get(scopeKey(rule)) ?? [];
    const current = latestAt(known, from);
    if (saysTheSame(current, rule)) return [];
    const version = known.reduce((highest, each) => Math.max(highest, each.version), 0) + 1;
    return [{ ...rule, version, effectiveFrom: from }];
  });
}

/** Of each scope the version that counts, where it was not taken back. */
export function rulesInForce(rules: readonly PriceRule[], at: number): readonly PriceRule[] {
  return [...Map.groupBy(rules, scopeKey).values()].flatMap((versions) => {
    const current = latestAt(versions, at);
    return current === undefined || current.price.kind === 'none' ? [] : [current];
  });
}

function* keysOf({ customerGroupId, providerId, upstreamModel }: RuleQuery): Generator<string> {
  const groups = customerGroupId === undefined ? [undefined] : [customerGroupId, undefined];
  for (const group of groups) {
    yield scopeKey({ customerGroupId: group, providerId, model: upstreamModel });
    yield scopeKey({ customerGroupId: group, providerId, model: undefined });
    yield scopeKey({ customerGroupId: group, providerId: undefined, model: undefined });
  }
}

function listOnce(
  lists: Map<string, CompiledRateCard>,
  rule: PriceRule,
  { prices }: Extract<RulePrice, { kind: 'list' }>,
): CompiledRateCard {
  const known = lists.get(rule.id);
  if (known !== undefined) return known;
  const list = compileList(rule, prices);
  lists.set(rule.id, list);
  return list;
}

function saysTheSame(current: PriceRule | undefined, wanted: NewPriceRule): boolean {
  if (current === undefined || current.price.kind === 'none') return wanted.price.kind === 'none';
  return writeRulePrice(current) === writeRulePrice(wanted);
}

function writeRulePrice({ price, isBelowCostAllowed }: NewPriceRule): string {
  const text = price.kind === 'list' ? writeStoredPrices(price.prices) : JSON.stringify(price);
  return `${text} ${isBelowCostAllowed}`;
}
