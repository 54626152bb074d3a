import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';
import { asObject, callHub, chatBody, eventually } from '../support/hub-calls.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the cache in a real browser', () => {
  let upstream: FakeUpstream;
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let ada: FilledDashboard['ada'];

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    dashboard = await openFilledDashboard(async () => undefined, { allow: [new URL(upstream.url).host] });
    ({ hub, ada } = dashboard);
    await hub.connectFake(upstream, { name: 'fake' });
  }, 120_000);
  afterAll(async () => {
    await dashboard?.close();
    await upstream?.close();
  });

  it('says how to use it, and then how often answers were there', { timeout: 60_000 }, async () => {
    const { page } = ada;
    const menu = page.getByRole('navigation');
    await menu.getByRole('link', { name: 'Cache', exact: true }).click();
    await page.getByText('No request has asked for the cache yet.').waitFor();
    await page.getByText('x-hub-cache: on, ttl=600').waitFor();
    await ada.picture('cache-empty');
    expect(await seriousFaults(page)).toEqual([]);

    await menu.getByRole('link', { name: 'Keys', exact: true }).click();
    await page.getByRole('button', { name: 'New key' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('evaluation');
    await form.getByText('More', { exact: true }).click();
    await form.getByLabel('Keep answers for').fill('600');
    await form.getByRole('button', { name: 'Create' }).click();
    const secret = (await form.locator('code').first().textContent())?.trim();
    await form.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'evaluation' }).first().click();
    await page.getByText('For 600 seconds').waitFor();

    const ask = () => callHub(hub, secret, { body: chatBody({ temperature: 0, max_tokens: 20 }) });
    expect((await ask()).headers['x-hub-cache']).toBe('miss');
    await eventually('be a hit', async () => (await ask()).headers['x-hub-cache'] === 'hit');
    await eventually('be counted', async () => Number(asObject(await hub.control('GET', '/cache'))['hits']) > 0);
    await menu.getByRole('link', { name: 'Cache', exact: true }).click();
    // What was asked for before is shown at first, and asked for again every half minute.
    await page.reload();
    await page.getByText('Answered from the cache').waitFor();
    await page.getByRole('tab', { name: '24 hours' }).click();
    await page.getByText('Hits and misses').first().waitFor();
    await ada.picture('cache');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('button', { name: 'Throw all away' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Throw all away' }).click();
    await page.getByText('From now on nothing is given again').waitFor();
    await eventually('be forgotten', async () => (await ask()).headers['x-hub-cache'] === 'miss');
    expect(ada.complaints).toEqual([]);
  });

  it('says the same in the Chinese of Taiwan', async () => {
    const { page } = ada;
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '快取', exact: true }).waitFor();
    await page.getByText('由快取回答', { exact: true }).waitFor();
    await ada.picture('cache-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
