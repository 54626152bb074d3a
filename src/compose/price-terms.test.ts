import { describe, expect, test } from 'vitest';
import { usdPerMillion, usdToNano } from '../kernel/money.ts';
import { compileRateCard } from '../metering/compile-rate-card.ts';
import { localRateCard } from '../metering/local-card.ts';
import { priceCall } from '../metering/price-call.ts';
import { priceLine } from '../metering/price-line.ts';
import { createTermsResolver } from '../metering/price-rules.ts';
import { BROKEN_STREAM_POLICIES, DEFAULT_BROKEN_STREAM_POLICY } from '../protocol/broken-streams.ts';
import type { PriceRule } from '../protocol/price-rule.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { describeTerms, readBrokenStreamPolicy, readTerms, versionsIn } from './price-terms.ts';

const CARD: RateCard = {
  id: 'rc_1',
  providerId: 'acme',
  model: 'large',
  version: 1,
  source: 'provider',
  effectiveFrom: 0,
  prices: [priceLine('input', usdPerMillion('3'))],
};
const RULE: PriceRule = {
  id: 'pr_1',
  customerGroupId: undefined,
  providerId: 'acme',
  model: 'large',
  version: 1,
  effectiveFrom: 0,
  price: { kind: 'margin', marginMillionths: -100_000 },
  isBelowCostAllowed: true,
  createdAt: 0,
  actorId: undefined,
  reason: undefined,
};
const LIST = { ...RULE, price: { kind: 'list' as const, prices: [priceLine('input', usdPerMillion('7'))] } };
const DEFAULTS = { creditPrice: usdToNano('0.5'), marginMillionths: 200_000 };
const USED = { usage: { ...NO_USAGE, inputTokens: 12_345 }, at: 1 };

describe('terms as a hold keeps them give the same price when they are read again', () => {
  test.each<[string, readonly PriceRule[], RateCard | undefined]>([
    ['the settings’ margin', [], CARD],
    ['a rule’s margin', [RULE], CARD],
    ['a list', [LIST], CARD],
    ['a list of what nobody knows the cost of', [LIST], undefined],
    ['a model on this machine', [], localRateCard('acme', 'large')],
  ])('%s', (_what, rules, card) => {
    const cost = card && compileRateCard(card);
    const terms = createTermsResolver(
      rules,
      DEFAULTS,
    )({ customerGroupId: undefined, providerId: 'acme', upstreamModel: 'large', cost, at: 1 });
    if (terms === undefined) throw new Error('there are terms');
    const text = describeTerms({ ...terms, brokenStreams: 'bill-received' });
    const { cardId, ruleId } = versionsIn(text);
    const named = { cards: [CARD].filter(({ id }) => id === cardId), rules: rules.filter(({ id }) => id === ruleId) };
    const again = readTerms(text, named);
    expect(again && priceCall(again, USED)).toEqual(priceCall(terms, USED));
    expect(again?.ruleId).toBe(terms.ruleId);
    expect(again?.brokenStreams).toBe('bill-received');
  });

  test.each(BROKEN_STREAM_POLICIES)('%s, also where the prices are gone', (brokenStreams) => {
    const cost = compileRateCard(CARD);
    const rest = { marginMillionths: 0, list: undefined, isBelowCostAllowed: false, ruleId: undefined };
    const text = describeTerms({ ...rest, cost, creditPrice: DEFAULTS.creditPrice, brokenStreams });
    expect(readTerms(text, { cards: [CARD], rules: [] })?.brokenStreams).toBe(brokenStreams);
    expect(readBrokenStreamPolicy(text)).toBe(brokenStreams);
  });

  test.each([
    ['of calls that began before there were policies', '{"card":"rc_1","price":"1","margin":0}'],
    ['of another word', '{"card":"rc_1","price":"1","margin":0,"broken_streams":"free"}'],
  ])('%s have the default policy', (_what, text) => {
    expect(readBrokenStreamPolicy(text)).toBe(DEFAULT_BROKEN_STREAM_POLICY);
  });

  test.each([
    ['the card is not there', '{"card":"rc_2","price":"1","margin":0}'],
    ['the rule of a list is not there', '{"card":"rc_1","price":"1","margin":0,"rule":"pr_2","is_list":true}'],
    ['it is no such text', 'terms'],
  ])('and nothing where %s', (_what, text) => {
    expect(readTerms(text, { cards: [CARD], rules: [LIST] })).toBeUndefined();
  });
});
