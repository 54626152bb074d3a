import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import { nanoUsd } from '../kernel/money.ts';
import { type CompiledRateCard, compileRateCard } from '../metering/compile-rate-card.ts';
import { localRateCard } from '../metering/local-card.ts';
import { compileList, unknownCost } from '../metering/price-rules.ts';
import type { CallTerms } from '../metering/settle-call.ts';
import {
  type BrokenStreamPolicy,
  DEFAULT_BROKEN_STREAM_POLICY,
  isBrokenStreamPolicy,
} from '../protocol/broken-streams.ts';
import type { PriceRule } from '../protocol/price-rule.ts';
import type { RateCard } from '../protocol/rate-card.ts';

/** Terms as a hold keeps them: which version of which prices was agreed. */
export function describeTerms({
  cost: { card },
  creditPrice,
  marginMillionths,
  list,
  isBelowCostAllowed,
  ruleId,
  brokenStreams,
}: CallTerms): string {
  return JSON.stringify({
    card: card.id,
    // Cards of local models are made, and not kept; nor is that of a cost that nobody knows.
    ...(card.source === 'local' || card.id === '' ? { provider: card.providerId, model: card.model } : {}),
    price: String(creditPrice),
    margin: marginMillionths,
    ...(isBelowCostAllowed ? { below_cost: true } : {}),
    ...(ruleId === undefined ? {} : { rule: ruleId }),
    ...(list === undefined ? {} : { is_list: true }),
    ...(brokenStreams === DEFAULT_BROKEN_STREAM_POLICY ? {} : { broken_streams: brokenStreams }),
  });
}

/** Which versions of prices terms were made of. */
export function versionsIn(text: string): { readonly cardId: string | undefined; readonly ruleId: string | undefined } {
  const told = parseJsonOrUndefined(text);
  const { card, rule } = isJsonObject(told) ? told : {};
  const idOf = (value: JsonValue | undefined) => (typeof value === 'string' && value !== '' ? value : undefined);
  return { cardId: idOf(card), ruleId: idOf(rule) };
}

/** The model that terms are about, where they name it themselves; else the version of its prices does. */
export function modelIn(text: string): string | undefined {
  const told = parseJsonOrUndefined(text);
  return isJsonObject(told) && typeof told['model'] === 'string' ? told['model'] : undefined;
}

/** Versions of what terms are made of: those that they may name. */
export type KnownPrices = { readonly cards: readonly RateCard[]; readonly rules: readonly PriceRule[] };

/** The terms that were described; `undefined` where their prices are not there any more. */
export function readTerms(text: string, known: KnownPrices): CallTerms | undefined {
  const told = parseJsonOrUndefined(text);
  if (!isJsonObject(told)) return undefined;
  const { price, margin, rule } = told;
  const cost = costOf(told, known.cards);
  const ruleId = typeof rule === 'string' ? rule : undefined;
  if (cost === undefined || typeof price !== 'string' || typeof margin !== 'number') return undefined;
  const list = told['is_list'] === true ? listOf(known.rules.find(({ id }) => id === ruleId)) : undefined;
  if (told['is_list'] === true && list === undefined) return undefined;
  return {
    cost,
    creditPrice: nanoUsd(BigInt(price)),
    marginMillionths: margin,
    list,
    isBelowCostAllowed: told['below_cost'] === true,
    ruleId,
    brokenStreams: policyOf(told),
  };
}

/** The policy of described terms, which stands there even where their prices are gone. */
export function readBrokenStreamPolicy(text: string): BrokenStreamPolicy {
  const told = parseJsonOrUndefined(text);
  return isJsonObject(told) ? policyOf(told) : DEFAULT_BROKEN_STREAM_POLICY;
}

/** Terms of calls that began before there were policies name none. */
function policyOf({ broken_streams: policy }: JsonObject): BrokenStreamPolicy {
  return isBrokenStreamPolicy(policy) ? policy : DEFAULT_BROKEN_STREAM_POLICY;
}

function costOf({ card: id, provider, model }: JsonObject, cards: readonly RateCard[]): CompiledRateCard | undefined {
  if (typeof provider === 'string' && typeof model === 'string') {
    return id === '' ? unknownCost(provider, model) : compileRateCard(localRateCard(provider, model));
  }
  const card = cards.find((each) => each.id === id);
  return card === undefined ? undefined : compileRateCard(card);
}

function listOf(rule: PriceRule | undefined): CompiledRateCard | undefined {
  return rule?.price.kind === 'list' ? compileList(rule, rule.price.prices) : undefined;
}
