import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
  await plane.call('POST', '/connections', { provider_id: 'homely' });
});
afterEach(async () => plane.app.close());

const OFFERS = '/installation/offers';
const MODEL = 'small-model';

async function price(): Promise<void> {
  const prices = [{ unit: 'input', usd_per_million: '3' }];
  expect((await plane.call('POST', '/prices', { provider_id: 'homely', model: MODEL, prices })).status).toBe(201);
}

async function alias(name: string): Promise<void> {
  expect((await plane.call('POST', '/aliases', { name, target: MODEL })).status).toBe(201);
}

async function list(query = '') {
  const { body } = await plane.call('GET', `${OFFERS}${query}`);
  return body;
}

function namesOf(body: unknown): readonly string[] {
  return (body as { data: { name: string }[] }).data.map(({ name }) => name);
}

async function change(...offers: readonly object[]) {
  return await plane.call('PATCH', OFFERS, { offers });
}

describe('what customers are offered', () => {
  it('is nothing of what was found, until it has a price and is published', async () => {
    expect(await list()).toMatchObject({
      data: [{ name: MODEL, published: false, obstacle: 'no_price', display_name: {}, description: {} }],
      counts: { all: 1, published: 0, hidden: 1, unpublishable: 1 },
    });
    const refused = await change({ name: MODEL, published: true });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      error: { code: 'offer.not_publishable', details: { offers: [{ name: MODEL, obstacle: 'no_price' }] } },
    });
    await price();
    expect(await change({ name: MODEL, published: true })).toMatchObject({
      status: 200,
      body: { data: [{ name: MODEL, published: true, places: [{ provider_id: 'homely', priced: true }] }] },
    });
    expect(await list('?state=published')).toMatchObject({ data: [{ name: MODEL }] });
  });

  it('says of a model what the operator wrote, in each language by itself', async () => {
    await change({ name: MODEL, display_name: { en: 'Small', 'zh-TW': '小型' }, description: { en: 'Quick.' } });
    await change({ name: MODEL, display_name: { en: null }, description: { 'zh-TW': '很快。' } });
    expect(await list()).toMatchObject({
      data: [{ published: false, display_name: { 'zh-TW': '小型' }, description: { en: 'Quick.', 'zh-TW': '很快。' } }],
    });
    expect(await list(`?search=${encodeURIComponent('小')}`)).toMatchObject({ data: [{ name: MODEL }] });
    expect(await list('?search=large')).toMatchObject({ data: [], counts: { all: 0 } });
  });

  it('has an alias only with what it stands for, which may be published together with it', async () => {
    await price();
    await alias('quick');
    const refused = await change({ name: 'quick', published: true });
    expect(refused.body).toMatchObject({
      error: { details: { offers: [{ name: 'quick', obstacle: 'target_hidden' }] } },
    });
    const both = [
      { name: 'quick', published: true },
      { name: MODEL, published: true },
    ];
    expect((await change(...both)).status).toBe(200);
    await change({ name: MODEL, published: false });
    expect(await list()).toMatchObject({
      data: [
        { name: 'quick', published: true, obstacle: 'target_hidden' },
        { name: MODEL, published: false },
      ],
    });
  });

  it('changes all that was asked, or nothing', async () => {
    await price();
    const unknown = await change({ name: MODEL, published: true }, { name: 'nobody-serves-it', published: true });
    expect(unknown.status).toBe(404);
    expect(await list('?state=published')).toMatchObject({ data: [] });
  });

  it('comes in the order that was set, and what has no place by name', async () => {
    for (const name of ['b', 'c', 'a']) await alias(name);
    expect((await plane.call('PUT', `${OFFERS}/order`, { names: ['c', MODEL] })).status).toBe(200);
    const names = async () => namesOf(await list());
    expect(await names()).toEqual(['c', MODEL, 'a', 'b']);
    await plane.call('PUT', `${OFFERS}/order`, { names: ['b'] });
    expect(await names()).toEqual(['b', 'a', 'c', MODEL]);
    expect((await plane.call('PUT', `${OFFERS}/order`, { names: ['nobody-serves-it'] })).status).toBe(404);
  });
});
