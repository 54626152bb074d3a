import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, textOf, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const CALLS = 12;

describe.skipIf(chromium === undefined)('the page of one key', { timeout: 60_000 }, () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let website: { readonly id: string; readonly secret: string };
  let hidden: { readonly id: string };

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['fake-small', 'fake-large'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
    await hub.connectFake(upstream);
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    website = await hub.createKey('website', {
      allowed_models: ['fake*', 'openai/*'],
      allowed_origins: ['https://app.example.com'],
      allowed_addresses: ['loopback', '203.0.113.0/24'],
      expires_at: '2036-01-01T00:00:00Z',
    });
    const team = asObject(await hub.control('POST', '/teams', { name: 'Search' }));
    const project = asObject(await hub.control('POST', '/projects', { name: 'crawler', team_id: textOf(team['id']) }));
    hidden = await hub.createKey('hidden', { project_id: textOf(project['id']) });
    const other = await hub.createKey('other');
    for (let index = 0; index < CALLS; index += 1) {
      await callHub(hub, website.secret, { body: chatBody({ model: index % 3 === 0 ? 'fake-large' : 'fake-small' }) });
    }
    await callHub(hub, website.secret, { body: chatBody({ model: 'fake-gone' }) });
    await callHub(hub, other.secret, { body: chatBody({ model: 'fake-small' }) });
    await eventually('the records', async () => (await usageRecords(hub)).length >= CALLS + 2);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  const addressOf = (id: string) => `${hub.address}/dashboard/org_default/keys/${id}`;

  it('is where the list of keys leads, and tells what the key is and may do', async () => {
    const { page } = ada;
    await page.goto(`${hub.address}/dashboard/org_default/keys`);
    await page.getByRole('link', { name: 'website', exact: true }).click();
    await page.waitForURL(addressOf(website.id));
    await page.getByRole('heading', { name: 'website', level: 1 }).waitFor();
    const main = page.locator('main');
    for (const text of ['fake*', 'https://app.example.com', '203.0.113.0/24', 'The project’s own', 'Active']) {
      await main.getByText(text, { exact: true }).waitFor();
    }
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Keys' }).getAttribute('aria-current')).toBe(
      'page',
    );
    await main.getByText('Last used').waitFor();
  });

  it('shows the usage and the newest requests of this key alone', async () => {
    const { page } = ada;
    await page.goto(addressOf(website.id));
    const tile = page.locator('dt', { hasText: /^Requests$/ }).locator('xpath=following-sibling::dd[1]');
    await expect.poll(() => tile.innerText()).toBe(String(CALLS + 1));
    const table = page.getByRole('region', { name: 'Requests', exact: true });
    await expect.poll(() => table.locator('tbody tr').count()).toBe(10);
    await ada.picture('key-page');
    expect(await seriousFaults(page)).toEqual([]);
    await table.locator('tbody tr').first().getByRole('link').first().click();
    const panel = page.getByRole('dialog');
    await panel.getByText('model.not_found').waitFor();
    await panel.getByRole('link', { name: 'website' }).click();
    await page.waitForURL(addressOf(website.id));
    await page.getByRole('link', { name: 'All of its requests' }).click();
    await page.waitForURL(/requests\?key=/);
    await page.getByRole('table').getByRole('link', { name: 'website' }).first().click();
    await page.waitForURL(addressOf(website.id));
    await page.getByRole('link', { name: 'Explore its usage' }).click();
    await page.waitForURL(/usage\?key=/);
    await page.goto(`${hub.address}/dashboard/org_default/usage?by=key`);
    await page.getByRole('table').getByRole('link', { name: 'Open: website' }).waitFor();
    await ada.picture('key-usage-links');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('switches it off and on, gives it a new secret, and revokes it for good', async () => {
    const { page } = ada;
    const key = await hub.createKey('short-lived');
    await page.goto(addressOf(key.id));
    await page.getByText('There were no calls in this period.').waitFor();
    await page.getByRole('switch').click();
    await page.locator('main').getByText('Off', { exact: true }).waitFor();
    expect((await callHub(hub, key.secret, { body: chatBody() })).error['code']).toBe('auth.key_disabled');
    await page.getByRole('switch').click();
    await page.locator('main').getByText('Active', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('dialog').getByLabel('Old secret works for').selectOption('3600');
    await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
    const secret = (await page.getByRole('dialog').locator('pre').innerText()).trim();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Old secret works until').waitFor();
    expect((await callHub(hub, secret, { body: chatBody() })).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The key is revoked for good.').waitFor();
    expect(await page.getByRole('button', { name: 'Revoke' }).count()).toBe(0);
    await ada.picture('key-revoked');
    expect(await seriousFaults(page)).toEqual([]);
    expect(ada.complaints).toEqual([]);
  });

  it('shows a member, in the Chinese of Taiwan, the keys that they may see, and of others only that they are not there', async () => {
    await hub.control('POST', '/invitations', { email: 'vera@example.com', role: 'viewer' });
    const vera = await browser.person({ locale: 'zh-TW' });
    await joinByConsole(hub, vera, { name: 'Vera', email: 'vera@example.com' });
    const { page } = vera;
    await page.goto(addressOf(website.id));
    await page.getByRole('heading', { name: 'website', level: 1 }).waitFor();
    await page.getByRole('region', { name: '請求紀錄' }).waitFor();
    expect(await page.getByRole('button', { name: '撤銷' }).count()).toBe(0);
    await vera.picture('key-page-zh');
    expect(await seriousFaults(page)).toEqual([]);
    for (const id of [hidden.id, 'vk_nobody']) {
      await page.goto(addressOf(id));
      await page.getByText('項目不存在，或您沒有檢視權限。').waitFor();
      expect(await page.innerText('main')).not.toContain('hidden');
    }
    await vera.picture('key-missing-zh');
    expect(vera.complaints).toEqual([]);
  });
});
