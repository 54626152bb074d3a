import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openAccount, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, listOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const PASSWORD = 'correct horse battery';
const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the dashboard in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large', 'fake-embed'] });
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
    });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    for (const [name, value] of [
      ['name', 'Ada'],
      ['email', 'ada@example.com'],
      ['password', PASSWORD],
    ] as const) {
      await ada.page.fill(`#setup [name=${name}]`, value);
    }
    await ada.page.click('#setup button[type=submit]');
    await openAccount(ada);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  it('leads from nothing to the first request', async () => {
    const { page } = ada;
    await page.goto(`${hub.address}/`);
    await page.getByRole('navigation').getByRole('link', { name: 'Get started', exact: true }).click();
    await page.getByText('Three steps').waitFor();
    await ada.picture('start-empty');
    expect(await seriousFaults(page)).toEqual([]);
    await hub.connectFake(upstream, { name: 'fake' });
    await page.reload();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const secret = (await page.locator('pre', { hasText: /^sk-hub-/ }).innerText()).trim();
    expect(secret).toMatch(/^sk-hub-/);
    await callHub(hub, secret, { body: chatBody() });
    await page.getByText('The first request has arrived.').waitFor();
    await ada.picture('start-done');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('makes a key, gives it a new secret, and ends it', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Keys', exact: true }).click();
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('website');
    await page.getByLabel('Models it may call').fill('fake/*');
    await ada.picture('keys-new');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Copy it now').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: /^website/ }).waitFor();
    await ada.picture('keys');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'New secret: website' }).click();
    await page.getByRole('button', { name: 'New secret', exact: true }).click();
    await page.getByText('Copy it now').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Revoke: website' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('cell', { name: /^website/ }).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('shows what was called, and narrows it down', async () => {
    const { page } = ada;
    const { secret } = await hub.createKey('charts');
    const prices = [
      { unit: 'input', usd_per_million: '3000' },
      { unit: 'output', usd_per_million: '15000' },
    ];
    for (const model of ['fake-small', 'fake-large']) {
      await hub.control('POST', '/prices', { provider_id: 'openai', model, prices });
    }
    for (const model of ['fake/fake-small', 'fake/fake-large', 'fake/fake-small', 'fake/unknown']) {
      await callHub(hub, secret, { body: chatBody({ model }) });
    }
    await page.getByRole('navigation').getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('img', { name: 'Requests over time' }).waitFor();
    await page.getByRole('tab', { name: 'By key' }).click();
    await page.getByRole('cell', { name: 'charts' }).waitFor();
    await ada.picture('overview');
    const requests = page.locator('dt', { hasText: /^Requests$/ }).locator('xpath=following-sibling::dd[1]');
    const before = Number(await requests.innerText());
    await callHub(hub, secret, { body: chatBody() });
    // Nothing is clicked: the page hears of it.
    await expect.poll(() => requests.innerText(), { timeout: 10_000 }).toBe(String(before + 1));
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('navigation').getByRole('link', { name: 'Usage and cost', exact: true }).click();
    await page.getByLabel('Show').selectOption('cost');
    await page.getByRole('button', { name: 'Only fake-small' }).click();
    await page.getByRole('button', { name: 'Without the filter fake-small' }).waitFor();
    expect(new URL(page.url()).searchParams.get('model')).toBe('fake-small');
    await page.reload();
    await page.getByRole('button', { name: 'Without the filter fake-small' }).click();
    await page.getByLabel('Group by').selectOption('status');
    await page.getByRole('button', { name: 'Only Succeeded' }).waitFor();
    await ada.picture('usage');
    expect(await seriousFaults(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Table as CSV' }).click(),
    ]);
    const [records] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Records as CSV' }).click(),
    ]);
    expect(
      readFileSync(await records.path(), 'utf8')
        .trimEnd()
        .split('\r\n'),
    ).toHaveLength(7);
    expect(download.suggestedFilename()).toMatch(/^usage-\d{4}-\d\d-\d\d-.*\.csv$/);
    expect(ada.complaints).toEqual([]);
  });

  it('tries models out, one and two at a time', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Playground', exact: true }).click();
    await page.getByLabel('Model').selectOption('fake-small');
    await page.getByLabel('Your message').fill('Say something.');
    await page.keyboard.press('Enter');
    await page.getByText(/tokens in, \d+ out · \$/).waitFor();
    await page.getByRole('button', { name: 'Compare two models' }).click();
    await page.getByLabel('Your message').fill('And now both of you.');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByText(/tokens in, \d+ out · \$/).count()).toBe(3);
    await ada.picture('playground');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Get code' }).click();
    await page.getByText('/v1/chat/completions').waitFor();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByText('Say something.').first().waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Ask something.').waitFor();
    await page.getByRole('tab', { name: 'Embeddings' }).click();
    await page.getByLabel('Model').selectOption('fake-embed');
    await page.getByLabel('Texts').fill('one\ntwo\nthree');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('columnheader', { name: 'Alike' }).waitFor();
    await ada.picture('playground-embeddings');
    expect(await seriousFaults(page)).toEqual([]);
    const names = (await listOf(hub, '/keys?limit=200')).map(({ name }) => name);
    expect(names.filter((name) => name === 'Playground')).toHaveLength(1);
    expect(ada.complaints).toEqual([]);
  });

  it('speaks the Chinese of Taiwan, and goes by the keyboard', async () => {
    const { page } = ada;
    await page.locator('summary', { hasText: 'Ada' }).click();
    await page.getByLabel('Language').selectOption('zh-TW');
    await page.getByRole('heading', { name: '試玩區' }).waitFor();
    await ada.picture('playground-zh');
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: '前往頁面…' }).fill('總覽');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '總覽' }).waitFor();
    await page.getByText('每秒 Token 數').waitFor();
    await ada.picture('overview-zh');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });
});
