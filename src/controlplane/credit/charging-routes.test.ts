import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

const CHARGING = '/installation/charging';
const TERMS = { price_usd: '0.01', margin_percent: '20', payment: 'by_hand' };

const change = (body: object, headers = {}) => plane.call('PATCH', CHARGING, body, headers);
const status = async () => (await plane.call('GET', CHARGING)).body;

async function publishOne(): Promise<void> {
  await plane.call('POST', '/connections', { provider_id: 'homely' });
  const prices = [{ unit: 'input', usd_per_million: '3' }];
  await plane.call('POST', '/prices', { provider_id: 'homely', model: 'small-model', prices });
  const offers = [{ name: 'small-model', published: true }];
  expect((await plane.call('PATCH', '/installation/offers', { offers })).status).toBe(200);
}

describe('paying with credit', () => {
  it('is off at first, and says all that is missing', async () => {
    expect(await status()).toMatchObject({
      enabled: false,
      price_usd: '1',
      margin_percent: '0',
      missing: ['unit', 'margin', 'offers', 'payment'],
      advice: ['own_credit'],
      ruled_by_settings: [],
      offered_models: 0,
    });
  });

  it('is not begun by halves', async () => {
    expect(await change({ ...TERMS, enabled: true })).toMatchObject({
      status: 409,
      body: { error: { code: 'charging.incomplete', details: { missing: ['offers'] } } },
    });
    expect(await status()).toMatchObject({ enabled: false, price_usd: '1' });
  });

  it('is switched on once all is laid down, keeps what it needs, and is switched off at any time', async () => {
    await publishOne();
    expect(await change({ ...TERMS, enabled: true })).toMatchObject({
      status: 200,
      body: { enabled: true, price_usd: '0.01', missing: [] },
    });
    expect((await change({ payment: null })).body).toMatchObject({ error: { details: { missing: ['payment'] } } });
    expect((await change({ payment: null, purchase_url: 'https://example.com/buy' })).status).toBe(200);
    expect((await change({ enabled: false, margin_percent: null })).body).toMatchObject({ enabled: false });
    expect((await change({ enabled: true })).body).toMatchObject({ error: { details: { missing: ['margin'] } } });
    expect((await change({ enabled: true, margin_percent: '5' })).body).toMatchObject({
      enabled: true,
      purchase_url: 'https://example.com/buy',
    });
  });

  it('needs no page where credit is given by hand, and one where customers are led to it', async () => {
    await change({ payment: 'link' });
    expect(await status()).toMatchObject({ missing: expect.arrayContaining(['payment']) });
    await change({ purchase_url: 'https://example.com/buy' });
    expect(await status()).toMatchObject({ missing: ['unit', 'margin', 'offers'] });
  });

  it('is not switched on while who signs up joins the operator’s own organization', async () => {
    await publishOne();
    await plane.call('PATCH', '/installation', { sign_up: 'open' });
    expect((await change({ ...TERMS, enabled: true })).body).toMatchObject({
      error: { details: { missing: ['sign_up'] } },
    });
    await plane.call('PATCH', '/installation', { sign_up_joins: 'personal' });
    expect((await change({ ...TERMS, enabled: true })).body).toMatchObject({ advice: ['own_credit', 'mail'] });
  });

  it('advises where nobody can get what is offered to begin with', async () => {
    const starter_credits = { name: 'Welcome', amount: '5', per_day_max: 10 };
    await plane.call('PATCH', '/installation', { starter_credits });
    expect(await status()).toMatchObject({ advice: ['own_credit', 'starter_credits'] });
  });

  it.each([
    { price_usd: '0' },
    { price_usd: '-1' },
    { price_usd: '1.0000000001' },
    { margin_percent: '10001' },
    { purchase_url: 'javascript:alert(1)' },
    { decimals: 10 },
    { prefix: 'much too long' },
  ])('refuses terms that are none: %j', async (body) => {
    expect((await change(body)).status).toBe(400);
  });

  it('changes what was read, and nothing that somebody else has changed meanwhile', async () => {
    const { installation_revision: revision } = (await status()) as { installation_revision: number };
    const tag = { 'if-match': `"${revision}"` };
    expect((await change({ name: 'stars' }, tag)).status).toBe(200);
    expect((await change({ name: 'moons' }, tag)).status).toBe(412);
  });
});
