import { describe, expect, test } from 'vitest';
import { usdPerMillion, usdToNano } from '../kernel/money.ts';
import { Ledger } from '../ledger/ledger.ts';
import { giveGrant } from '../ledger/testing/operations.ts';
import { priceLine } from '../metering/price-line.ts';
import type { PriceProposal } from '../protocol/price-proposal.ts';
import type { PriceRule } from '../protocol/price-rule.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import type { Store } from './open-store.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;

function rule(id: string, fields: Partial<PriceRule> = {}): PriceRule {
  return {
    id,
    customerGroupId: undefined,
    providerId: 'acme',
    model: 'large',
    version: 1,
    effectiveFrom: 1_000,
    price: { kind: 'margin', marginMillionths: 200_000 },
    isBelowCostAllowed: false,
    createdAt: 900,
    actorId: undefined,
    reason: undefined,
    ...fields,
  };
}

async function give(store: Store): Promise<void> {
  const ledger = new Ledger({
    store: store.ledger,
    overloaded: () => new Error('too much at once'),
  });
  await ledger.do(giveGrant('gr_1', 1n));
  await ledger.close();
}

describe.each(TEST_ENGINES)('prices on $kind', (engine) => {
  test('every version of a rule is kept as it was made, and becomes part of the configuration', async () => {
    const store = await freshStore(engine);
    const before = await store.configuration.version();
    const line = { ...priceLine('input', usdPerMillion('0.1')), aboveInputTokens: 200_000 };
    const rules = [
      rule('pr_1', { customerGroupId: 'grp_1', actorId: 'user_1', reason: 'agreed by phone' }),
      rule('pr_2', { version: 2, price: { kind: 'list', prices: [line] }, isBelowCostAllowed: true, createdAt: 901 }),
      rule('pr_3', { version: 3, price: { kind: 'none' }, createdAt: 902 }),
    ];
    expect(await store.priceRules.add(() => rules)).toEqual(rules);
    expect(await store.priceRules.list()).toEqual(rules);
    for (const rule of rules) expect(await store.priceRules.get(rule.id)).toEqual(rule);
    expect(await store.priceRules.get('pr_none')).toBeUndefined();
    expect((await store.configuration.load()).priceRules).toEqual(rules);
    expect(await store.configuration.version()).toBe(before + 1);
    await store.priceRules.add((stored) => (stored.length === 3 ? [] : [rule('pr_4')]));
    expect(await store.configuration.version()).toBe(before + 1);
  });

  test('of two that add the same version, one is told that something has changed, and nothing of it is kept', async () => {
    const store = await freshStore(engine);
    await store.priceRules.add(() => [rule('pr_1')]);
    const late = store.priceRules.add(() => [rule('pr_2', { model: 'small' }), rule('pr_3')]);
    await expect(late).rejects.toMatchObject({ code: 'resource.changed' });
    expect((await store.priceRules.list()).map(({ id }) => id)).toEqual(['pr_1']);
  });

  test('an organization is in one group, which cannot go while it is', async () => {
    const store = await freshStore(engine);
    const { customerGroups: groups } = store;
    await groups.add({ id: 'grp_1', name: 'Partners', createdAt: 1 });
    await groups.add({ id: 'grp_2', name: 'Schools', createdAt: 2 });
    await expect(groups.add({ id: 'grp_3', name: 'Schools', createdAt: 3 })).rejects.toMatchObject({
      code: 'resource.conflict',
    });
    await groups.assign(organizationId, 'grp_1');
    await groups.assign(organizationId, 'grp_2');
    expect((await store.configuration.load()).customerGroupMembers).toEqual([
      { organizationId, customerGroupId: 'grp_2' },
    ]);
    expect(await groups.remove('grp_2')).toBe('in-use');
    expect(await groups.remove('grp_1')).toBe('removed');
    expect(await groups.remove('grp_1')).toBe('absent');
    await groups.assign(organizationId, undefined);
    expect(await groups.members()).toEqual([]);
    await expect(groups.assign(organizationId, 'grp_1')).rejects.toMatchObject({ code: 'resource.not_found' });
    expect(await groups.rename('grp_2', 'Universities')).toBe(true);
    expect(await groups.list()).toEqual([{ id: 'grp_2', name: 'Universities', createdAt: 2 }]);
  });

  test('a proposal stays as it was found until its catalogue says something else, or nothing', async () => {
    const { priceProposals: proposals } = await freshStore(engine);
    const proposal = (id: string, fields: Partial<PriceProposal> = {}): PriceProposal => ({
      id,
      providerId: 'acme',
      model: 'large',
      prices: [priceLine('input', usdPerMillion('3'))],
      origin: 'built-in',
      foundAt: 10,
      dismissedAt: undefined,
      ...fields,
    });
    await proposals.replace([proposal('pp_1'), proposal('pp_2', { model: 'small' })]);
    await proposals.dismiss(['pp_1', 'pp_0'], 20);
    await proposals.replace([proposal('pp_3', { foundAt: 30 })]);
    expect(await proposals.list()).toEqual([proposal('pp_1', { dismissedAt: 20 })]);
    const other = proposal('pp_4', { prices: [priceLine('input', usdPerMillion('4'))] });
    await proposals.replace([other]);
    expect(await proposals.list()).toEqual([other]);
    await proposals.remove(['pp_4']);
    expect(await proposals.list()).toEqual([]);
  });

  test('what credit is worth is set until the first of it was given', async () => {
    const store = await freshStore(engine);
    const { creditWorth } = store;
    expect(await creditWorth.agree(usdToNano('1'))).toBe(usdToNano('1'));
    expect(await creditWorth.agree(usdToNano('0.01'))).toBe(usdToNano('0.01'));
    await give(store);
    expect(await creditWorth.agree(usdToNano('1'))).toBe(usdToNano('0.01'));
    expect(await creditWorth.agree(usdToNano('0.01'))).toBe(usdToNano('0.01'));
  });
});
