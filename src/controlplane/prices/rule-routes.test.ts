import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
  await plane.call('POST', '/connections', { provider_id: 'homely' });
});
afterEach(async () => plane.app.close());

const PRICES = '/installation/prices';
const RULES = `${PRICES}/rules`;
const GROUPS = '/installation/customer-groups';
const MODEL = { provider_id: 'homely', model: 'small-model' };

async function cost(usd: string): Promise<void> {
  const prices = [
    { unit: 'input', usd_per_million: usd },
    { unit: 'output', usd_per_million: usd, above_input_tokens: 200_000 },
  ];
  expect((await plane.call('POST', '/prices', { ...MODEL, prices })).status).toBe(201);
}

async function set(...rules: readonly unknown[]) {
  return await plane.call('POST', RULES, { rules });
}

async function offer(query = '') {
  const { body } = await plane.call('GET', `${PRICES}${query}`);
  return body;
}

describe('what calls cost whoever pays', () => {
  it('is nothing that can be asked while nobody knows the cost, then the cost, then what a rule adds to it', async () => {
    expect(await offer()).toEqual({
      data: [{ ...MODEL, priced: false, listed: false, below_cost: false, charges_cost_at_least: false, lines: [] }],
      counts: { all: 1, unpriced: 1, below_cost: 0, listed: 0 },
      providers: ['homely'],
    });
    await cost('3');
    expect(await offer()).toMatchObject({
      data: [{ priced: true, cost_source: 'operator', lines: [{ credits_per_million: '3', margin_percent: '0' }, {}] }],
    });
    expect((await set({ margin_percent: '20' })).status).toBe(201);
    expect(await offer()).toMatchObject({
      data: [
        {
          rule_id: expect.stringMatching(/^pr_/),
          lines: [
            { unit: 'input', usd_per_million: '3', credits_per_million: '3.6', margin_percent: '20' },
            { unit: 'output', above_input_tokens: 200_000, credits_per_million: '3.6' },
          ],
        },
      ],
    });
  });

  it('may be listed for a model, also below what it costs, which is marked', async () => {
    await cost('3');
    await set({ ...MODEL, prices: [{ unit: 'input', credits_per_million: '2.4' }] });
    const below = {
      listed: true,
      below_cost: true,
      charges_cost_at_least: true,
      lines: [{ unit: 'input', usd_per_million: '3', credits_per_million: '2.4', margin_percent: '-20' }],
    };
    expect(await offer('?only=below_cost')).toMatchObject({ data: [below], counts: { below_cost: 1, listed: 1 } });
    expect(await offer('?only=unpriced')).toMatchObject({ data: [] });
    await set({ ...MODEL, withdraw: true });
    expect(await offer()).toMatchObject({ data: [{ listed: false, below_cost: false }] });
  });

  it('is found by provider and by a part of the name', async () => {
    expect(await offer('?search=SMALL&provider_id=homely')).toMatchObject({ data: [MODEL] });
    expect(await offer('?search=large')).toMatchObject({ data: [] });
    expect(await offer('?provider_id=cloudy')).toMatchObject({ data: [], providers: ['homely'] });
  });
});

describe('rules', () => {
  it('are versions, kept with who made them and why, and left out where nothing changes', async () => {
    await plane.call('POST', RULES, { rules: [{ margin_percent: '20' }], reason: 'prices of 2027' });
    await set({ margin_percent: '-5', allow_below_cost: true });
    expect((await set({ margin_percent: '-5', allow_below_cost: true })).body).toEqual({ data: [] });
    const { body } = await plane.call('GET', RULES);
    expect(body).toMatchObject({
      data: [
        { version: 2, kind: 'margin', margin_percent: '-5', allow_below_cost: true },
        { version: 1, kind: 'margin', margin_percent: '20', reason: 'prices of 2027' },
      ],
    });
    expect((await plane.call('GET', `${RULES}?provider_id=cloudy`)).body).toEqual({ data: [] });
  });

  it('are found as they are in force, and with those that are about more', async () => {
    const group = (await plane.call('POST', GROUPS, { name: 'Partners' })).body as { readonly id: string };
    const found = async (query: string) => {
      const { body } = await plane.call('GET', `${RULES}?${query}`);
      return (body as { readonly data: readonly { margin_percent?: string }[] }).data.map(
        (rule) => rule.margin_percent,
      );
    };
    await set({ margin_percent: '1' }, { provider_id: 'homely', margin_percent: '2' });
    await set({ ...MODEL, margin_percent: '3' }, { customer_group_id: group.id, margin_percent: '4' });
    await set(
      { provider_id: 'cloudy', margin_percent: '5' },
      { ...MODEL, customer_group_id: group.id, withdraw: true },
    );
    expect(await found('provider_id=homely&model=small-model&wider=true')).toEqual(['4', '3', '2', '1']);
    expect(await found(`customer_group_id=${group.id}&wider=true&provider_id=cloudy`)).toEqual(['5', '4', '1']);
    await set({ provider_id: 'homely', withdraw: true }, { margin_percent: '6' });
    expect(await found('provider_id=homely')).toEqual([undefined, '3', '2']);
    expect(await found('in_force=true')).toEqual(['5', '4', '3', '6']);
  });

  it('begin now at the earliest', async () => {
    const rules = [{ margin_percent: '20' }];
    const early = await plane.call('POST', RULES, { rules, effective_from: '2020-01-01T00:00:00Z' });
    const [made] = (early.body as { readonly data: readonly { effective_from: string; created_at: string }[] }).data;
    expect(made?.effective_from).toBe(made?.created_at);
  });

  it.each([
    ['nothing', {}],
    ['two things', { margin_percent: '5', withdraw: true }],
    ['a model of no provider', { model: 'small-model', margin_percent: '5' }],
    ['prices for all models', { provider_id: 'homely', prices: [{ unit: 'input', credits_per_million: '1' }] }],
    ['less than nothing', { margin_percent: '-100.5', allow_below_cost: true }],
    ['below cost, unsaid', { margin_percent: '-1' }],
    ['no number', { margin_percent: 'much' }],
    [
      'a price twice',
      {
        ...MODEL,
        prices: [
          { unit: 'input', credits_per_million: '1' },
          { unit: 'input', batch: false, credits_per_million: '2' },
        ],
      },
    ],
  ])('that say %s are refused', async (_what, rule) => {
    expect(await set(rule)).toMatchObject({ status: 400, body: { error: { code: 'request.invalid' } } });
  });

  it('are all refused where one is, and where two are about the same', async () => {
    expect((await set({ margin_percent: '20' }, { provider_id: 'nobody', margin_percent: '5' })).status).toBe(404);
    expect((await set({ margin_percent: '20' }, { customer_group_id: 'grp_0', margin_percent: '5' })).status).toBe(404);
    expect((await set({ margin_percent: '20' }, { margin_percent: '30' })).status).toBe(400);
    expect((await plane.call('GET', RULES)).body).toEqual({ data: [] });
  });

  it('are seen before they are set: whose prices change, and which would be below cost', async () => {
    await cost('3');
    const group = (await plane.call('POST', GROUPS, { name: 'Partners' })).body as { readonly id: string };
    await set({ customer_group_id: group.id, margin_percent: '10' });
    const preview = async (rule: object) => (await plane.call('POST', `${RULES}/preview`, { rules: [rule] })).body;
    const all = await preview({ margin_percent: '50' });
    expect(all).toMatchObject({
      changes: 1,
      below_cost: 0,
      data: [{ before: { lines: [{ margin_percent: '0' }, {}] }, after: { lines: [{ margin_percent: '50' }, {}] } }],
    });
    const low = { ...MODEL, prices: [{ unit: 'input', credits_per_million: '1' }] };
    expect(await preview({ ...low, customer_group_id: group.id })).toMatchObject({
      changes: 1,
      below_cost: 1,
      data: [{ customer_group_id: group.id }],
    });
    expect(await preview({ provider_id: 'cloudy', margin_percent: '50' })).toEqual({
      data: [],
      changes: 0,
      below_cost: 0,
    });
    expect(await offer()).toMatchObject({ data: [{ lines: [{ margin_percent: '0' }, {}] }] });
  });
});

describe('what a catalogue says otherwise', () => {
  const PROPOSALS = `${PRICES}/proposals`;
  const proposed = async (query = '') => {
    const { body } = await plane.call('GET', `${PROPOSALS}${query}`);
    return (body as { readonly data: readonly { readonly id: string }[] }).data;
  };

  it('waits beside the price that is in force until somebody approves', async () => {
    await cost('3');
    expect((await plane.call('POST', `${PRICES}/refresh`)).body).toEqual({ added: 0, proposed: 1 });
    const [found] = await proposed();
    expect(found).toMatchObject({
      ...MODEL,
      drift_percent: '100',
      current: { source: 'operator', prices: [{ usd_per_million: '3' }, {}] },
      prices: [{ usd_per_million: '6' }, {}],
    });
    const decision = { ids: [found?.id ?? ''], decision: 'approve', reason: 'the provider has said so, too' };
    expect((await plane.call('POST', `${PROPOSALS}/decisions`, decision)).body).toEqual({ decided: 1 });
    expect(await offer()).toMatchObject({ data: [{ lines: [{ usd_per_million: '6' }, {}] }] });
    expect(await proposed()).toEqual([]);
    expect((await plane.call('POST', `${PROPOSALS}/decisions`, decision)).status).toBe(404);
  });

  it('is put aside when it is dismissed', async () => {
    await cost('3');
    await plane.call('POST', `${PRICES}/refresh`);
    const ids = (await proposed()).map(({ id }) => id);
    await plane.call('POST', `${PROPOSALS}/decisions`, { ids, decision: 'dismiss' });
    expect(await proposed()).toEqual([]);
    expect(await proposed('?dismissed=true')).toMatchObject([{ dismissed_at: expect.any(String) }]);
    expect(await offer()).toMatchObject({ data: [{ lines: [{ usd_per_million: '3' }, {}] }] });
  });
});

describe('customer groups', () => {
  it('hold organizations, each in one at a time, and go once they are empty', async () => {
    const { organizationId } = TEST_TENANT;
    const [first, second] = await Promise.all(
      ['Partners', 'Schools'].map(async (name) => (await plane.call('POST', GROUPS, { name })).body as { id: string }),
    );
    const place = (id = '') => `${GROUPS}/${id}/organizations/${organizationId}`;
    expect((await plane.call('PUT', place(first?.id))).body).toMatchObject({ organization_ids: [organizationId] });
    expect((await plane.call('PUT', place(second?.id))).body).toMatchObject({ organization_ids: [organizationId] });
    expect((await plane.call('GET', GROUPS)).body).toMatchObject({
      data: [{ name: 'Partners', organization_ids: [] }, { name: 'Schools' }],
    });
    expect((await plane.call('DELETE', `${GROUPS}/${second?.id}`)).status).toBe(409);
    expect((await plane.call('DELETE', place(first?.id))).status).toBe(404);
    expect((await plane.call('DELETE', place(second?.id))).body).toMatchObject({ organization_ids: [] });
    expect((await plane.call('DELETE', `${GROUPS}/${second?.id}`)).status).toBe(200);
    expect((await plane.call('PUT', place(second?.id))).status).toBe(404);
  });

  it('have names of their own', async () => {
    const made = (await plane.call('POST', GROUPS, { name: 'Partners' })).body as { readonly id: string };
    expect((await plane.call('POST', GROUPS, { name: 'Partners' })).status).toBe(409);
    expect((await plane.call('PATCH', `${GROUPS}/${made.id}`, { name: 'Friends' })).body).toMatchObject({
      id: made.id,
      name: 'Friends',
    });
    expect((await plane.call('PATCH', `${GROUPS}/grp_0`, { name: 'Nobody' })).status).toBe(404);
  });
});
