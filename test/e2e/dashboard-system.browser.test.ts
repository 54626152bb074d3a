import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../src/kernel/json.ts';
import { seriousFaults } from '../support/axe.ts';
import { browserAvailable, openBrowser, type Person, type TestBrowser } from '../support/browser.ts';
import { firstOwner, joinByConsole } from '../support/dashboard-people.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const { path: chromium } = browserAvailable();
const BOB = { name: 'Bob', email: 'bob@example.com' };
/** A picture of one dot. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describe.skipIf(chromium === undefined)('the system page in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let browser: TestBrowser;
  let ada: Person;
  let bob: Person;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-backup-'));
    upstream = await startFakeUpstream({ models: ['fake-small'] });
    hub = await startHub({
      allow: [`127.0.0.1:${upstream.port}`],
      environment: { HUB_TRUSTED_PROXIES: 'loopback' },
      readyTimeoutMs: 90_000,
    });
    browser = await openBrowser();
    ada = await firstOwner(hub, browser, { name: 'Ada', email: 'ada@example.com' });
    bob = await browser.person({ locale: 'zh-TW' });
    await hub.control('POST', '/invitations', { email: BOB.email, role: 'developer' });
    await joinByConsole(hub, bob, BOB);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (tab: string, { page }: Person = ada): Promise<void> => {
    await page.goto(`${hub.address}/dashboard/org_default/system?tab=${tab}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const button = (name: string) => ada.page.getByRole('button', { name, exact: true });
  const inDialog = (name: string) => ada.page.getByRole('dialog').last().getByRole('button', { name, exact: true });
  const cell = (name: string | RegExp) => ada.page.getByRole('cell', { name, exact: typeof name === 'string' });

  it('shows what the hub is and how it is, and checks a provider that was connected', async () => {
    await open('status');
    await ada.page.getByText('SQLite').waitFor();
    await cell(/refresh/)
      .first()
      .waitFor();
    await ada.picture('system-status-new');
    await hub.connectFake(upstream, { name: 'fake' });
    await button('Check now').click();
    await ada.page.getByText('(provider)').waitFor();
    await ada.picture('system-status');
    const [file] = await Promise.all([
      ada.page.waitForEvent('download'),
      ada.page.getByRole('link', { name: 'Download diagnostics' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('diagnostics.json');
    const found = parseJson(await readFile(await file.path(), 'utf8'));
    expect(found).toMatchObject({ hub: { store: 'sqlite' }, providers: [{ provider_id: 'openai', connections: 1 }] });
    expect(ada.complaints).toEqual([]);
  });

  it('shows the settings with where each comes from, and no secret', async () => {
    await open('settings');
    await cell('Environment').first().waitFor();
    await ada.picture('system-settings');
    await ada.page.getByLabel('Search settings').fill('proxies');
    await cell('host').waitFor({ state: 'detached' });
    await cell('["loopback"]').waitFor();
    expect(await ada.page.getByRole('row').count()).toBe(2);
    await ada.page.reload();
    await cell('Environment').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('rotates the master key, writes a backup, and makes an admin token', async () => {
    await open('safety');
    await button('Rotate the master key').click();
    await inDialog('Rotate the master key').click();
    await cell('2 In use').waitFor();
    const path = join(folder, 'hub');
    await ada.page.getByLabel('Folder').fill(path);
    await button('Write a backup').click();
    await ada.page.getByText('The backup is written.').waitFor();
    expect((await readdir(path)).length).toBeGreaterThan(0);
    await ada.picture('system-safety');
    await button('Write a backup').click();
    await ada.page.getByRole('alert').waitFor();
    await button('New admin token').click();
    await inDialog('New admin token').click();
    await ada.page.getByText('Copy it now').waitFor();
    await inDialog('Done').click();
    expect(ada.complaints).toEqual([]);
  });

  it('gives the hub a name, a logo and its addresses, and says who may sign up', async () => {
    await open('installation');
    await ada.picture('system-installation-new');
    await ada.page.getByLabel('Name', { exact: true }).fill('Analytical AI');
    const file = ada.page.getByLabel(/^Logo/);
    await file.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
    await ada.page.getByText('This is no PNG').waitFor();
    await file.setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') });
    await ada.page.getByRole('img', { name: 'Logo' }).waitFor();
    await ada.page.getByRole('textbox', { name: /^Accent colour ?\(/ }).fill('#0F766E');
    await ada.page.getByLabel('Where people find help').fill('help@example.com');
    await ada.page.getByLabel('Terms of service').fill('https://example.com/terms');
    await ada.page.getByLabel('Privacy policy').fill('https://example.com/privacy');
    await button('Save').first().click();
    await ada.page.getByText('Saved.').waitFor();
    await ada.page.getByLabel('Who may make an account').selectOption('domain');
    await ada.page.getByLabel('Mail domains').fill('example.com');
    await ada.page.getByLabel('Who may make an account').selectOption('approval');
    await button('Save').nth(1).click();
    await ada.page.getByText('Saved.').nth(1).waitFor();
    await ada.page.reload();
    await ada.page.getByText('New accounts wait').waitFor();
    expect(await ada.page.getByLabel('Name', { exact: true }).inputValue()).toBe('Analytical AI');
    await ada.picture('system-installation');
    await ada.page.locator('aside').getByText('Analytical AI').waitFor();
    const visitor = await browser.person({ locale: 'en-US' });
    await visitor.page.goto(`${hub.address}/account/sign-in`);
    const ground = "getComputedStyle(document.querySelector('button[type=submit]')).backgroundColor";
    expect(await visitor.page.evaluate(ground)).toBe('rgb(15, 118, 110)');
    expect(await seriousFaults(visitor.page)).toEqual([]);
    await visitor.picture('system-branded-sign-in');
    expect(visitor.complaints).toEqual([]);
    await button('Send me a test mail').click();
    await ada.page.getByText('ada@example.com was taken').or(ada.page.getByRole('alert')).waitFor();
    await button('Without logo').click();
    await button('Save').first().click();
    await ada.page.getByRole('img', { name: 'Logo' }).waitFor({ state: 'detached' });
    expect(ada.complaints).toEqual([]);
  });

  it('approves who signed up, and suspends, reactivates, marks, closes and erases', async () => {
    const body = { email: 'carol@example.com', name: 'Carol', password: 'correct horse battery' };
    const answer = await callHub(hub, undefined, {
      path: '/control/v1/auth/sign-up',
      headers: { origin: hub.address },
      body,
    });
    expect(answer.status, answer.text).toBeLessThan(300);
    await open('users');
    await ada.page.getByLabel('State').selectOption('awaiting_approval');
    await button('Carol').click();
    await inDialog('Approve').click();
    await inDialog('Make an operator').waitFor();
    await ada.page.keyboard.press('Escape');
    await ada.page.getByLabel('State').selectOption('');
    await ada.page.getByLabel('Search by name or address').fill('bob');
    await button('Carol').waitFor({ state: 'detached' });
    await button('Bob').click();
    await ada.page.getByText(/password · /).waitFor();
    await ada.picture('system-user', 'window');
    await ada.page.getByRole('button', { name: /^End the session/ }).click();
    await ada.page.getByText('Nowhere at the moment.').waitFor();
    await inDialog('Suspend').click();
    await ada.page.getByLabel('Reason').fill('on leave');
    await inDialog('Suspend').click();
    await ada.page.getByText('on leave').waitFor();
    await inDialog('Reactivate').click();
    await inDialog('Make an operator').click();
    await inDialog('Make an operator').click();
    await inDialog('No longer an operator').click();
    await inDialog('No longer an operator').click();
    await inDialog('Make an operator').click();
    await inDialog('Make an operator').click();
    await inDialog('No longer an operator').waitFor();
    await ada.page.keyboard.press('Escape');
    await ada.page.getByLabel('Search by name or address').fill('');
    await button('Carol').waitFor();
    await ada.picture('system-users');
    await button('Carol').click();
    await inDialog('Close the account').click();
    await inDialog('Close the account').click();
    await inDialog('Erase').click();
    await ada.page.getByLabel(/^Type carol/).fill('somebody');
    await inDialog('Erase').click();
    await ada.page.getByText('That is something else.').waitFor();
    await ada.picture('system-erase', 'window');
    await ada.page.getByLabel(/^Type carol/).fill('carol@example.com');
    await inDialog('Erase').click();
    await ada.page.getByRole('dialog').getByText('Erased').waitFor();
    await ada.page.keyboard.press('Escape');
    await button('Ada').nth(0).click();
    await ada.page.getByText('This is you.').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  it('makes an organization, invites its owner, suspends, reactivates and closes it', async () => {
    await open('organizations');
    await button('New organization').click();
    await ada.page.getByLabel('Name', { exact: true }).fill('Difference');
    await ada.page.getByLabel(/Address of its owner/).fill('dora@example.com');
    await ada.picture('system-new-organization', 'window');
    await inDialog('Create').click();
    await ada.page.getByRole('heading', { name: 'Difference' }).waitFor();
    await ada.page.getByLabel('Own provider credentials').selectOption('yes');
    await ada.page.getByText('Saved.').waitFor();
    await inDialog('Invite an owner').click();
    await ada.page.getByLabel('Mail address').fill('dan@example.com');
    await inDialog('Send the invitation').click();
    await ada.page.getByText('on its way to dan@example.com').waitFor();
    await inDialog('Suspend').click();
    await ada.page.getByLabel('Reason').fill('unpaid');
    await inDialog('Suspend').click();
    await ada.page.getByText('unpaid').waitFor();
    await ada.picture('system-organization', 'window');
    await inDialog('Reactivate').click();
    await ada.page.getByRole('link', { name: 'Look at its members' }).click();
    await ada.page.getByRole('heading', { name: 'Difference', level: 1 }).waitFor();
    await ada.page.getByRole('link', { name: 'Invitations' }).click();
    await cell(/^dora@/).waitFor();
    expect(await button('Invite somebody').count()).toBe(0);
    expect(await ada.page.getByRole('link', { name: 'Single sign-on' }).count()).toBe(0);
    await open('organizations');
    await button('Difference').click();
    await inDialog('Close the organization').click();
    await ada.page.getByLabel('Reason').fill('finished');
    await inDialog('Close the organization').click();
    await ada.page.getByText('finished').waitFor();
    await ada.page.keyboard.press('Escape');
    await cell('Closed').waitFor();
    await ada.picture('system-organizations');
    expect(ada.complaints).toEqual([]);
  });

  it('connects a provider for everybody’s sign-in', async () => {
    await open('sign-on');
    await button('New connection').click();
    await ada.page.getByLabel('Client ID').fill('client');
    await ada.page.getByLabel('Client secret').fill('secret');
    await inDialog('Create').click();
    await ada.page.getByText(/\/auth\/sso\/\S+\/callback/).waitFor();
    await ada.page.keyboard.press('Escape');
    await button('Google').waitFor();
    await ada.picture('system-sign-on');
    expect(ada.complaints).toEqual([]);
  });

  it('speaks Chinese to an operator who prefers it, and is for nobody else', async () => {
    const eve = await browser.person({ locale: 'en-US' });
    await hub.control('POST', '/invitations', { email: 'eve@example.com', role: 'owner' });
    await joinByConsole(hub, eve, { name: 'Eve', email: 'eve@example.com' });
    await eve.page.goto(`${hub.address}/dashboard/org_default/system`);
    await eve.page.getByText('This page is for whoever runs the hub.').waitFor();
    expect(await eve.page.getByRole('link', { name: 'System' }).count()).toBe(0);
    const { page } = bob;
    await page.goto(`${hub.address}/account/sign-in`);
    await page.fill('[name=email]', BOB.email);
    await page.keyboard.press('Enter');
    await page.fill('[name=password]', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/dashboard/);
    for (const tab of ['status', 'users', 'installation', 'safety', 'settings']) {
      await open(tab, bob);
      await page.waitForLoadState('networkidle');
      await bob.picture(`system-zh-${tab}`);
    }
    expect(bob.complaints).toEqual([]);
  });
});
