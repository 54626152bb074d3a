import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable, openAccount, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('the audit log in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
    });
    const connection = await hub.connectFake(upstream, { name: 'fake' });
    await hub.control('PATCH', `/connections/${connection}`, { position: 7, enabled: false });
    browser = await openBrowser();
    ada = await browser.person({ locale: 'en-US' });
    await ada.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    for (const [name, value] of [
      ['name', 'Ada'],
      ['email', 'ada@example.com'],
      ['password', 'correct horse battery'],
    ] as const) {
      await ada.page.fill(`#setup [name=${name}]`, value);
    }
    await ada.page.click('#setup button[type=submit]');
    await openAccount(ada);
    await ada.page.goto(`${hub.address}/`);
    await ada.page.getByRole('link', { name: 'Keys', exact: true }).click();
    await ada.page.getByRole('button', { name: 'New key' }).first().click();
    await ada.page.getByLabel('Name', { exact: true }).fill('website');
    await ada.page.getByRole('button', { name: 'Create' }).click();
    await ada.page.getByRole('button', { name: 'Done' }).click();
    await ada.page.getByRole('link', { name: 'Audit log', exact: true }).click();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
  });

  it('lists what was done, and shows one act with its values before and after', async () => {
    const { page } = ada;
    await page.getByRole('row', { name: /createKey.*Done.*Ada/s }).waitFor();
    await ada.picture('list');
    await page.getByRole('link', { name: 'updateConnection' }).click();
    const panel = page.getByRole('dialog', { name: 'updateConnection' });
    await panel.getByRole('row', { name: 'position 0 7' }).waitFor();
    await panel.getByRole('row', { name: 'enabled true false' }).waitFor();
    await ada.picture('act', 'window');
    await page.reload();
    await panel.getByRole('row', { name: 'position 0 7' }).waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('filters, keeps the filter in the address, and exports what is left', async () => {
    const { page } = ada;
    await page.getByLabel('Who').selectOption('Ada');
    await page.getByLabel('Action').fill('createKey');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('link', { name: 'updateConnection' }).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('link', { name: 'createKey' }).waitFor();
    expect(await page.getByLabel('Action').inputValue()).toBe('createKey');
    // Names come once the members have.
    await page.getByLabel('Who').locator('option:checked', { hasText: 'Ada' }).waitFor({ state: 'attached' });
    expect(await page.getByLabel('Who').locator('option:checked').innerText()).toBe('Ada');
    expect(await page.getByRole('row').count()).toBe(2);
    for (const [name, first] of [
      ['CSV', 'sequence,at,'],
      ['JSON Lines', '{"id":"act_'],
    ] as const) {
      const saved = page.waitForEvent('download');
      await page.getByRole('link', { name: `Export as ${name}` }).click();
      const text = await readFile(await (await saved).path(), 'utf8');
      expect(text.slice(0, first.length)).toBe(first);
      expect(text).toContain('createKey');
      expect(text).not.toContain('updateConnection');
    }
    await page.getByLabel('To', { exact: true }).fill('2020-01-01');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByText('Nothing matches.').waitFor();
    await ada.picture('nothing');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('link', { name: 'updateConnection' }).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('shows the installation’s acts to who runs it, and verifies the log', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Whole installation' }).click();
    await page.getByRole('link', { name: 'setUpFirstOwner' }).waitFor();
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await page.getByText(/^It is intact: \d+ entries\.$/).waitFor();
    await ada.picture('verified');
    const head = (await page.locator('code').innerText()).trim();
    await page.getByLabel('Head that you noted earlier').fill(head);
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await page.getByText(/^It is intact/).waitFor();
    await page.getByLabel('Head that you noted earlier').fill(`1:${'0'.repeat(64)}`);
    await page.getByRole('button', { name: 'Verify the log' }).click();
    await page.getByText(/^It is not intact/).waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('speaks Traditional Chinese', async () => {
    const { page } = ada;
    await page.context().addCookies([{ name: 'hub_language', value: 'zh-TW', url: hub.address }]);
    await page.reload();
    await page.getByRole('heading', { name: '稽核紀錄' }).waitFor();
    await page.getByRole('link', { name: 'setUpFirstOwner' }).click();
    await page.getByRole('dialog').getByText('來源位址').waitFor();
    await ada.picture('act-zh', 'window');
    expect(ada.complaints).toEqual([]);
  });
});
