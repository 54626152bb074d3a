import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type FilledDashboard, openFilledDashboard } from '../support/filled-dashboard.ts';
import { callHub, chatBody, listOf } from '../support/hub-calls.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('limits and budgets in a real browser', () => {
  let upstream: FakeUpstream;
  let dashboard: FilledDashboard | undefined;
  let hub: FilledDashboard['hub'];
  let ada: FilledDashboard['ada'];

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    dashboard = await openFilledDashboard(async () => undefined, { allow: [new URL(upstream.url).host] });
    ({ hub, ada } = dashboard);
    await hub.connectFake(upstream, { name: 'fake' });
    const [connection] = await listOf(hub, '/connections');
    await hub.control('POST', '/prices', {
      provider_id: connection?.['provider_id'] ?? null,
      model: 'fake-small',
      prices: [
        { unit: 'input', usd_per_million: '1000' },
        { unit: 'output', usd_per_million: '40000' },
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await dashboard?.close();
    await upstream?.close();
  });

  it('makes, shows, changes and removes limits', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Limits and budgets', exact: true }).click();
    await page.getByText('There is no limit').waitFor();
    await ada.picture('limits-empty');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'New limit' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Calls of the day');
    await form.getByLabel('Amount').fill('5');
    await form.getByLabel('Time zone').fill('Nowhere/Land');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('is no time zone').last().waitFor();
    await form.getByLabel('Time zone').fill('Asia/Taipei');
    await ada.picture('limits-form', 'window');
    expect(await seriousFaults(page)).toEqual([]);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('5 left of 5').last().waitFor();

    await page.getByRole('button', { name: 'New limit' }).click();
    await form.getByLabel('Name').fill('Budget of each key');
    await form.getByLabel('Whom it counts').selectOption('key');
    await form.getByLabel('What it counts').selectOption('money');
    await form.getByLabel('Amount').fill('100.50');
    await form.getByLabel('Over which time').selectOption('month');
    await form.getByLabel('Tell at').fill('80, 100');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nobody has used any of it.').last().waitFor();
    expect(await listOf(hub, '/limits')).toMatchObject([
      { name: 'Calls of the day', amount: '5', window: { unit: 'day', time_zone: 'Asia/Taipei' }, mode: 'hard' },
      { name: 'Budget of each key', subject: { kind: 'key' }, amount: '100.5', thresholds: [80, 100] },
    ]);

    const { secret } = await hub.createKey('caller');
    for (let turn = 0; turn < 4; turn += 1) await callHub(hub, secret, { body: chatBody({ max_tokens: 500 }) });
    await page.reload();
    await page.getByText('1 left of 5').last().waitFor();
    await ada.picture('limits');
    expect(await seriousFaults(page)).toEqual([]);

    await page.getByRole('button', { name: 'Edit: Calls of the day' }).click();
    await form.getByLabel('Amount').fill('9');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('5 left of 9').last().waitFor();
    await page.getByRole('button', { name: 'Remove: Budget of each key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Budget of each key', { exact: true }).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('says the same in the Chinese of Taiwan', async () => {
    const { page } = ada;
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '限額與預算' }).waitFor();
    await page.getByText('剩餘 5，上限 9').last().waitFor();
    await ada.picture('limits-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
