import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/**
 * What visitors see of prices. The operator's connection, the cost and the margin are such that none of them can be on the page
 * by chance. A credit is a fortieth of a dollar.
 */
const CONNECTION = 'backroom-supplier';
const COST_USD = '1.7';
const MARGIN_PERCENT = '13';
const SHOWN = 'gpt-4o';
const HIDDEN = 'gpt-4o-mini';

let upstream: FakeUpstream;
let hub: HubProcess;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: [SHOWN, HIDDEN, 'text-embedding-3-small'] });
  hub = await startHub({
    allow: [new URL(upstream.url).host],
    environment: { HUB_CREDIT_PRICE_USD: '0.025', HUB_CREDIT_MARGIN_PERCENT: MARGIN_PERCENT, HUB_SIMULATED: 'off' },
  });
  await hub.connectFake(upstream, { name: CONNECTION, providerId: 'openrouter' });
  for (const model of [SHOWN, HIDDEN, 'text-embedding-3-small']) {
    await hub.control('POST', '/prices', {
      provider_id: 'openrouter',
      model,
      prices: ['input', 'output'].map((unit) => ({ unit, usd_per_million: COST_USD })),
    });
  }
  await hub.control('POST', '/aliases', { name: 'house-blend', target: SHOWN });
  await hub.control('PATCH', '/installation/offers', {
    offers: [
      { name: SHOWN, published: true, description: { en: 'For everything.', 'zh-TW': '什麼都行。' } },
      { name: 'house-blend', published: true },
      { name: 'text-embedding-3-small', published: true },
    ],
  });
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
});

const visit = (path = '/pricing', headers = {}) => callHub(hub, undefined, { method: 'GET', path, headers });

describe('the page of prices', () => {
  it('is there only while calls are paid for with credit, and the operator shows it', async () => {
    await hub.control('PATCH', '/installation', { public_prices: true });
    expect((await visit()).status).toBe(404);
    await hub.control('PATCH', '/installation/charging', { enabled: true, payment: 'by_hand' });
    expect((await visit()).status).toBe(200);
    expect((await visit('/')).text).toContain('href="/pricing"');
    await hub.control('PATCH', '/installation', { public_prices: false });
    expect((await visit()).status).toBe(404);
    expect((await visit('/')).text).not.toContain('/pricing');
    await hub.control('PATCH', '/installation', { public_prices: true });
  });

  it('shows what is published and what it costs a customer, in credits and in dollars', async () => {
    const { text } = await visit();
    // 1.7 and 13 % are 1.921 dollars, which are 76.84 credits.
    expect(text).toContain('<b>76.84 credits</b> <span>$1.921</span>');
    expect(text).toContain('For everything.');
    expect(text).toContain('house-blend');
    expect(text).toContain('Embeddings (1)');
    expect((await visit('/pricing', { 'accept-language': 'zh-TW' })).text).toContain('什麼都行。');
  });

  it('shows nothing that is hidden, and nothing of cost, margin, provider or what an alias stands for', async () => {
    for (const path of ['/pricing', '/pricing?type=chat', '/pricing?search=house', '/pricing?lang=zh-TW', '/']) {
      const { text } = await visit(path);
      expect(text).not.toContain(HIDDEN);
      expect(text).not.toMatch(new RegExp(CONNECTION, 'i'));
      expect(text).not.toMatch(/openrouter/i);
      expect(text).not.toMatch(new RegExp(`\\$${COST_USD.replace('.', '\\.')}0?\\b`));
      expect(text).not.toMatch(/margin|加成|rc_|rate_card|13 ?%/i);
    }
    const { text } = await visit('/pricing?search=house-blend');
    expect(text).toContain('house-blend');
    expect(text).not.toContain(SHOWN);
    expect(text).not.toContain('OpenAI');
    // Who serves a model can be neither searched nor filtered by.
    expect((await visit('/pricing?search=openrouter')).text).toContain('No model fits.');
    expect((await visit('/pricing?maker=openrouter')).text).toContain('No model fits.');
  });
});
