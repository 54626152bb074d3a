import { describe, expect, test } from 'vitest';
import { usdPerMillion, usdToNano } from '../kernel/money.ts';
import type { NewPriceRule, PriceRule } from '../protocol/price-rule.ts';
import { compileRateCard } from './compile-rate-card.ts';
import { localRateCard } from './local-card.ts';
import { priceLine } from './price-line.ts';
import { createTermsResolver, nextRules, type RuleQuery } from './price-rules.ts';

const DEFAULTS = { creditPrice: usdToNano('1'), marginMillionths: 200_000 };
const COST = compileRateCard({
  id: 'rc_1',
  providerId: 'acme',
  model: 'large',
  version: 1,
  source: 'provider',
  effectiveFrom: 0,
  prices: [priceLine('input', usdPerMillion('3'))],
});
const QUERY: RuleQuery = { customerGroupId: 'grp_1', providerId: 'acme', upstreamModel: 'large', cost: COST, at: 1000 };

const margin = (percent: number) => ({ kind: 'margin', marginMillionths: percent * 10_000 }) as const;
const list = (credits: string) => ({ kind: 'list', prices: [priceLine('input', usdPerMillion(credits))] }) as const;
const GROUP = { customerGroupId: 'grp_1' };
const PROVIDER = { providerId: 'acme' };
const MODEL = { ...PROVIDER, model: 'large' };

function rule(id: string, fields: Partial<PriceRule>): PriceRule {
  return {
    id,
    customerGroupId: undefined,
    providerId: undefined,
    model: undefined,
    version: 1,
    effectiveFrom: 0,
    price: margin(0),
    isBelowCostAllowed: false,
    createdAt: 0,
    actorId: undefined,
    reason: undefined,
    ...fields,
  };
}

function wanted(fields: Partial<NewPriceRule>): NewPriceRule {
  const { customerGroupId, providerId, model, price, isBelowCostAllowed } = rule('', fields);
  return { customerGroupId, providerId, model, price, isBelowCostAllowed };
}

function resolve(rules: readonly PriceRule[], query: Partial<RuleQuery> = {}) {
  return createTermsResolver(rules, DEFAULTS)({ ...QUERY, ...query });
}

describe('which rule a call is paid by', () => {
  const EVERY_SCOPE = [
    rule('group and model', { ...GROUP, ...MODEL }),
    rule('group and provider', { ...GROUP, ...PROVIDER }),
    rule('group', GROUP),
    rule('model', MODEL),
    rule('provider', PROVIDER),
    rule('all', {}),
  ];

  test('is the first of: the group’s for the model, its provider, all; everybody’s for the model, its provider, all', () => {
    for (const [index, expected] of EVERY_SCOPE.entries()) {
      expect(resolve(EVERY_SCOPE.slice(index))).toMatchObject({ ruleId: expected.id });
    }
  });

  test('is no other group’s, no other provider’s and no other model’s', () => {
    const others = [
      rule('1', { customerGroupId: 'grp_2' }),
      rule('2', { providerId: 'other' }),
      rule('3', { ...PROVIDER, model: 'small' }),
    ];
    expect(resolve(others)).toMatchObject({ ruleId: undefined, marginMillionths: 200_000 });
    expect(resolve([rule('1', GROUP)], { customerGroupId: undefined })).toMatchObject({ ruleId: undefined });
  });

  test('is the version that is in force when the call starts', () => {
    const versions = [
      rule('now', { price: margin(10) }),
      rule('later', { price: margin(30), version: 2, effectiveFrom: 2000 }),
    ];
    expect(resolve(versions, { at: 1999 })).toMatchObject({ marginMillionths: 100_000 });
    expect(resolve(versions, { at: 2000 })).toMatchObject({ marginMillionths: 300_000 });
  });

  test('is the next one once the rule was withdrawn', () => {
    const versions = [
      rule('1', MODEL),
      rule('2', { ...MODEL, version: 2, effectiveFrom: 500, price: { kind: 'none' } }),
      rule('all', { price: margin(5) }),
    ];
    expect(resolve(versions, { at: 499 })).toMatchObject({ ruleId: '1' });
    expect(resolve(versions)).toMatchObject({ ruleId: 'all' });
  });

  test('is a list even where nobody knows the cost, and no margin', () => {
    const rules = [rule('margin', { ...GROUP, ...MODEL }), rule('list', { ...MODEL, price: list('5') })];
    expect(resolve(rules, { cost: undefined })).toMatchObject({ ruleId: 'list', cost: { isFree: false } });
    expect(resolve([rule('margin', {})], { cost: undefined })).toBeUndefined();
    expect(resolve([], { cost: undefined })).toBeUndefined();
  });

  test('is free where the model itself costs nothing, unless a list says otherwise', () => {
    const free = compileRateCard(localRateCard('acme', 'large'));
    expect(resolve([rule('1', {})], { cost: free })).toMatchObject({ cost: { isFree: true }, list: undefined });
    expect(resolve([rule('1', { ...MODEL, price: list('5') })], { cost: free })).toMatchObject({
      list: { isFree: false },
    });
  });
});

describe('the next versions', () => {
  test('follow from those that are there, in the scope', () => {
    const stored = [rule('1', MODEL), rule('2', { ...MODEL, version: 2, price: margin(4) }), rule('3', {})];
    expect(nextRules(stored, [wanted({ ...MODEL, price: margin(9) }), wanted(GROUP)], 50)).toMatchObject([
      { ...MODEL, version: 3, effectiveFrom: 50 },
      { ...GROUP, version: 1, effectiveFrom: 50 },
    ]);
  });

  test('leave out what is in force already, and a withdrawal of nothing', () => {
    const stored = [rule('1', { ...MODEL, price: list('5') }), rule('2', { ...PROVIDER, price: { kind: 'none' } })];
    const same = [wanted({ ...MODEL, price: list('5') }), wanted({ ...PROVIDER, price: { kind: 'none' } })];
    expect(nextRules(stored, [...same, wanted({ ...GROUP, price: { kind: 'none' } })], 50)).toEqual([]);
    expect(nextRules(stored, [wanted({ ...MODEL, price: list('5'), isBelowCostAllowed: true })], 50)).toHaveLength(1);
  });
});
